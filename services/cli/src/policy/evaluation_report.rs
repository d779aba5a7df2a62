//! What `avzeus policy evaluate` says.

use domain::evaluation::{Comparison, Doubt, Estimate, PolicyValue, Verdict, Versions};
use domain::examination::Examination;
use policies::PolicyFile;
use proto::v1;
use serde_json::{Value, json};

/// A candidate beside what it is held against.
pub(super) struct Report {
    pub(super) candidate: PolicyFile,
    pub(super) candidate_name: String,
    pub(super) live: PolicyFile,
    pub(super) live_name: String,
    pub(super) comparison: Comparison,
    pub(super) versions: Vec<Versions>,
    /// Clicks among these that the candidate was made from.
    pub(super) learned_from: usize,
    pub(super) examination: Option<Examination>,
    /// How many clicks were judged by, and of how many.
    pub(super) counted: String,
    pub(super) refused: Value,
}

impl Report {
    pub(super) fn print(&self) {
        let Comparison { mean_reward, candidate, live, lift, verdict, .. } = &self.comparison;
        println!("{}, which earned {mean_reward:.4} on average", self.counted);
        if let Some(examination) = &self.examination {
            let places = examination.probabilities().map(|p| format!("{p:.2}"));
            println!("rewards divided by the chance that a place is looked at: {}", places.join(" "));
        }
        self.tell("candidate", &self.candidate_name, &self.candidate, candidate);
        self.tell("against", &self.live_name, &self.live, live);
        println!("\nlift, by SNIPS   {}", told(lift));
        println!(
            "\n{:<15} {:>8} {:>9} {:>10} {:>10}",
            "policy version", "clicks", "earned", "candidate", "effective"
        );
        for Versions { first, last, clicks, mean_reward, snips, effective_clicks } in &self.versions {
            let name = if first == last { first.to_string() } else { format!("{first}–{last}") };
            println!("{name:<15} {clicks:>8} {mean_reward:>9.4} {snips:>10.4} {effective_clicks:>10.0}");
        }
        match verdict {
            Verdict::Better | Verdict::Worse => {
                println!("\nthe candidate is {verdict} than {}", self.live_name);
            }
            Verdict::CannotTell(_) => println!("\nthese clicks {verdict}"),
        }
        if self.learned_from > 0 {
            println!(
                "{} of these clicks it was made from, which flatters it: --from {} judges it by others",
                self.learned_from,
                self.candidate.published.last_sequence + 1
            );
        }
        eprintln!("next: {}", self.next());
    }

    fn tell(&self, part: &str, name: &str, policy: &PolicyFile, value: &PolicyValue) {
        let v1::PolicyPublished { learner, clicks_applied, .. } = &policy.published;
        println!("\n{part} {name} ({learner}, {clicks_applied} clicks)");
        println!("  SNIPS          {}", told(&value.snips));
        println!("  doubly robust  {}", told(&value.doubly_robust));
        let (effective, largest) = (value.effective_clicks, 100.0 * value.largest_weight);
        let share = 100.0 * effective / self.comparison.clicks as f64;
        println!("  {effective:.0} effective clicks ({share:.0} %), largest weight {largest:.2} % of all");
    }

    fn next(&self) -> String {
        let file = &self.candidate_name;
        match self.comparison.verdict {
            Verdict::Better => format!("avzeus policy promote {file}"),
            Verdict::Worse => "avzeus replay --out FILE with other settings".to_owned(),
            Verdict::CannotTell(_) => {
                format!("wait for more clicks, or gather some with avzeus policy promote {file} --canary 0.1")
            }
        }
    }

    pub(super) fn json(&self) -> Value {
        let Comparison { clicks, mean_reward, candidate, live, lift, verdict } = &self.comparison;
        let versions = self.versions.iter().map(|v| {
            json!({ "first": v.first, "last": v.last, "clicks": v.clicks, "mean_reward": v.mean_reward,
                    "snips": v.snips, "effective_clicks": v.effective_clicks })
        });
        json!({
            "clicks": clicks, "mean_reward": mean_reward, "learned_from": self.learned_from,
            "candidate": value_json(&self.candidate_name, &self.candidate, candidate),
            "against": value_json(&self.live_name, &self.live, live),
            "lift": estimate_json(lift), "verdict": name(verdict), "words": verdict.to_string(),
            "versions": versions.collect::<Vec<_>>(), "refused": self.refused,
            "examination": self.examination.map(|e| e.probabilities()),
        })
    }
}

fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::CannotTell(Doubt::FewEffectiveClicks { .. } | Doubt::IntervalHoldsZero) => "cannot_tell",
    }
}

fn told(estimate: &Estimate) -> String {
    let Estimate { value, low, high } = estimate;
    format!("{value:.4}  (95 %: {low:.4} to {high:.4})")
}

fn estimate_json(estimate: &Estimate) -> Value {
    json!({ "value": estimate.value, "low": estimate.low, "high": estimate.high })
}

fn value_json(name: &str, policy: &PolicyFile, value: &PolicyValue) -> Value {
    json!({
        "policy": name, "learner": policy.published.learner, "clicks_applied": policy.published.clicks_applied,
        "last_sequence": policy.published.last_sequence,
        "snips": estimate_json(&value.snips), "doubly_robust": estimate_json(&value.doubly_robust),
        "effective_clicks": value.effective_clicks, "largest_weight": value.largest_weight,
    })
}
