use super::*;
use crate::learner::Learner;
use crate::plain::{
    BOUNDED, FIXED, assert_agree, by_differences, dense, heads, input, midway, noise, numbers, relu, replayed,
};
use domain::policy::HIDDEN;

/// A(s, x) in plain f64.
fn advantage(own: &[f64], policy: &PolicyNetwork, experience: &Experience, x: &[f32; ACTIONS]) -> f64 {
    let mut seen = input(policy, &experience.state).to_vec();
    seen.extend(x.map(|x| 2.0 / (1.0 + (-f64::from(x)).exp()) - 1.0));
    let mut from = 0;
    let hidden = relu(dense(own, &mut from, &seen, HIDDEN));
    dense(own, &mut from, &hidden, 1)[0]
}

/// What carries no gradient, worked out once: samples, error, truncated ratio, and the actor's direction,
/// which the trust region's own test looks into.
struct Held {
    actions: [[f32; ACTIONS]; SAMPLES + 1],
    error: f64,
    ratio: f64,
    climb: Slope,
}

fn error(numbers: &[f64], learned: &Learned, experience: &Experience, held: &[[f32; ACTIONS]]) -> f64 {
    let (policy, own) = numbers.split_at(numbers.len() - learned.own.len());
    let at = |x: &[f32; ACTIONS]| advantage(own, &learned.policy, experience, x);
    let centre = held[..SAMPLES].iter().map(at).sum::<f64>() / SAMPLES as f64;
    let value = heads(policy, &learned.policy, &experience.state).value;
    f64::from(experience.reward) - (value + at(&experience.x) - centre)
}

fn hold(learned: &Learned, experience: &Experience, noise: &Noise, settings: &Settings) -> Held {
    let heads = learned.policy.forward(&experience.state);
    let actions = drawn(&heads, noise);
    let fresh = &actions[SAMPLES];
    let own: Vec<f64> = learned.own.iter().map(|n| f64::from(*n)).collect();
    let at = |x: &[f32; ACTIONS]| advantage(&own, &learned.policy, experience, x);
    let centre = actions[..SAMPLES].iter().map(at).sum::<f64>() / SAMPLES as f64;
    let weights = Weights {
        replayed: ratio(&heads, experience, settings) * (experience.reward - heads.value),
        fresh: correction(&heads, experience, fresh, settings) * (at(fresh) - centre) as f32,
        trust_region: settings.trust_region,
        sigma_is_free: matches!(learned.policy.exploration, Exploration::Bounded { .. }),
    };
    let average = learned.average.as_ref().unwrap().forward(&experience.state);
    Held {
        actions,
        error: error(&numbers(learned), learned, experience, &actions),
        ratio: f64::from(ratio(&heads, experience, settings)),
        climb: actor(&heads, &average, experience, fresh, weights),
    }
}

#[test]
fn gradients_agree_with_central_differences() {
    for exploration in [FIXED, BOUNDED] {
        let (learned, mut settings) = midway(Learner::Acer, exploration);
        settings.trust_region = 0.01;
        let clicks = replayed(exploration, 10);
        let mut draws = noise();
        let noise: Vec<Noise> = clicks.iter().map(|_| drawn_noise(&mut draws)).collect();
        let (found, _) = gradient(&learned, &clicks.iter().collect::<Vec<_>>(), &noise, &settings);

        let held: Vec<Held> =
            clicks.iter().zip(&noise).map(|(e, n)| hold(&learned, e, n, &settings)).collect();
        let at = numbers(&learned);
        let before: Vec<f64> = clicks.iter().map(|e| heads(&at, &learned.policy, &e.state).value).collect();
        let expected = by_differences(at, |numbers| {
            let terms = clicks.iter().zip(&held).zip(&before).map(|((experience, held), before)| {
                let heads = heads(numbers, &learned.policy, &experience.state);
                let along: f64 = (0..ACTIONS)
                    .map(|j| {
                        f64::from(held.climb.mean[j]) * heads.mean[j]
                            + f64::from(held.climb.log_variance[j]) * heads.variance[j].ln()
                    })
                    .sum();
                let towards = held.ratio.min(1.0) * held.error + before;
                let critic = error(numbers, &learned, experience, &held.actions).powi(2)
                    + (towards - heads.value).powi(2);
                -along + f64::from(settings.value_coefficient) * critic
                    - f64::from(settings.entropy_coefficient()) * heads.entropy()
            });
            terms.sum::<f64>() / clicks.len() as f64
        });
        assert_agree(&found, &expected);
    }
}

#[test]
fn the_slope_of_the_divergence_agrees_with_central_differences() {
    let (learned, _) = midway(Learner::Acer, BOUNDED);
    let state = replayed(BOUNDED, 1)[0].state;
    let heads = learned.policy.forward(&state);
    let average = learned.average.as_ref().unwrap().forward(&state);
    let divergence = |numbers: &[f64]| {
        let terms = (0..ACTIONS).map(|j| {
            let (mean, log_variance) = (f64::from(average.mean[j]), f64::from(average.log_variance[j]));
            let gap = numbers[j] - mean;
            let wider = numbers[ACTIONS + j] - log_variance;
            0.5 * (wider + (log_variance.exp() + gap * gap) / numbers[ACTIONS + j].exp() - 1.0)
        });
        terms.sum::<f64>()
    };
    let at = heads.mean.iter().chain(&heads.log_variance).map(|n| f64::from(*n)).collect();
    let slope = divergence_slope(&heads, &average);
    assert_agree(&[slope.mean, slope.log_variance].concat(), &by_differences(at, divergence));
}

#[test]
fn the_trust_region_lets_the_policy_come_back_but_not_run_away() {
    let (learned, _) = midway(Learner::Acer, FIXED);
    let experience = replayed(FIXED, 1)[0];
    let heads = learned.policy.forward(&experience.state);
    let average = learned.average.as_ref().unwrap().forward(&experience.state);
    let away = divergence_slope(&heads, &average);
    let along = |slope: &Slope| -> f32 { (0..ACTIONS).map(|j| away.mean[j] * slope.mean[j]).sum() };
    let climb = |replayed: f32, trust_region: f32| {
        let weights = Weights { replayed, fresh: 0.0, trust_region, sigma_is_free: false };
        actor(&heads, &average, &experience, &experience.x, weights)
    };
    let free = along(&climb(1.0, f32::MAX));
    let outward = 1.0 / free;
    assert!((along(&climb(outward, f32::MAX)) - 1.0).abs() < 1e-4);
    assert!((along(&climb(outward, 0.1)) - 0.1).abs() < 1e-4);
    assert_eq!(climb(-outward, 0.1), climb(-outward, f32::MAX));
}

#[test]
fn what_truncation_leaves_out_is_corrected_by_a_fresh_action() {
    let (learned, settings) = midway(Learner::Acer, FIXED);
    let experience = replayed(FIXED, 1)[0];
    let heads = learned.policy.forward(&experience.state);
    let likelier: [f32; ACTIONS] =
        std::array::from_fn(|j| heads.mean[j] + 4.0 * (heads.mean[j] - experience.mean[j]));
    let rho = (heads.log_density(&likelier) - experience.logged_density(&likelier)).exp();
    assert!(rho > settings.ratio_cap, "{rho}");
    let share = correction(&heads, &experience, &likelier, &settings);
    assert!((share - (1.0 - settings.ratio_cap / rho)).abs() < 1e-6);
    assert_eq!(correction(&heads, &experience, &experience.mean, &settings), 0.0);
}
