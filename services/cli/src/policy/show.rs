//! `avzeus policy show`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use bus::{Bucket, Bus, SERVING};
use domain::serving::{INITIAL, LIVE, Serving};
use domain::weights::{ACTIONS, squash};
use jiff::Timestamp;
use proto::convert::decode;
use proto::convert::impression::RecordedClick;
use proto::v1;
use serde_json::{Value, json};

use crate::CliError;
use crate::clicks::{Clicks, SequencedClick};

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    clicks: Clicks,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

/// A policy of the bucket, or the initial one.
#[derive(Default)]
struct Shown {
    version: u64,
    published: v1::PolicyPublished,
    earned: Earned,
}

/// What its recommendations earned.
#[derive(Default)]
struct Earned {
    clicks: u64,
    rewards: f64,
    squares: f64,
}

impl Earned {
    fn add(&mut self, reward: f64) {
        self.clicks += 1;
        self.rewards += reward;
        self.squares += reward * reward;
    }

    /// Mean reward with half the width of its 95 % interval.
    fn mean(&self) -> Option<(f64, f64)> {
        let n = self.clicks as f64;
        let mean = self.rewards / n;
        (self.clicks > 1).then(|| (mean, 1.96 * ((self.squares / n - mean * mean).max(0.0) / n).sqrt()))
    }
}

pub(super) async fn run(args: ShowArgs) -> Result<ExitCode, CliError> {
    let bus = args.clicks.broker.connect().await?;
    let (serving, _) = bus.serving().await?;
    let mut policies = published(&bus).await?;
    for SequencedClick { click, .. } in args.clicks.read().await?.clicks {
        policies.entry(made_by(&click)).or_default().earned.add(f64::from(click.click.reward));
    }
    if args.json {
        println!("{}", report(&serving, &policies));
    } else {
        print(&serving, &policies);
    }
    Ok(ExitCode::SUCCESS)
}

/// Every policy of the bucket, by name, and the initial one.
async fn published(bus: &Bus) -> Result<BTreeMap<String, Shown>, CliError> {
    let mut policies = BTreeMap::from([(INITIAL.to_owned(), Shown::initial())]);
    let bucket = bus.bucket(Bucket::Policy);
    if bucket.is_empty().await? {
        return Ok(policies);
    }
    let told = |change: bus::Change| {
        let policy = change.stored.filter(|_| change.key != SERVING).and_then(|stored| {
            let published = decode("PolicyPublished", &stored.value).ok()?;
            Some(Shown { version: stored.revision, published, ..Shown::default() })
        });
        policies.extend(policy.map(|policy| (change.key, policy)));
        change.pending > 0
    };
    bucket.watch(told).await;
    Ok(policies)
}

impl Shown {
    fn initial() -> Self {
        let leaning = squash(&[0.0; ACTIONS]).to_vec();
        Self { published: v1::PolicyPublished { leaning, ..Default::default() }, ..Self::default() }
    }

    fn json(&self, name: &str) -> Value {
        let mean = self.earned.mean();
        json!({
            "name": name,
            "version": self.version,
            "learner": self.published.learner,
            "clicks_applied": self.published.clicks_applied,
            "shadow_clicks": self.published.shadow_clicks,
            "weights": self.published.leaning,
            "clicks": self.earned.clicks,
            "mean_reward": mean.map(|(mean, _)| mean),
            "mean_reward_within": mean.map(|(_, within)| within),
        })
    }
}

/// Before every impression named who made it, only line `live` served.
fn made_by(click: &RecordedClick) -> String {
    let impression = &click.impression;
    let unnamed = if impression.policy_version == 0 { INITIAL } else { LIVE };
    impression.arms.first().map_or(unnamed, |arm| &arm.policy).to_owned()
}

fn report(serving: &Serving, policies: &BTreeMap<String, Shown>) -> Value {
    let canary = serving.canary.as_ref();
    json!({
        "serving": {
            "policy": serving.policy,
            "canary": canary.map(|canary| &canary.policy),
            "canary_share": canary.map(|canary| canary.share),
            "before": serving.before,
            "changed_at": changed_at(serving).map(|at| at.to_string()),
            "reason": serving.change.reason,
        },
        "policies": policies.iter().map(|(name, shown)| shown.json(name)).collect::<Vec<_>>(),
    })
}

fn changed_at(serving: &Serving) -> Option<Timestamp> {
    let at = i64::try_from(serving.change.at_ms).ok().filter(|at| *at > 0)?;
    Timestamp::from_millisecond(at).ok()
}

fn print(serving: &Serving, policies: &BTreeMap<String, Shown>) {
    println!("serving {}", serving.policy);
    if let Some(canary) = &serving.canary {
        println!("canary  {}, {} of the recommendations", canary.policy, canary.share);
    }
    if let Some(at) = changed_at(serving) {
        println!("since   {at}: {}", serving.change.reason);
        println!("before  {}", serving.before.last().map_or(INITIAL, String::as_str));
    }
    println!("\n{:<24} {:>8} {:>9} {:>9}  mean reward", "policy", "version", "learned", "clicks");
    for (name, Shown { version, published, earned }) in policies {
        let mean =
            earned.mean().map_or_else(String::new, |(mean, within)| format!("{mean:.4} ± {within:.4}"));
        println!("{name:<24} {version:>8} {:>9} {:>9}  {mean}", published.clicks_applied, earned.clicks);
    }
    eprintln!("next: avzeus policy evaluate FILE, or avzeus policy promote FILE|LINE");
}
