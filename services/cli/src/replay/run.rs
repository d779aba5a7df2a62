//! One seed's way through the clicks.

use std::time::{Duration, Instant};

use domain::PolicyNetwork;
use domain::evaluation::{EvaluationRule, LoggedClick, PolicyValue, snips, value};
use learning::fold::{Applied, Fold};
use learning::settings::Settings;
use policies::clicks::{ClickLog, SequencedClick};

use crate::CliError;

/// Points of a learning curve.
const POINTS: usize = 40;
/// Clicks between two words on progress.
const WORD: usize = 64;

/// How a run is judged.
pub(super) struct Trial {
    /// Clicks that come before the held-out ones.
    pub(super) learned: usize,
    /// The last clicks.
    pub(super) held_out: Vec<LoggedClick>,
}

/// What a seed made of the clicks.
pub(super) struct Run {
    pub(super) seed: u64,
    /// After all clicks.
    pub(super) fold: Fold,
    /// Updates that were dropped, and clicks that the learner refused.
    pub(super) dropped: u64,
    pub(super) refused: u64,
    pub(super) curve: Vec<Point>,
    /// Of what was learned before the held-out clicks, on those; `None` where there are none.
    pub(super) held_out: Option<PolicyValue>,
    pub(super) clicks_per_second: f64,
}

/// The fold after some clicks.
pub(super) struct Point {
    pub(super) clicks: usize,
    /// Mean reward of the clicks before: what was logged, whoever learns from it.
    pub(super) mean_reward: Option<f64>,
    /// By SNIPS on the held-out clicks, before any of them was learned from.
    pub(super) value: Option<f64>,
}

impl Trial {
    /// Holds out the last `share` of `log`.
    pub(super) fn of(log: &ClickLog, share: f64) -> Self {
        let held_out = (log.clicks.len() as f64 * share).round() as usize;
        let learned = log.clicks.len() - held_out;
        Self { learned, held_out: log.logged().split_off(learned) }
    }

    /// Numbers of clicks at which the curve has a point.
    fn marks(&self) -> Vec<usize> {
        let clicks = self.learned + self.held_out.len();
        let mut marks: Vec<_> = (0..=POINTS).map(|i| clicks * i / POINTS).chain([self.learned]).collect();
        marks.sort_unstable();
        marks.dedup();
        marks
    }
}

impl Run {
    /// Folds all of `log`; `told` hears how many clicks are learned.
    pub(super) fn of(
        log: &ClickLog,
        trial: &Trial,
        settings: &Settings,
        mut told: impl FnMut(u64),
    ) -> Result<Self, CliError> {
        let (mut fold, mut spent) = (Fold::initial(settings), Duration::ZERO);
        let (mut dropped, mut refused) = (0, 0);
        let (mut seen, mut done) = (Vec::<(Point, PolicyNetwork)>::new(), 0);
        for mark in trial.marks() {
            for clicks in log.clicks[done..mark].chunks(WORD) {
                let started = Instant::now();
                for SequencedClick { sequence, click } in clicks {
                    match fold.apply(*sequence, click) {
                        Applied::Dropped(_) => dropped += 1,
                        Applied::Refused(_) => refused += 1,
                        _ => {}
                    }
                }
                spent += started.elapsed();
                done += clicks.len();
                told(done as u64);
            }
            let point = Point { clicks: mark, mean_reward: fold.mean_reward_recent(), value: None };
            seen.push((point, fold.policy().clone()));
        }
        // Behind the last click there may be messages that are none.
        fold.skip(log.last_sequence());
        let (mut curve, mut held_out) = (Vec::new(), None);
        for (mut point, policy) in seen {
            if !trial.held_out.is_empty() && point.clicks <= trial.learned {
                point.value = Some(snips(&trial.held_out, &policy)?);
            }
            if !trial.held_out.is_empty() && point.clicks == trial.learned {
                let draws = policies::below(settings.seed);
                held_out = Some(value(&trial.held_out, &policy, &EvaluationRule::default(), draws)?);
            }
            curve.push(point);
        }
        let clicks_per_second = log.clicks.len() as f64 / spent.as_secs_f64().max(1e-9);
        Ok(Self { seed: settings.seed, fold, dropped, refused, curve, held_out, clicks_per_second })
    }

    /// The run worth most on the held-out clicks; the first of those that are worth the same.
    pub(super) fn best(runs: &[Self]) -> &Self {
        let worth = |run: &Self| run.held_out.map_or(0.0, |value| value.snips.value);
        let better = |best, run| if worth(run) > worth(best) { run } else { best };
        runs.iter().skip(1).fold(&runs[0], better)
    }
}
