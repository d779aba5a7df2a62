//! `avzeus models list`.

use std::process::ExitCode;

use serde_json::json;
use vision::VisionError;
use vision::models::{self, ListedModel};

use super::{Print, SHOWN, next, short};

pub(super) fn run(print: &Print) -> Result<ExitCode, VisionError> {
    // A profile that is mistyped is told here rather than by a service that does not start.
    let chosen = print.vision.profiles.chosen()?;
    let listed = models::list(&print.vision)?;
    let choice = print.vision.choice();
    if print.json {
        let made_by = choice.execution.to_string();
        println!(
            "{}",
            json!({ "profile": chosen.name, "made_by": made_by, "execution": choice, "models": listed })
        );
        return Ok(ExitCode::SUCCESS);
    }
    listed.iter().for_each(print_listed);
    println!("profile in use: {} ({} numbers a face)", chosen.name, chosen.dimension);
    println!("embedded by {}: {}", choice.execution, choice.reason);
    let missing = listed.iter().any(|entry| !entry.present && entry.model.package.is_some());
    next(if missing { "avzeus models pull" } else { "avzeus models verify" });
    Ok(ExitCode::SUCCESS)
}

fn print_listed(entry: &ListedModel) {
    let ListedModel { model, present, sha256, bytes, used_by } = entry;
    let size = bytes.map_or("absent".to_owned(), |bytes| format!("{:.1} MB", bytes as f64 / 1e6));
    let digest = sha256.as_deref().filter(|_| *present).map_or("", short);
    println!("{:<22} {size:>8}  {digest:<SHOWN$}  {:<10} {}", model.name, used_by.join(", "), model.licence);
    println!("{:22} {:>8}  from {}", "", "", model.source);
}
