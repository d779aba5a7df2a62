//! The independent check of every gradient: the network in plain f64, and slopes by central differences.

use domain::policy::{Exploration, HIDDEN};
use domain::state::STATE;
use domain::weights::ACTIONS;
use domain::{PolicyNetwork, State};

use crate::adam::Adam;
use crate::draws::generator;
use crate::experience::Experience;
use crate::fold::tests::{Bandit, draws, spread_policy};
use crate::learned::Figures;
use crate::learned::Learned;
use crate::network::parameters;
use crate::rules::acer::AcerSettings;
use crate::rules::slate::SlateSettings;
use crate::rules::{Loss, Rule};
use crate::settings::Settings;
use crate::step::Step;

/// What the heads say of one state.
pub(crate) struct Heads {
    pub(crate) value: f64,
    pub(crate) mean: [f64; ACTIONS],
    pub(crate) variance: [f64; ACTIONS],
}

/// A layer out of a flat list, which `from` walks along.
pub(crate) fn dense(numbers: &[f64], from: &mut usize, input: &[f64], outputs: usize) -> Vec<f64> {
    let inputs = input.len();
    let weight = &numbers[*from..*from + inputs * outputs];
    let bias = &numbers[*from + inputs * outputs..][..outputs];
    *from += (inputs + 1) * outputs;
    (0..outputs)
        .map(|o| bias[o] + (0..inputs).map(|i| input[i] * weight[i * outputs + o]).sum::<f64>())
        .collect()
}

pub(crate) fn relu(row: Vec<f64>) -> Vec<f64> {
    row.into_iter().map(|v| v.max(0.0)).collect()
}

/// The standardised input of `state`.
pub(crate) fn input(policy: &PolicyNetwork, state: &State) -> [f64; STATE] {
    state.0.map(|d| (f64::from(d) - f64::from(policy.input.mean)) / f64::from(policy.input.scale))
}

/// The heads by `numbers`, a flat list of parameters; `policy` tells the input's transform and σ's bounds.
pub(crate) fn heads(numbers: &[f64], policy: &PolicyNetwork, state: &State) -> Heads {
    let mut from = 0;
    let hidden = relu(dense(numbers, &mut from, &input(policy, state), HIDDEN));
    let hidden = relu(dense(numbers, &mut from, &hidden, HIDDEN));
    let value = dense(numbers, &mut from, &hidden, 1)[0];
    let mean = dense(numbers, &mut from, &hidden, ACTIONS);
    let raw = dense(numbers, &mut from, &hidden, ACTIONS);
    let variance = |j: usize| match policy.exploration {
        Exploration::Fixed { sigma } => f64::from(sigma).powi(2),
        Exploration::Bounded { least, most } => {
            let share = 1.0 / (1.0 + (-raw[j]).exp());
            (f64::from(least).powf(1.0 - share) * f64::from(most).powf(share)).powi(2)
        }
    };
    Heads { value, mean: [0, 1, 2, 3].map(|j| mean[j]), variance: [0, 1, 2, 3].map(variance) }
}

impl Heads {
    pub(crate) fn log_density(&self, x: &[f32; ACTIONS]) -> f64 {
        let terms = (0..ACTIONS).map(|j| {
            let gap = f64::from(x[j]) - self.mean[j];
            gap * gap / (2.0 * self.variance[j]) + (std::f64::consts::TAU * self.variance[j]).ln() / 2.0
        });
        -terms.sum::<f64>()
    }

    pub(crate) fn entropy(&self) -> f64 {
        self.variance.iter().map(|v| (1.0 + (std::f64::consts::TAU * v).ln()) / 2.0).sum()
    }
}

/// Every number that learning moves: the policy's, then the rule's own.
pub(crate) fn numbers(learned: &Learned) -> Vec<f64> {
    parameters(&learned.policy).chain(&learned.own).map(|p| f64::from(*p)).collect()
}

/// ∂loss/∂number at `at`.
pub(crate) fn by_differences(mut at: Vec<f64>, loss: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    (0..at.len())
        .map(|i| {
            let (middle, step) = (at[i], 1e-6);
            let mut worth = |place: f64| {
                at[i] = place;
                loss(&at)
            };
            let slope = (worth(middle + step) - worth(middle - step)) / (2.0 * step);
            at[i] = middle;
            slope
        })
        .collect()
}

/// Every slope found agrees with the one expected to 1e-5, and some are steep enough to tell.
pub(crate) fn assert_agree(found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((f64::from(*found) - expected).abs() < 1e-5, "number {i}: {found} and {expected}");
    }
    assert!(expected.iter().any(|slope| slope.abs() > 0.01));
}

/// ∂loss/∂number of `loss` on `clicks`, out of a window of `window_clicks`.
pub(crate) fn gradient(
    learned: &Learned,
    clicks: &[Experience],
    window_clicks: usize,
    settings: &Settings,
    loss: impl FnOnce(&mut Step<'_>) -> Option<Loss>,
) -> (Vec<f32>, Figures) {
    let batch: Vec<&Experience> = clicks.iter().collect();
    let mut draws = noise();
    let mut step = Step::new(learned, &batch, window_clicks, &mut draws, settings);
    let loss = loss(&mut step).expect("the clicks are enough");
    step.gradient(loss)
}

/// What is learned by `rule` in mid-flight, all of whose gradients are alive.
pub(crate) fn midway(rule: &'static dyn Rule, exploration: Exploration) -> (Learned, Settings) {
    let (sigma_least, sigma_most) = match exploration {
        Exploration::Fixed { .. } => (None, None),
        Exploration::Bounded { least, most } => (Some(least), Some(most)),
    };
    let settings = Settings::default();
    let settings = Settings {
        rule,
        sigma: Some(1.5),
        sigma_least,
        sigma_most,
        entropy_coefficient: Some(0.05),
        ratio_cap: 2.0,
        acer: AcerSettings { trust_region: 0.01, ..settings.acer },
        slate: SlateSettings { prior_clicks: 20.0, constancy_clicks: 40.0, ..settings.slate },
        ..settings
    };
    (learned_midway(&settings), settings)
}

/// What is learned under `settings` in mid-flight.
pub(crate) fn learned_midway(settings: &Settings) -> Learned {
    let exploration = settings.exploration();
    let mut learned = Learned::initial(settings);
    learned.policy = spread_policy(2, exploration);
    let mut next = draws(3);
    learned.own.iter_mut().for_each(|number| *number += 0.4 * (next() - 0.5));
    learned.average = learned.average.map(|_| spread_policy(4, exploration));
    learned.adam = Adam::new(numbers(&learned).len());
    learned
}

/// Clicks logged under another policy, so that ratios differ from 1 and some are capped.
pub(crate) fn replayed(exploration: Exploration, count: usize) -> Vec<Experience> {
    let mut older = spread_policy(21, exploration);
    older.mean.bias.fill(0.7);
    let mut world = Bandit::new(draws(31));
    (0..count).map(|_| Experience::try_from(&world.visit(&older)).unwrap()).collect()
}

/// Draws that are always the same.
pub(crate) fn noise() -> rand_chacha::ChaCha8Rng {
    generator(9, 9)
}

pub(crate) const FIXED: Exploration = Exploration::Fixed { sigma: 1.5 };
pub(crate) const BOUNDED: Exploration = Exploration::Bounded { least: 0.8, most: 1.6 };
