//! `avzeus models convert`.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;
use vision::VisionError;
use vision::models;

use super::{Print, next, short};

#[derive(Debug, clap::Args)]
pub(crate) struct ConvertArgs {
    /// The weight file: a state dict of PyTorch (`.pt`, also inside a checkpoint) or of safetensors, or dlib's `.dat`.
    weights: PathBuf,
    /// Whose weights they are: one of the models that `avzeus models list` names.
    #[arg(long, value_name = "NAME")]
    model: String,
    /// Write the ONNX file here [default: the model's place in the models folder, recorded in its lock]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    print: Print,
}

pub(super) fn run(args: &ConvertArgs) -> Result<ExitCode, VisionError> {
    let made = models::convert(&args.print.vision, &args.model, &args.weights, args.out.as_deref())?;
    if args.print.json {
        println!("{}", json!(made));
    } else {
        let (digest, megabytes) = (short(&made.sha256), made.bytes as f64 / 1e6);
        println!("{:<22} {digest}  made: {} ({megabytes:.1} MB)", made.name, made.file.display());
        next("avzeus models verify");
    }
    Ok(ExitCode::SUCCESS)
}
