//! `avzeus policy show`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use domain::serving::{INITIAL, Serving};
use jiff::Timestamp;
use policies::{Earned, Published, published};
use serde_json::{Value, json};

use crate::CliError;
use crate::broker;
use crate::clicks::Clicks;

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    clicks: Clicks,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

/// What is known of a policy; of one that is no longer published, what it earned.
#[derive(Default)]
struct Shown {
    published: Option<Published>,
    earned: Earned,
}

pub(super) async fn run(args: ShowArgs) -> Result<ExitCode, CliError> {
    let bus = broker::connect(&args.clicks.running).await?;
    let (serving, _) = bus.serving().await?;
    let shown = |policy| Shown { published: Some(policy), ..Shown::default() };
    let mut policies: BTreeMap<String, Shown> =
        published(&bus).await?.into_iter().map(|(name, policy)| (name, shown(policy))).collect();
    for click in args.clicks.read().await?.clicks {
        let reward = f64::from(click.click.click.reward);
        policies.entry(click.made_by().to_owned()).or_default().earned.add(reward);
    }
    if args.json {
        println!("{}", report(&serving, &policies));
    } else {
        print(&serving, &policies);
    }
    Ok(ExitCode::SUCCESS)
}

impl Shown {
    fn version(&self) -> u64 {
        self.published.as_ref().map_or(0, |published| published.version)
    }

    fn clicks_applied(&self) -> u64 {
        self.published.as_ref().map_or(0, |published| published.policy.clicks_applied)
    }

    fn json(&self, name: &str) -> Value {
        let mean = self.earned.mean();
        let policy = self.published.as_ref().map(|published| published.policy.clone()).unwrap_or_default();
        json!({
            "name": name,
            "version": self.version(),
            "learner": policy.learner,
            "clicks_applied": policy.clicks_applied,
            "shadow_clicks": policy.shadow_clicks,
            "weights": policy.leaning,
            "clicks": self.earned.clicks,
            "mean_reward": mean.map(|(mean, _)| mean),
            "mean_reward_within": mean.map(|(_, within)| within),
        })
    }
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
    for (name, shown) in policies {
        let Shown { earned, .. } = shown;
        let mean =
            earned.mean().map_or_else(String::new, |(mean, within)| format!("{mean:.4} ± {within:.4}"));
        println!(
            "{name:<24} {:>8} {:>9} {:>9}  {mean}",
            shown.version(),
            shown.clicks_applied(),
            earned.clicks
        );
    }
    eprintln!("next: avzeus policy evaluate FILE, or avzeus policy promote FILE|LINE");
}
