//! `avzeus models verify`.

use std::process::ExitCode;

use serde_json::json;
use vision::VisionError;
use vision::models::{self, Verdict, VerifiedModel};

use super::{Print, next};

pub(super) fn run(print: &Print) -> Result<ExitCode, VisionError> {
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
            println!("{:<22} good: the recorded file, known answers within {difference:.1e}", model.name);
        }
        Verdict::Absent => println!("{:<22} absent: no package carries it, nothing needs it now", model.name),
        Verdict::Bad { reason } => println!("{:<22} bad: {reason}", model.name),
    }
}
