//! `avzeus policy promote`.

use std::process::ExitCode;

use bus::{Bus, Stream};
use domain::serving::{Canary, Change, INITIAL, MOST_CANARY, Serving};
use proto::convert::impression::RecordedClick;
use proto::v1;
use serde_json::{Value as Json, json};

use super::candidate::Candidate;
use super::gate::{Gate, Value};
use crate::CliError;
use crate::broker::Broker;
use crate::progress::Progress;

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
    broker: Broker,
    /// Print the outcome as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: PromoteArgs) -> Result<ExitCode, CliError> {
    check("--canary", args.canary, |share| share > 0.0 && share <= MOST_CANARY, "above 0 and at most 0.5")?;
    check("--tolerance", Some(args.tolerance), |t| (0.0..=0.9).contains(&t), "0 to 0.9")?;
    let bus = args.broker.connect().await?;
    let (serving, revision) = bus.serving().await?;
    let candidate = Candidate::find(&bus, &args.candidate).await?;
    let gate = if candidate.name == INITIAL {
        // What everything else falls back to needs no proof.
        None
    } else {
        let served = Candidate::named(&bus, &serving.policy).await?;
        let clicks = read(&bus).await?;
        Some(Gate::of(&clicks, &candidate.network, &served.network, args.tolerance))
    };
    let passes =
        gate.is_none_or(|gate| if args.canary.is_some() { gate.lets_try() } else { gate.lets_serve() });
    if passes || args.force {
        let change = Change {
            at_ms: runtime::now_ms(),
            since_sequence: bus.extent(Stream::Clicks).await?.last,
            reason: reason(&candidate.name, args.canary, gate.as_ref().filter(|_| passes)),
        };
        let decided = decide(&serving, &candidate.name, args.canary, change);
        candidate.publish(&bus).await?;
        bus.serve(&decided, revision).await?;
    }
    tell(&args, &candidate.name, &serving, gate.as_ref(), passes);
    Ok(if passes || args.force { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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

/// Every click that can be learned from.
async fn read(bus: &Bus) -> Result<Vec<RecordedClick>, CliError> {
    let last = bus.extent(Stream::Clicks).await?;
    let mut progress = Progress::new("reading", last.messages);
    let (mut clicks, mut stream) = (Vec::new(), bus.replay::<v1::ClickRecorded>(Stream::Clicks, 1));
    let mut looked_at = 0;
    while looked_at < last.messages {
        let entry = stream.next().await;
        clicks.extend(entry.message.and_then(|wire| RecordedClick::try_from(&wire)).ok());
        looked_at += 1;
        progress.at(looked_at, last.messages, "clicks");
        if entry.sequence >= last.last {
            break;
        }
    }
    progress.done(&format!("{} clicks", clicks.len()));
    Ok(clicks)
}

fn decide(serving: &Serving, policy: &str, canary: Option<f64>, change: Change) -> Serving {
    match canary {
        Some(share) => serving.try_out(Canary { policy: policy.to_owned(), share }, change),
        None => serving.promote(policy, change),
    }
}

/// Why it serves; without a gate it was forced, or is the initial policy.
fn reason(policy: &str, canary: Option<f64>, gate: Option<&Gate>) -> String {
    let what = canary.map_or_else(|| "promoted".to_owned(), |share| format!("canary of {share}"));
    match gate {
        Some(gate) => format!(
            "{what}: {policy} is worth {} over {} clicks, what served {:.3}",
            worth(&gate.candidate),
            gate.clicks,
            gate.served.value
        ),
        None if policy == INITIAL => what,
        None => format!("{what} by force: {policy}"),
    }
}

fn worth(value: &Value) -> String {
    let Value { value, low, high, .. } = value;
    format!("{value:.3} ({low:.3} to {high:.3})")
}

fn tell(args: &PromoteArgs, policy: &str, before: &Serving, gate: Option<&Gate>, passes: bool) {
    let promoted = passes || args.force;
    if args.json {
        let gate = gate.map(|gate| numbers(gate, passes));
        let serving = if promoted && args.canary.is_none() { policy } else { &before.policy };
        let outcome = json!({ "promoted": promoted, "policy": policy, "canary": args.canary, "serving": serving, "gate": gate });
        println!("{outcome}");
        return;
    }
    if let Some(gate) = gate {
        println!(
            "{policy}: {}, worth {:.0} clicks of its own",
            worth(&gate.candidate),
            gate.candidate.effective
        );
        println!("{}: {}, over {} clicks", before.policy, worth(&gate.served), gate.clicks);
    }
    match args.canary {
        Some(share) if promoted => println!("{policy} makes {share} of the recommendations"),
        _ if promoted => println!("{policy} serves"),
        _ => println!(
            "{policy} is refused: these clicks do not show it to be within {} of what serves",
            args.tolerance
        ),
    }
    eprintln!(
        "next: {}",
        if promoted {
            "avzeus policy show"
        } else {
            "try it on a share with --canary 0.1, wait for more clicks, or --force it"
        }
    );
}

fn numbers(gate: &Gate, passes: bool) -> Json {
    let value = |v: &Value| json!({ "value": v.value, "low": v.low, "high": v.high, "effective_sample": v.effective });
    json!({
        "passes": passes, "clicks": gate.clicks, "tolerance": gate.tolerance,
        "candidate": value(&gate.candidate), "served": value(&gate.served),
    })
}
