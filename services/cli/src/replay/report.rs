//! What `avzeus replay` says.

use std::path::Path;

use domain::evaluation::PolicyValue;
use domain::examination::Examination;
use policies::clicks::ClickLog;
use serde_json::{Value, json};

use super::run::{Run, Trial};
use crate::clicks::{counted, refusals_json};

/// All runs.
pub(super) struct Report<'a> {
    pub(super) log: &'a ClickLog,
    pub(super) trial: &'a Trial,
    pub(super) runs: &'a [Run],
    pub(super) best: &'a Run,
    pub(super) examination: Option<Examination>,
    pub(super) out: Option<&'a Path>,
}

impl Report<'_> {
    pub(super) fn print(&self) {
        let Trial { learned, held_out } = self.trial;
        if let Some(examination) = &self.examination {
            let places = examination.probabilities().map(|p| format!("{p:.2}"));
            println!("rewards divided by the chance that a place is looked at: {}", places.join(" "));
        }
        println!(
            "{:<8} {:>6} {:>9} {:>8} {:>9}  {:<30} {:>9}",
            "learner", "seed", "clicks", "dropped", "recently", "value, held out (95 %)", "effective"
        );
        for run in self.runs {
            let recently = run.fold.mean_reward_recent().map_or_else(dash, |reward| format!("{reward:.4}"));
            let (value, effective) = run.held_out.as_ref().map_or_else(
                || (dash(), dash()),
                |PolicyValue { snips, effective_clicks, .. }| {
                    let snips = format!("{:.4} ({:.4} to {:.4})", snips.value, snips.low, snips.high);
                    (snips, format!("{effective_clicks:.0}"))
                },
            );
            println!(
                "{:<8} {:>6} {:>9} {:>8} {recently:>9}  {value:<30} {effective:>9}",
                run.fold.learner(),
                run.seed,
                run.fold.clicks_applied(),
                run.dropped
            );
        }
        if let Some(earned) = self.held_out_reward() {
            println!(
                "value: of what was learned from the first {learned} clicks, by SNIPS on the other {}, \
                 which earned {earned:.4} themselves",
                held_out.len()
            );
        }
        if self.log.refused() > 0 {
            println!("by {}: the others are refused", counted(self.log));
        }
        match self.out {
            Some(file) => eprintln!("next: avzeus policy evaluate {}", file.display()),
            None => {
                eprintln!("next: the same with --out FILE.policy, then avzeus policy evaluate FILE.policy")
            }
        }
    }

    /// Mean reward of the held-out clicks as they were logged; `None` where there are none.
    fn held_out_reward(&self) -> Option<f64> {
        let clicks = self.trial.held_out.len();
        let rewards = self.trial.held_out.iter().map(|click| f64::from(click.reward));
        (clicks > 0).then(|| rewards.sum::<f64>() / clicks as f64)
    }

    pub(super) fn json(&self) -> Value {
        let value = |v: &PolicyValue| {
            json!({ "value": v.snips.value, "low": v.snips.low, "high": v.snips.high,
                    "effective_clicks": v.effective_clicks, "largest_weight": v.largest_weight })
        };
        let run = |run: &Run| {
            json!({ "learner": run.fold.learner(), "seed": run.seed, "clicks": run.fold.clicks_applied(),
                    "dropped": run.dropped, "refused": run.refused,
                    "mean_reward_recent": run.fold.mean_reward_recent(),
                    "held_out": run.held_out.as_ref().map(value), "clicks_per_second": run.clicks_per_second })
        };
        json!({
            "clicks": self.log.clicks.len(), "last_sequence": self.log.last_sequence(),
            "refused": refusals_json(self.log),
            "held_out": { "clicks": self.trial.held_out.len(), "mean_reward": self.held_out_reward() },
            "examination": self.examination.map(|e| e.probabilities()),
            "runs": self.runs.iter().map(run).collect::<Vec<_>>(),
            "out": self.out.map(|file| json!({ "file": file, "seed": self.best.seed })),
        })
    }
}

fn dash() -> String {
    "–".to_owned()
}
