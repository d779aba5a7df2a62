//! `avzeus`: everything a person does with the system from a terminal.
//!
//! One file a command. `up` and `demo` start the very binaries that production runs; the other commands
//! ask services that are running, or work on files alone.

// First, so that its macros stand in for those of the standard library everywhere below.
#[macro_use]
mod printing;

mod broker;
mod catalogue;
mod clicks;
mod collect;
mod collecting;
mod confirmation;
mod demo;
pub mod drawn_roster;
mod endpoints;
mod erase;
mod faces;
mod failure;
mod line_chart;
mod models;
mod policy;
pub mod portrait;
mod progress;
mod replay;
mod roster;
mod roster_file;
mod running;
mod simulate;
mod streams;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use endpoints::{Endpoints, ServiceEndpoint};
pub use failure::CliError;

/// A recommender that learns what faces a visitor likes.
///
/// Exits 0 when it is done, 1 when it failed, 2 when it was given something it cannot use.
#[derive(Debug, Parser)]
#[command(name = "avzeus", version)]
pub struct Avzeus {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start NATS, Redis and the six services on this machine, and keep them running until Ctrl-C.
    Up(up::UpArgs),
    /// `up` with a drawn roster: collects it, and prints the page's address when it is served.
    Demo(demo::DemoArgs),
    /// Rosters: who may be collected and shown.
    #[command(subcommand)]
    Roster(roster::RosterCommand),
    /// Collect people who are on the roster once more from their sources: only what is left.
    Collect(collect::CollectArgs),
    /// The catalogue as it is being made.
    #[command(subcommand)]
    Catalogue(catalogue::CatalogueCommand),
    /// The policy that serves, and others beside it.
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Visitors whose taste is known: what learners and fixed policies are worth to them.
    Simulate(simulate::SimulateArgs),
    /// The clicks that policies are learned from.
    #[command(subcommand)]
    Clicks(clicks::ClicksCommand),
    /// Learn from recorded clicks again: another stretch of them, another learner, other settings or seeds.
    Replay(replay::ReplayArgs),
    /// Somebody withdrew: remove everything about them, and show the signed receipt; or look for what is left.
    Erase(erase::EraseArgs),
    /// The broker's streams: what they hold, and for how long.
    #[command(subcommand)]
    Streams(streams::StreamsCommand),
    /// Find faces in pictures, and turn them into vectors.
    #[command(subcommand)]
    Faces(faces::FacesCommand),
    /// Model files.
    #[command(subcommand)]
    Models(models::ModelsCommand),
}

impl Avzeus {
    /// Runs the command to its end.
    pub fn run(self) -> ExitCode {
        let outcome = match self.command {
            Command::Up(args) => waiting(up::run(args)),
            Command::Demo(args) => waiting(demo::run(args)),
            Command::Roster(command) => waiting(roster::run(command)),
            Command::Collect(args) => waiting(collect::run(args)),
            Command::Catalogue(command) => waiting(catalogue::run(command)),
            Command::Policy(command) => waiting(policy::run(command)),
            Command::Simulate(args) => waiting(simulate::run(args)),
            Command::Clicks(command) => waiting(clicks::run(command)),
            Command::Replay(args) => waiting(replay::run(args)),
            Command::Erase(args) => waiting(erase::run(args)),
            Command::Streams(command) => waiting(streams::run(command)),
            Command::Faces(command) => faces::run(command).map_err(CliError::from),
            Command::Models(command) => waiting(models::run(command)),
        };
        outcome.unwrap_or_else(|error| {
            eprintln!("avzeus: {}", runtime::failure::told(&error));
            error.exit_code()
        })
    }
}

fn waiting(work: impl Future<Output = Result<ExitCode, CliError>>) -> Result<ExitCode, CliError> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CliError::Start)?.block_on(work)
}
