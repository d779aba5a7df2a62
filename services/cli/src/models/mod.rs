//! `avzeus models`: the nets' files, made, listed and checked.

mod convert;
mod example_faces;
mod fetch;
mod list;
mod pull;
mod verify;

use std::process::ExitCode;

use vision::VisionConfig;

pub(crate) use fetch::FetchError;

use crate::CliError;

/// Characters of a sha256 that people are shown; `--json` has them all.
const SHOWN: usize = 12;

/// `avzeus models …`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ModelsCommand {
    /// Every model: whether it is there, where it comes from, its licence, and who uses it.
    List {
        #[command(flatten)]
        print: Print,
    },
    /// Make the ONNX files out of the downloaded weights, or fetch the weights of the named models; what is in
    /// place stays.
    Pull(pull::PullArgs),
    /// Make one ONNX file out of a weight file that is on this machine.
    Convert(convert::ConvertArgs),
    /// Hold every file against its recorded sha256, every net against known answers, and the named profiles against
    /// faces.
    Verify(verify::VerifyArgs),
}

/// Where the models are, and how to print them.
#[derive(Debug, clap::Args)]
pub(crate) struct Print {
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    vision: VisionConfig,
}

/// Runs the command; a model that does not verify ends it with 1.
pub(crate) async fn run(command: ModelsCommand) -> Result<ExitCode, CliError> {
    match command {
        ModelsCommand::List { print } => Ok(list::run(&print)?),
        ModelsCommand::Pull(args) => pull::run(&args).await,
        ModelsCommand::Convert(args) => Ok(convert::run(&args)?),
        ModelsCommand::Verify(args) => Ok(verify::run(&args)?),
    }
}

/// A sha256 as people are shown it.
fn short(sha256: &str) -> &str {
    &sha256[..SHOWN.min(sha256.len())]
}

/// The command that makes sense now; not part of what is printed for programs.
fn next(command: &str) {
    eprintln!("next: {command}");
}
