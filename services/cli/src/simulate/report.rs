//! What came out, as `--json` prints it.

use domain::click_model::Expected;
use serde::Serialize;

/// Everything.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) catalogue_version: String,
    pub(super) people: usize,
    pub(super) click_model: String,
    /// Common visitors that the figures are exact expectations over.
    pub(super) visitors: usize,
    pub(super) populations: Vec<PopulationReport>,
}

/// One population.
#[derive(Debug, Serialize)]
pub(super) struct PopulationReport {
    pub(super) name: &'static str,
    pub(super) policies: Vec<PolicyReport>,
}

/// One policy after so many clicks; its figures are the mean of its seeds'.
#[derive(Debug, Serialize)]
pub(super) struct PolicyReport {
    pub(super) policy: String,
    pub(super) clicks: u64,
    /// As visitors are served: x drawn from the policy's distribution.
    #[serde(flatten)]
    pub(super) served: Judged,
    /// At x = μ(s), against what initial's mean action is worth. Absent for policies that do not draw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mean_action: Option<Judged>,
    /// Searched for reward: its other figures are what this costs or brings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) for_reward: Option<Figures>,
    /// Searched for the utility of the person at the top.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) for_utility: Option<Figures>,
    /// One a seed; a single one without a number where nothing depends on a seed.
    pub(super) seeds: Vec<SeedReport>,
}

/// One seed's policy.
#[derive(Debug, Serialize)]
pub(super) struct SeedReport {
    pub(super) seed: Option<u64>,
    #[serde(flatten)]
    pub(super) served: Judged,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mean_action: Option<Judged>,
    /// Smallest and largest share of its cap that the mean action gives each free weight over all states.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) weights: Option<WeightRange>,
}

/// Shares of the caps of w₂…w₅, 0 to 1.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct WeightRange {
    pub(super) least: [f32; 4],
    pub(super) most: [f32; 4],
}

/// Expected over visitors, clicks and draws.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Figures {
    pub(super) reward: f64,
    pub(super) click_rank: f64,
    pub(super) utility_first: f64,
    pub(super) utility_ten: f64,
}

/// Figures, and which share of the gap from initial to optimum they close.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Judged {
    #[serde(flatten)]
    pub(super) figures: Figures,
    /// 1 at the optimum for reward, below 0 where it is worse than initial; absent where there is no gap.
    pub(super) reward_closed: Option<f64>,
    /// The same of `utility_first`.
    pub(super) utility_closed: Option<f64>,
}

/// The two ends of a gap.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gap {
    pub(super) initial: Figures,
    pub(super) optimum: Figures,
}

/// Gaps below this are none.
const NO_GAP: f64 = 1e-6;

impl Gap {
    pub(super) fn judge(&self, figures: Figures) -> Judged {
        let closed = |of: fn(&Figures) -> f64| {
            let whole = of(&self.optimum) - of(&self.initial);
            (whole > NO_GAP).then(|| (of(&figures) - of(&self.initial)) / whole)
        };
        Judged { figures, reward_closed: closed(|f| f.reward), utility_closed: closed(|f| f.utility_first) }
    }
}

impl Figures {
    pub(super) fn mean(all: impl ExactSizeIterator<Item = Figures>) -> Self {
        let share = 1.0 / all.len().max(1) as f64;
        let mut mean = Self { reward: 0.0, click_rank: 0.0, utility_first: 0.0, utility_ten: 0.0 };
        for figures in all {
            mean.reward += share * figures.reward;
            mean.click_rank += share * figures.click_rank;
            mean.utility_first += share * figures.utility_first;
            mean.utility_ten += share * figures.utility_ten;
        }
        mean
    }
}

impl From<Expected> for Figures {
    fn from(expected: Expected) -> Self {
        let Expected { reward, click_rank, utility_first, utility_ten } = expected;
        Self { reward, click_rank, utility_first, utility_ten }
    }
}

impl PolicyReport {
    /// Of its seeds.
    pub(super) fn of_seeds(
        policy: &str,
        clicks: u64,
        seeds: Vec<SeedReport>,
        served: &Gap,
        mean_action: &Gap,
    ) -> Self {
        let drawn = served.judge(Figures::mean(seeds.iter().map(|seed| seed.served.figures)));
        let settled: Vec<Figures> = seeds.iter().filter_map(|s| Some(s.mean_action?.figures)).collect();
        let settled =
            (!settled.is_empty()).then(|| mean_action.judge(Figures::mean(settled.iter().copied())));
        Self {
            policy: policy.to_owned(),
            clicks,
            served: drawn,
            mean_action: settled,
            for_reward: None,
            for_utility: None,
            seeds,
        }
    }

    /// The lowest of its seeds' `closed`.
    pub(super) fn worst(&self, closed: impl Fn(&SeedReport) -> Option<f64>) -> Option<f64> {
        self.seeds.iter().filter_map(closed).min_by(f64::total_cmp)
    }
}
