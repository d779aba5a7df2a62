//! `avzeus policy evaluate`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use domain::evaluation::{EvaluationRule, by_version, compare};
use policies::PolicyFile;
use policies::clicks::SequencedClick;

use super::evaluation_report::Report;
use crate::CliError;
use crate::broker;
use crate::clicks::{Clicks, counted, refusals_json};
use crate::running::Running;

/// Rows of the table by version.
const VERSION_ROWS: usize = 12;

#[derive(Debug, clap::Args)]
pub(crate) struct EvaluateArgs {
    /// The candidate: a file that `avzeus replay --out` wrote.
    candidate: PathBuf,
    /// What it is held against: a learner's line of the running system, or another such file.
    #[arg(long, value_name = "LINE|FILE", default_value = "live")]
    against: String,
    /// Divide every reward by the estimated chance that its place was looked at.
    #[arg(long, conflicts_with = "own_rewards")]
    inverse_propensity: bool,
    /// Seed of the bootstrap.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    clicks: Clicks,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: EvaluateArgs) -> Result<ExitCode, CliError> {
    let candidate = PolicyFile::read(&args.candidate)?;
    let live = find(&args.against, &args.clicks.running).await?;
    let mut log = args.clicks.read().await?;
    let examination = args.inverse_propensity.then(|| log.weigh_by_examination()).transpose()?;
    let clicks = log.logged();
    let comparison = compare(
        &clicks,
        &candidate.network,
        &live.network,
        &EvaluationRule::default(),
        policies::below(args.seed),
    )?;
    let report = Report {
        versions: by_version(&clicks, &candidate.network, VERSION_ROWS)?,
        learned_from: learned_from(&candidate, &log.clicks),
        candidate,
        candidate_name: args.candidate.display().to_string(),
        live,
        live_name: args.against,
        comparison,
        examination,
        counted: counted(&log),
        refused: refusals_json(&log),
    };
    if args.json {
        println!("{}", report.json());
    } else {
        report.print();
    }
    Ok(ExitCode::SUCCESS)
}

/// `given` is the path of a file, or else a line.
async fn find(given: &str, running: &Running) -> Result<PolicyFile, CliError> {
    match Path::new(given).is_file() {
        true => Ok(PolicyFile::read(Path::new(given))?),
        false => Ok(PolicyFile::published(&broker::connect(running).await?, given).await?),
    }
}

/// Clicks that the candidate itself was made from: judged by those it is flattered.
fn learned_from(candidate: &PolicyFile, clicks: &[SequencedClick]) -> usize {
    clicks.iter().filter(|click| click.sequence <= candidate.published.last_sequence).count()
}
