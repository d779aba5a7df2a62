//! `avzeus up`: the servers and the six services, on one machine.
//!
//! The same binaries as in production, each a child process on free ports; no second code path.

mod child;
mod console;
mod data_form;
mod nats_version;
mod ports;
mod preflight;
mod readiness;
mod services;
mod system;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio_util::sync::CancellationToken;

use crate::CliError;

pub(crate) use console::Console;
pub(crate) use system::{Claim, System};

/// Where the children's lines are kept, within the data folder.
pub(crate) const LOG_FILE: &str = "avzeus.log";

/// `avzeus up`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct UpArgs {
    #[command(flatten)]
    pub(crate) place: Place,

    /// Print one JSON line when everything is up: `{"ready":true,"http":…,"endpoints":…}`. Logs go to
    /// standard error.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where a system lives.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Place {
    /// Folder that holds everything: streams, crops, catalogues, logs.
    #[arg(long, env = "AVZEUS_DATA", default_value = ".avzeus", value_name = "DIR")]
    pub(crate) data: PathBuf,

    /// Address of the page and the API; port 0 takes a free one.
    #[arg(long, env = "AVZEUS_HTTP_ADDR", default_value = "127.0.0.1:8080", value_name = "ADDR")]
    pub(crate) http_addr: SocketAddr,

    /// NATS to use instead of starting one.
    #[arg(long, env = "AVZEUS_NATS_URL", value_name = "URL")]
    pub(crate) nats_url: Option<String>,

    /// Redis to use instead of starting one.
    #[arg(long, env = "AVZEUS_REDIS_URL", value_name = "URL")]
    pub(crate) redis_url: Option<String>,
}

/// Runs until Ctrl-C or SIGTERM, then stops everything that was started, and nothing else.
pub(crate) async fn run(args: UpArgs) -> Result<ExitCode, CliError> {
    let stop = CancellationToken::new();
    let system = System::start(Claim::of(&args.place, &[])?, Console::Lines, stop.clone()).await?;
    let up = stop.run_until_cancelled(system.ready());
    let outcome = tokio::select! {
        outcome = up => outcome.unwrap_or(Err(CliError::Stopped)),
        () = runtime::terminated() => Err(CliError::Stopped),
    };
    if outcome.is_ok() {
        announce(&system, args.json);
        runtime::terminated().await;
    }
    system.stop().await;
    match outcome {
        // Being told to stop is how `up` ends.
        Ok(()) | Err(CliError::Stopped) => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error),
    }
}

/// Says that everything is up, and what to do next.
fn announce(system: &System, json: bool) {
    let endpoints = system.endpoints();
    if json {
        let file = crate::Endpoints::file(system.data());
        println!("{}", serde_json::json!({ "ready": true, "http": endpoints.http, "endpoints": file }));
        return;
    }
    eprintln!("\n  everything is up: {}", endpoints.http);
    eprintln!(
        "  next: avzeus roster import ROSTER.csv, with pictures in photos/<person>/ beside it or on the web"
    );
    eprintln!("  Ctrl-C stops everything that was started here\n");
}
