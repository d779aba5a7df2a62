//! The update against an independent one: the loss in plain f64, differentiated by central differences.

use super::*;
use crate::fold::tests::{Bandit, draws, normal, spread_policy};
use crate::network::parameters;
use crate::settings::tests::defaults;
use domain::policy::{Exploration, HIDDEN};
use domain::state::STATE;

/// The network in f64, over a flat list of parameters.
struct Plain<'a> {
    parameters: &'a [f64],
    policy: &'a PolicyNetwork,
}

impl Plain<'_> {
    fn dense(&self, from: &mut usize, input: &[f64], outputs: usize) -> Vec<f64> {
        let inputs = input.len();
        let weight = &self.parameters[*from..*from + inputs * outputs];
        let bias = &self.parameters[*from + inputs * outputs..][..outputs];
        *from += (inputs + 1) * outputs;
        (0..outputs)
            .map(|o| bias[o] + (0..inputs).map(|i| input[i] * weight[i * outputs + o]).sum::<f64>())
            .collect()
    }

    /// V(s), log π(x|s) and entropy.
    fn heads(&self, experience: &Experience) -> (f64, f64, f64) {
        let mut from = 0;
        let input = experience
            .state
            .0
            .map(|d| (f64::from(d) - f64::from(self.policy.input.mean)) / f64::from(self.policy.input.scale));
        assert_eq!(input.len(), STATE);
        let relu = |row: Vec<f64>| row.into_iter().map(|v| v.max(0.0)).collect::<Vec<_>>();
        let hidden = relu(self.dense(&mut from, &input, HIDDEN));
        let hidden = relu(self.dense(&mut from, &hidden, HIDDEN));
        let value = self.dense(&mut from, &hidden, 1)[0];
        let mean = self.dense(&mut from, &hidden, ACTIONS);
        let raw = self.dense(&mut from, &hidden, ACTIONS);
        let (mut log_density, mut entropy) = (0.0, 0.0);
        for j in 0..ACTIONS {
            let variance = match self.policy.exploration {
                Exploration::Fixed { sigma } => f64::from(sigma).powi(2),
                Exploration::Bounded { least, most } => {
                    let share = 1.0 / (1.0 + (-raw[j]).exp());
                    let (least, most) = (f64::from(least), f64::from(most));
                    (least.powf(1.0 - share) * most.powf(share)).powi(2)
                }
            };
            let gap = f64::from(experience.x[j]) - mean[j];
            let width = std::f64::consts::TAU * variance;
            log_density -= gap * gap / (2.0 * variance) + width.ln() / 2.0;
            entropy += (1.0 + width.ln()) / 2.0;
        }
        (value, log_density, entropy)
    }

    /// The loss with A and ρ of the actor's term held at `held`.
    fn loss(&self, batch: &[Experience], held: &[f64], settings: &Settings) -> f64 {
        let terms = batch.iter().zip(held).map(|(experience, held)| {
            let (value, log_density, entropy) = self.heads(experience);
            let advantage = f64::from(experience.reward) - value;
            -held * log_density + f64::from(settings.value_coefficient) * advantage * advantage
                - f64::from(settings.entropy_coefficient) * entropy
        });
        terms.sum::<f64>() / batch.len() as f64
    }

    /// ρ · A for every click.
    fn held(&self, batch: &[Experience], settings: &Settings) -> Vec<f64> {
        let weigh = |experience: &Experience| {
            let (value, log_density, _) = self.heads(experience);
            let ratio = (log_density - f64::from(experience.log_density)).exp();
            ratio.min(f64::from(settings.ratio_cap)) * (f64::from(experience.reward) - value)
        };
        batch.iter().map(weigh).collect()
    }
}

fn by_differences(policy: &PolicyNetwork, batch: &[Experience], settings: &Settings) -> Vec<f64> {
    let mut moved: Vec<f64> = parameters(policy).map(|p| f64::from(*p)).collect();
    let held = Plain { parameters: &moved, policy }.held(batch, settings);
    (0..moved.len())
        .map(|i| {
            let (middle, step) = (moved[i], 1e-6);
            let mut at = |place: f64| {
                moved[i] = place;
                Plain { parameters: &moved, policy }.loss(batch, &held, settings)
            };
            let slope = (at(middle + step) - at(middle - step)) / (2.0 * step);
            moved[i] = middle;
            slope
        })
        .collect()
}

/// Clicks logged under another policy than `policy`, so that ratios differ from 1 and some are capped.
fn replayed(policy: &PolicyNetwork, count: usize) -> Vec<Experience> {
    let mut older = spread_policy(21, policy.exploration);
    older.mean.bias.fill(0.7);
    let mut world = Bandit::new(draws(31));
    (0..count).map(|_| Experience::try_from(&world.visit(&older)).unwrap()).collect()
}

fn cases() -> [(PolicyNetwork, Settings); 2] {
    let bounded = Exploration::Bounded { least: 0.8, most: 1.6 };
    let entropy = Settings { entropy_coefficient: 0.05, ratio_cap: 2.0, ..defaults() };
    [(spread_policy(1, Exploration::Fixed { sigma: 1.5 }), defaults()), (spread_policy(2, bounded), entropy)]
}

#[test]
fn gradients_agree_with_central_differences() {
    for (policy, settings) in cases() {
        let batch = replayed(&policy, 24);
        let (found, figures) = gradient(&policy, &batch, &settings);
        let expected = by_differences(&policy, &batch, &settings);
        assert_eq!(found.len(), expected.len());
        for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert!((f64::from(*found) - expected).abs() < 1e-5, "parameter {i}: {found} and {expected}");
        }
        assert!((figures.mean_ratio - 1.0).abs() > 1e-3, "every ratio is 1: {figures:?}");
        assert!(expected.iter().any(|g| g.abs() > 0.01));
    }
}

#[test]
fn an_update_agrees_with_the_same_update_in_plain_numbers() {
    for (policy, settings) in cases() {
        let settings = Settings { gradient_norm: 0.05, ..settings };
        let batch = replayed(&policy, 24);
        let mut next = draws(8);
        let count = parameters(&policy).count();
        let adam = Adam {
            updates: 6,
            first: (0..count).map(|_| 1e-3 * normal(&mut next)).collect(),
            second: (0..count).map(|_| 1e-6 * (1.0 + next())).collect(),
        };
        let (mut stepped, mut moments) = (policy.clone(), adam.clone());
        update(&mut stepped, &mut moments, &batch, &settings).unwrap();

        let gradient = by_differences(&policy, &batch, &settings);
        let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
        assert!(norm > 0.05, "clipping must be at work, the norm is {norm}");
        let mut farthest: f64 = 0.0;
        for (i, (before, after)) in parameters(&policy).zip(parameters(&stepped)).enumerate() {
            let g = gradient[i] * 0.05 / norm;
            let first = 0.9 * f64::from(adam.first[i]) + 0.1 * g;
            let second = 0.999 * f64::from(adam.second[i]) + 0.001 * g * g;
            let (unbiased, square) = (first / (1.0 - 0.9f64.powi(7)), second / (1.0 - 0.999f64.powi(7)));
            let expected =
                f64::from(*before) - f64::from(settings.learning_rate) * unbiased / (square.sqrt() + 1e-8);
            farthest = farthest.max((f64::from(*after) - expected).abs());
        }
        assert!(farthest < 1e-6, "a parameter is {farthest} away");
    }
}

#[test]
fn an_update_that_is_not_finite_changes_nothing() {
    let (mut policy, settings) = cases()[0].clone();
    policy.hidden2.weight[0] = f32::MAX;
    policy.hidden1.bias.fill(f32::MAX);
    let mut adam = Adam::new(parameters(&policy).count());
    let before = (policy.clone(), adam.clone());
    assert_eq!(update(&mut policy, &mut adam, &replayed(&before.0, 8), &settings), Err(NotFinite));
    assert_eq!((policy, adam), before);
}
