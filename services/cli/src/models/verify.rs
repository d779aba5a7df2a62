//! `avzeus models verify`.

use std::process::ExitCode;

use serde_json::json;
use vision::VisionError;
use vision::models::{self, Verdict, VerifiedConverter, VerifiedModel};

use super::{Print, next};

pub(super) fn run(print: &Print) -> Result<ExitCode, VisionError> {
    let verified = models::verify(&print.vision)?;
    let converters = models::verify_converters(&print.vision)?;
    let mut verdicts = verified.iter().map(|m| &m.verdict).chain(converters.iter().map(|c| &c.verdict));
    let bad = verdicts.any(|verdict| matches!(verdict, Verdict::Bad { .. }));
    if print.json {
        println!("{}", json!({ "models": verified, "converters": converters }));
    } else {
        verified.iter().for_each(print_verified);
        converters.iter().for_each(print_converter);
        let mending = verified.iter().find_map(|model| model.command.as_deref());
        match mending {
            Some(command) => next(command),
            // What only a person can do, the lines above say.
            None if bad => next("avzeus models list"),
            None => next("avzeus faces detect IMAGE"),
        }
    }
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print_verified(model: &VerifiedModel) {
    match &model.verdict {
        Verdict::Good { difference } => {
            println!("{:<22} good: the recorded file, known answers within {difference:.1e}", model.name);
        }
        Verdict::Opens { recorded: true, .. } => {
            println!("{:<22} opens: the recorded file; what it should answer is not known", model.name);
        }
        Verdict::Opens { recorded: false, sha256 } => {
            println!(
                "{:<22} opens: no sha256 is recorded, and any other file would do so too; sha256 = \"{sha256}\" in its entry pins it",
                model.name
            );
        }
        Verdict::Absent => {
            println!("{:<22} absent: no package carries it, and it has not been pulled", model.name)
        }
        Verdict::Bad { reason } => println!("{:<22} bad: {reason}", model.name),
    }
}

fn print_converter(checked: &VerifiedConverter) {
    let name = json!(checked.converter);
    let name = name.as_str().unwrap_or_default();
    match &checked.verdict {
        Verdict::Good { difference } => {
            println!("{name:<22} converter answers right: a net of formula weights within {difference:.1e}");
        }
        Verdict::Absent | Verdict::Opens { .. } => {}
        Verdict::Bad { reason } => println!("{name:<22} converter bad: {reason}"),
    }
}
