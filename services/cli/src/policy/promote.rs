//! `avzeus policy promote`.

use std::path::Path;
use std::process::ExitCode;

use bus::Bus;
use domain::evaluation::{Comparison, PolicyValue};
use policies::{Candidate, Conditions, Gate, Outcome, Promotion};
use serde_json::{Value, json};

use crate::CliError;
use crate::broker;
use crate::clicks::Clicks;

#[derive(Debug, clap::Args)]
pub(crate) struct PromoteArgs {
    /// A candidate's file, a learner's line, a candidate that was pinned before, or `initial`.
    #[arg(value_name = "CANDIDATE|LINE")]
    candidate: String,
    /// Let it make this share of the recommendations only, 0.001 to 0.5, beside what serves.
    #[arg(long, value_name = "SHARE")]
    canary: Option<f64>,
    /// How far the lower end of its value's 95 % interval may lie below the value of what serves, in reward a click.
    #[arg(long, value_name = "REWARD", default_value_t = 0.01)]
    tolerance: f64,
    /// Promote it whatever the clicks say. Should it earn measurably less than the initial policy, it is
    /// taken back all the same.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    clicks: Clicks,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: PromoteArgs) -> Result<ExitCode, CliError> {
    let conditions = Conditions { canary: args.canary, tolerance: args.tolerance, force: args.force };
    conditions.check()?;
    let bus = broker::connect(&args.clicks.running).await?;
    let promotion = Promotion::of(&bus, find(&bus, &args.candidate).await?, conditions).await?;
    let gate = match promotion.needs_proof() {
        true => Some(promotion.judge(args.clicks.read().await?.sequenced())),
        false => None,
    };
    let outcome = promotion.settle(&bus, gate).await?;
    if args.json {
        println!("{}", outcome_json(&outcome, args.canary));
    } else {
        print(&outcome, &args);
    }
    Ok(if outcome.promoted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `given` is the path of a file, or else a name.
async fn find(bus: &Bus, given: &str) -> Result<Candidate, CliError> {
    match Path::new(given).is_file() {
        true => Ok(Candidate::read(Path::new(given))?),
        false => Ok(Candidate::named(bus, given).await?),
    }
}

fn outcome_json(outcome: &Outcome, canary: Option<f64>) -> Value {
    let Outcome { promoted, policy, served, gate, .. } = outcome;
    let serving = if *promoted && canary.is_none() { policy } else { served };
    json!({
        "promoted": promoted, "policy": policy, "canary": canary, "serving": serving,
        "gate": gate.as_ref().map(gate_json),
    })
}

/// All numbers; where there are none, why.
fn gate_json(gate: &Gate) -> Value {
    match &gate.comparison {
        Ok(Comparison { clicks, candidate, live, .. }) => json!({
            "clicks": clicks, "tolerance": gate.tolerance, "learned_from": gate.learned_from,
            "candidate": numbers(candidate), "served": numbers(live),
        }),
        Err(why) => json!({ "tolerance": gate.tolerance, "why": why.to_string() }),
    }
}

fn numbers(value: &PolicyValue) -> Value {
    json!({
        "value": value.snips.value, "low": value.snips.low, "high": value.snips.high,
        "effective_clicks": value.effective_clicks, "largest_weight": value.largest_weight,
    })
}

fn print(outcome: &Outcome, args: &PromoteArgs) {
    let Outcome { promoted, policy, told, .. } = outcome;
    if let Some(told) = told {
        println!("{told}");
    }
    if !promoted {
        println!("{policy} is refused: it is not shown to be within {} of what serves", args.tolerance);
        eprintln!("next: try it on a share with --canary 0.1, wait for more clicks, or --force it");
        return;
    }
    match args.canary {
        Some(share) => println!("{policy} makes {share} of the recommendations"),
        None => println!("{policy} serves"),
    }
    eprintln!("next: avzeus policy show");
}
