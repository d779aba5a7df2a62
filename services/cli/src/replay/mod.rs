//! `avzeus replay`: learning from recorded clicks again.
//!
//! The fold is the live learner's own, so the whole stream under the live settings gives the live
//! parameters, bit for bit. A learner is judged by what it had learned before the last part of the clicks,
//! on that part; the candidate that is written has learned from all of them.

mod learning_curves;
mod report;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;

use domain::evaluation::EvaluationError;
use learning::settings::Settings;
use policies::PolicyFile;
use proto::v1;

use crate::CliError;
use crate::clicks::Clicks;
use crate::progress::Progress;
use report::Report;
use run::{Run, Trial};

#[derive(Debug, clap::Args)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    clicks: Clicks,
    /// Seeds, a run each [default: the one seed of --seed]
    #[arg(long, value_delimiter = ',', value_name = "SEED,…")]
    seeds: Vec<u64>,
    /// Share of the clicks, the last ones, by which is judged what was learned from the others: 0 to 0.9.
    #[arg(long, default_value_t = 0.2, value_name = "SHARE", value_parser = share)]
    held_out: f64,
    /// Divide every reward by the estimated chance that its place was looked at.
    #[arg(long, conflicts_with = "own_rewards")]
    inverse_propensity: bool,
    /// Write what was learned from all clicks as a candidate policy; of several seeds, the one worth most on
    /// the held-out clicks.
    #[arg(long, value_name = "FILE.policy")]
    out: Option<PathBuf>,
    /// Write the learning curves to this file.
    #[arg(long, value_name = "FILE.svg")]
    svg: Option<PathBuf>,
    /// Print the table as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=0.9).contains(share));
    share.ok_or_else(|| "must be 0 to 0.9".to_owned())
}

pub(crate) async fn run(args: ReplayArgs) -> Result<ExitCode, CliError> {
    args.settings.validate()?;
    if args.clicks.own_rewards && !args.settings.rule.learns_from_rewards() {
        let why = "needs a learner that learns from rewards: --learner a2c, acer or compat; slate learns from who is clicked";
        return Err(CliError::Option { option: "--own-rewards", why });
    }
    let mut log = args.clicks.read().await?;
    if log.clicks.is_empty() {
        return Err(EvaluationError::NoClicks.into());
    }
    let examination = args.inverse_propensity.then(|| log.weigh_by_examination()).transpose()?;
    let trial = Trial::of(&log, args.held_out);
    let seeds = if args.seeds.is_empty() { vec![args.settings.seed] } else { args.seeds };
    let total = (seeds.len() * log.clicks.len()) as u64;
    let mut progress = Progress::new("replaying", total);
    let mut runs = Vec::new();
    for seed in seeds {
        let before = (runs.len() * log.clicks.len()) as u64;
        let told = |clicks: u64| progress.at(before + clicks, total, &format!("clicks, seed {seed}"));
        runs.push(Run::of(&log, &trial, &Settings { seed, ..args.settings.clone() }, told)?);
    }
    let pace = runs.iter().map(|run| run.clicks_per_second).sum::<f64>() / runs.len() as f64;
    progress.done(&format!("{} clicks, {pace:.0} a second", log.clicks.len()));
    if let Some(file) = &args.svg {
        std::fs::write(file, learning_curves::svg(&runs)).map_err(CliError::file(file, "written"))?;
        eprintln!("{:>12} {}", "written", file.display());
    }
    let best = Run::best(&runs);
    if let Some(file) = &args.out {
        // It was never published, and the same clicks give the same bytes.
        PolicyFile::write(file, &v1::PolicyPublished::from(&best.fold))?;
        eprintln!("{:>12} {} (seed {})", "written", file.display(), best.seed);
    }
    let report =
        Report { log: &log, trial: &trial, runs: &runs, best, examination, out: args.out.as_deref() };
    if args.json {
        println!("{}", report.json());
    } else {
        report.print();
    }
    Ok(ExitCode::SUCCESS)
}
