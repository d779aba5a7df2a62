use domain::PolicyNetwork;
use domain::policy::{Exploration, HIDDEN};

use super::*;
use crate::experience::Experience;
use crate::learned::Learned;
use crate::network;
use crate::plain::{
    BOUNDED, FIXED, assert_agree, by_differences, dense, gradient, heads, input, midway, noise, numbers,
    relu, replayed,
};

/// A(s, x) in plain f64.
fn advantage(own: &[f64], policy: &PolicyNetwork, experience: &Experience, x: &[f64; ACTIONS]) -> f64 {
    let mut seen = input(policy, &experience.state).to_vec();
    seen.extend(x.map(|x| 2.0 / (1.0 + (-x).exp()) - 1.0));
    let mut from = 0;
    let hidden = relu(dense(own, &mut from, &seen, HIDDEN));
    dense(own, &mut from, &hidden, 1)[0]
}

/// log π(x) where the distribution's numbers are `phi`: μ, then log σ².
fn log_density(phi: &[f64], x: &[f64; ACTIONS]) -> f64 {
    let terms = (0..ACTIONS).map(|j| {
        let (gap, log_variance) = (x[j] - phi[j], phi[ACTIONS + j]);
        gap * gap / log_variance.exp() + log_variance + std::f64::consts::TAU.ln()
    });
    -0.5 * terms.sum::<f64>()
}

/// KL(average ‖ π) where π's numbers are `phi`.
fn plain_divergence(average: &[f64], phi: &[f64]) -> f64 {
    let terms = (0..ACTIONS).map(|j| {
        let wider = phi[ACTIONS + j] - average[ACTIONS + j];
        let apart = average[ACTIONS + j].exp() + (phi[j] - average[j]).powi(2);
        wider + apart / phi[ACTIONS + j].exp() - 1.0
    });
    0.5 * terms.sum::<f64>()
}

/// μ, then log σ², that `policy` answers by `numbers`.
fn plain_phi(numbers: &[f64], policy: &PolicyNetwork, experience: &Experience) -> Vec<f64> {
    let heads = heads(numbers, policy, &experience.state);
    heads.mean.into_iter().chain(heads.variance.map(f64::ln)).collect()
}

fn flat(policy: &PolicyNetwork) -> Vec<f64> {
    network::parameters(policy).map(|number| f64::from(*number)).collect()
}

/// The slope of `of` at `phi`, by differences; none by log σ² while σ is fixed.
fn slope(policy: &PolicyNetwork, phi: &[f64], of: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut slope = by_differences(phi.to_vec(), of);
    if matches!(policy.exploration, Exploration::Fixed { .. }) {
        slope[ACTIONS..].fill(0.0);
    }
    slope
}

/// The slope of KL(average ‖ π) by π's numbers.
fn away(learned: &Learned, experience: &Experience) -> Vec<f64> {
    let average = plain_phi(&flat(learned.average.as_ref().unwrap()), &learned.policy, experience);
    let at = plain_phi(&flat(&learned.policy), &learned.policy, experience);
    slope(&learned.policy, &at, |phi| plain_divergence(&average, phi))
}

fn plain_dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// What carries no gradient, worked out once.
struct Held {
    actions: Vec<[f64; ACTIONS]>,
    error: f64,
    ratio: f64,
    climb: Vec<f64>,
}

/// r − Q̃(s, x); `actions` are every u, then x'.
fn error(numbers: &[f64], learned: &Learned, experience: &Experience, actions: &[[f64; ACTIONS]]) -> f64 {
    let (policy, own) = numbers.split_at(numbers.len() - learned.own.len());
    let at = |x: &[f64; ACTIONS]| advantage(own, &learned.policy, experience, x);
    let centre = actions[..SAMPLES].iter().map(at).sum::<f64>() / SAMPLES as f64;
    let value = heads(policy, &learned.policy, &experience.state).value;
    f64::from(experience.reward) - (value + at(&experience.x.map(f64::from)) - centre)
}

fn hold(learned: &Learned, experience: &Experience, noise: &[f32], settings: &Settings) -> Held {
    let policy = &learned.policy;
    let at = numbers(learned);
    let phi = plain_phi(&flat(policy), policy, experience);
    let actions: Vec<[f64; ACTIONS]> = noise
        .chunks_exact(ACTIONS)
        .map(|noise| std::array::from_fn(|j| phi[j] + (phi[ACTIONS + j] / 2.0).exp() * f64::from(noise[j])))
        .collect();
    let cap = f64::from(settings.ratio_cap);
    let x = experience.x.map(f64::from);
    let ratio = (log_density(&phi, &x) - f64::from(experience.log_density)).exp().min(cap);
    let value = heads(&flat(policy), policy, &experience.state).value;
    let replayed = ratio * (f64::from(experience.reward) - value);

    let fresh = &actions[SAMPLES];
    let logged: Vec<f64> =
        experience.mean.into_iter().chain(experience.log_variance).map(f64::from).collect();
    let fresh_ratio = (log_density(&phi, fresh) - log_density(&logged, fresh)).exp();
    let own = &at[at.len() - learned.own.len()..];
    let of = |x: &[f64; ACTIONS]| advantage(own, policy, experience, x);
    let centre = actions[..SAMPLES].iter().map(of).sum::<f64>() / SAMPLES as f64;
    let corrected = (1.0 - cap / fresh_ratio).max(0.0) * (of(fresh) - centre);

    let mut climb =
        slope(policy, &phi, |phi| replayed * log_density(phi, &x) + corrected * log_density(phi, fresh));
    let away = away(learned, experience);
    let over = plain_dot(&away, &climb) - f64::from(settings.acer.trust_region);
    if over > 0.0 {
        let share = over / plain_dot(&away, &away);
        climb.iter_mut().zip(&away).for_each(|(climb, away)| *climb -= share * away);
    }
    Held { error: error(&at, learned, experience, &actions), actions, ratio, climb }
}

/// Standard normal noise of `clicks` clicks.
fn drawn_noise(clicks: usize) -> Vec<f32> {
    let mut draws = noise();
    (0..clicks * FRESH * ACTIONS / 2).flat_map(|_| normals(&mut draws)).collect()
}

#[test]
fn gradients_agree_with_central_differences() {
    for exploration in [FIXED, BOUNDED] {
        let (learned, settings) = midway(&Acer, exploration);
        let clicks = replayed(exploration, 10);
        let noise = drawn_noise(clicks.len());
        let (found, figures) =
            gradient(&learned, &clicks, 10, &settings, |step| Some(loss_by_noise(step, noise.clone())));

        let held: Vec<Held> = clicks
            .iter()
            .zip(noise.chunks_exact(FRESH * ACTIONS))
            .map(|(click, noise)| hold(&learned, click, noise, &settings))
            .collect();
        let at = numbers(&learned);
        let before: Vec<f64> = clicks.iter().map(|e| heads(&at, &learned.policy, &e.state).value).collect();
        let expected = by_differences(at, |numbers| {
            let terms = clicks.iter().zip(&held).zip(&before).map(|((experience, held), before)| {
                let heads = heads(numbers, &learned.policy, &experience.state);
                let along = plain_dot(&held.climb, &plain_phi(numbers, &learned.policy, experience));
                let towards = held.ratio.min(1.0) * held.error + before;
                let critic = error(numbers, &learned, experience, &held.actions).powi(2)
                    + (towards - heads.value).powi(2);
                -along + f64::from(settings.value_coefficient) * critic
                    - f64::from(settings.entropy_coefficient()) * heads.entropy()
            });
            terms.sum::<f64>() / clicks.len() as f64
        });
        assert_agree(&found, &expected);
        assert!((figures.mean_ratio - 1.0).abs() > 1e-3, "every ratio is 1: {figures:?}");
    }
}

/// g at one click, where r − V is `error` and Q̃(s, x') − V is `above_mean`.
fn climb(
    learned: &Learned,
    settings: &Settings,
    experience: &Experience,
    corrected_action: [f32; ACTIONS],
    [error, above_mean]: [f32; 2],
) -> Vec<f64> {
    let batch = [experience];
    let mut draws = noise();
    let step = Step::new(learned, &batch, 1, &mut draws, settings);
    let number = |number| constant(vec![number], [1, 1], step.device());
    let action = constant(corrected_action.to_vec(), [1, ACTIONS], step.device());
    let now = step.heads().actions.detached();
    let found = direction(&step, &now, step.actions(), number(error), action, number(above_mean));
    network::numbers(found.climb).into_iter().map(f64::from).collect()
}

#[test]
fn the_trust_region_lets_the_policy_come_back_but_not_run_away() {
    let (learned, settings) = midway(&Acer, FIXED);
    let experience = replayed(FIXED, 1)[0];
    let away = away(&learned, &experience);
    let climb = |error: f32, trust_region: f32| {
        let mut settings = settings.clone();
        settings.acer.trust_region = trust_region;
        climb(&learned, &settings, &experience, experience.x, [error, 0.0])
    };
    let outward = (1.0 / plain_dot(&away, &climb(1.0, f32::MAX))) as f32;
    assert!((plain_dot(&away, &climb(outward, f32::MAX)) - 1.0).abs() < 1e-4);
    assert!((plain_dot(&away, &climb(outward, 0.1)) - 0.1).abs() < 1e-4);
    assert_eq!(climb(-outward, 0.1), climb(-outward, f32::MAX));
}

#[test]
fn a_policy_that_is_its_own_average_may_move_everywhere() {
    let (mut learned, settings) = midway(&Acer, FIXED);
    learned.average = Some(learned.policy.clone());
    let experience = replayed(FIXED, 1)[0];
    let free = climb(&learned, &settings, &experience, experience.x, [1.0, 0.0]);
    assert!(free.iter().all(|slope| slope.is_finite() && *slope != 0.0), "{free:?}");
}

#[test]
fn what_truncation_leaves_out_is_corrected_by_a_fresh_action() {
    let (learned, mut settings) = midway(&Acer, FIXED);
    settings.acer.trust_region = f32::MAX;
    let experience = replayed(FIXED, 1)[0];
    let heads = learned.policy.forward(&experience.state);
    let likelier: [f32; ACTIONS] =
        std::array::from_fn(|j| heads.mean[j] + 4.0 * (heads.mean[j] - experience.mean[j]));
    let logged: Vec<f64> =
        experience.mean.into_iter().chain(experience.log_variance).map(f64::from).collect();
    let now = plain_phi(&flat(&learned.policy), &learned.policy, &experience);
    let action = likelier.map(f64::from);
    let rho = (log_density(&now, &action) - log_density(&logged, &action)).exp();
    let cap = f64::from(settings.ratio_cap);
    assert!(rho > cap, "{rho}");
    let found = climb(&learned, &settings, &experience, likelier, [0.0, 1.0]);
    let score = slope(&learned.policy, &now, |phi| log_density(phi, &action));
    for (found, score) in found.iter().zip(score) {
        assert!((found - (1.0 - cap / rho) * score).abs() < 1e-4, "{found}, score {score}");
    }
    let none = climb(&learned, &settings, &experience, experience.mean, [0.0, 1.0]);
    assert_eq!(none, [0.0; ACTIONS]);
}
