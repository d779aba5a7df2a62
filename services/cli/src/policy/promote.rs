//! `avzeus policy promote`.

use std::process::ExitCode;

use bus::{Bus, Stream};
use domain::serving::{Canary, Change, INITIAL, MOST_CANARY, Serving};
use serde_json::{Value, json};

use super::candidate::Candidate;
use super::gate::Gate;
use crate::CliError;
use crate::clicks::Clicks;

#[derive(Debug, clap::Args)]
pub(crate) struct PromoteArgs {
    /// A candidate's file, a learner's line, a candidate that was pinned before, or `initial`.
    #[arg(value_name = "CANDIDATE|LINE")]
    candidate: String,
    /// Let it make this share of the recommendations only, above 0 to 0.5, beside what serves.
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
    check("--canary", args.canary, |share| share > 0.0 && share <= MOST_CANARY, "above 0 and at most 0.5")?;
    check("--tolerance", Some(args.tolerance), |t| (0.0..=0.9).contains(&t), "0 to 0.9")?;
    let bus = args.clicks.broker.connect().await?;
    let (serving, revision) = bus.serving().await?;
    let candidate = Candidate::find(&bus, &args.candidate).await?;
    // What everything else falls back to needs no proof.
    let gate = match candidate.name.as_str() {
        INITIAL => None,
        _ => Some(judge(&bus, &candidate, &serving, &args).await?),
    };
    let passes =
        gate.is_none_or(|gate| if args.canary.is_some() { gate.lets_try() } else { gate.lets_serve() });
    let told = gate.map(|gate| gate.told(&candidate.name, &serving.policy));
    if passes || args.force {
        let change = Change {
            at_ms: runtime::now_ms(),
            since_sequence: bus.extent(Stream::Clicks).await?.last,
            reason: reason(args.canary, passes, told.as_deref()),
        };
        candidate.publish(&bus).await?;
        bus.serve(&decide(&serving, &candidate.name, args.canary, change), revision).await?;
    }
    let outcome =
        Outcome { promoted: passes || args.force, policy: &candidate.name, served: &serving.policy };
    if args.json {
        println!("{}", outcome.json(args.canary, gate.as_ref()));
    } else {
        outcome.print(&args, told.as_deref());
    }
    Ok(if outcome.promoted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Holds `candidate` against what serves, by every click that is asked for.
async fn judge(
    bus: &Bus,
    candidate: &Candidate,
    serving: &Serving,
    args: &PromoteArgs,
) -> Result<Gate, CliError> {
    let served = match Candidate::named(bus, &serving.policy).await {
        // The initial policy stands in for it.
        Err(CliError::NoPolicy(_)) => Candidate::initial(),
        served => served?,
    };
    let clicks = args.clicks.read().await?.logged();
    Ok(Gate::of(&clicks, &candidate.network, &served.network, args.tolerance))
}

fn check(
    option: &'static str,
    given: Option<f64>,
    holds: impl Fn(f64) -> bool,
    range: &'static str,
) -> Result<(), CliError> {
    match given {
        Some(given) if !holds(given) => Err(CliError::OutOfRange { option, given, range }),
        _ => Ok(()),
    }
}

fn decide(serving: &Serving, policy: &str, canary: Option<f64>, change: Change) -> Serving {
    match canary {
        Some(share) => serving.try_out(Canary { policy: policy.to_owned(), share }, change),
        None => serving.promote(policy, change),
    }
}

/// Why it serves, for people.
fn reason(canary: Option<f64>, passes: bool, told: Option<&str>) -> String {
    let what = canary.map_or_else(|| "promoted".to_owned(), |share| format!("canary of {share}"));
    let how = if passes { "" } else { " by force" };
    told.map_or_else(|| what.clone(), |told| format!("{what}{how}: {told}"))
}

/// What came of it.
struct Outcome<'a> {
    promoted: bool,
    policy: &'a str,
    served: &'a str,
}

impl Outcome<'_> {
    fn json(&self, canary: Option<f64>, gate: Option<&Gate>) -> Value {
        let serving = if self.promoted && canary.is_none() { self.policy } else { self.served };
        json!({
            "promoted": self.promoted, "policy": self.policy, "canary": canary, "serving": serving,
            "gate": gate.map(Gate::json),
        })
    }

    fn print(&self, args: &PromoteArgs, told: Option<&str>) {
        let policy = self.policy;
        if let Some(told) = told {
            println!("{told}");
        }
        if !self.promoted {
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
}
