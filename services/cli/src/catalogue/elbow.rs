//! `avzeus catalogue elbow`.

use std::path::PathBuf;
use std::process::ExitCode;

use proto::v1::{ElbowRequest, ElbowRow};
use serde_json::json;

use super::{connect, elbow_chart};
use crate::CliError;
use crate::progress::Progress;
use crate::running::Running;

#[derive(Debug, clap::Args)]
pub(crate) struct ElbowArgs {
    /// Fewest groups tried.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(2..=64))]
    from: u32,
    /// Most groups tried.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(2..=64))]
    to: u32,
    /// Write both curves to this file.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    running: Running,
    /// Print the table as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: ElbowArgs) -> Result<ExitCode, CliError> {
    let mut client = connect(&args.running).await?;
    let request = ElbowRequest { from: args.from, to: args.to };
    let refused = || CliError::refused("cluster");
    let mut stream = client.elbow(request).await.map_err(refused())?.into_inner();
    let mut progress = Progress::new("grouping", 0);
    let mut rows: Vec<ElbowRow> = Vec::new();
    while let Some(row) = stream.message().await.map_err(refused())? {
        progress.at(
            u64::from(row.k + 1 - args.from),
            u64::from(args.to + 1 - args.from),
            "numbers of groups",
        );
        rows.push(row);
    }
    let (people, sampled) = rows.first().map_or((0, 0), |row| (row.people, row.sampled));
    let word = if sampled < people { format!(", silhouettes of {sampled} of them") } else { String::new() };
    progress.done(&format!("{people} people{word}"));
    if let Some(file) = &args.svg {
        std::fs::write(file, elbow_chart::svg(&rows)).map_err(CliError::file(file, "written"))?;
        eprintln!("{:>12} {}", "written", file.display());
    }
    if args.json {
        let row = |r: &ElbowRow| json!({ "k": r.k, "inertia": r.inertia, "silhouette": r.silhouette });
        let rows: Vec<_> = rows.iter().map(row).collect();
        println!("{}", json!({ "people": people, "sampled": sampled, "rows": rows }));
    } else {
        println!("{:>3} {:>14} {:>11}", "k", "inertia", "silhouette");
        for ElbowRow { k, inertia, silhouette, .. } in rows {
            println!("{k:>3} {inertia:>14.3} {silhouette:>11.4}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
