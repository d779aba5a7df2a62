//! `avzeus models pull`.

use std::process::ExitCode;

use serde_json::json;
use vision::VisionError;
use vision::models::{self, PullStep, PulledModel};

use super::{Print, next, short};
use crate::progress::Progress;

pub(super) fn run(print: &Print) -> Result<ExitCode, VisionError> {
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
    println!("{:<22} {}  {}", model.name, short(&model.sha256), if model.made { "made" } else { "in place" });
}
