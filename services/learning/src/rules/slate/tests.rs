use domain::SLATE;
use domain::weights::{ACTIONS, CAPS};

use super::*;
use crate::experience::Experience;
use crate::learned::Learned;
use crate::network;
use crate::plain::{
    BOUNDED, FIXED, assert_agree, by_differences, dense, gradient, heads, input, learned_midway, midway,
    noise, numbers, replayed,
};

/// Numbers of the click model: log β, then b.
const CLICK_MODEL: usize = 1 + SLATE;

/// A model in which the window holds 400 clicks.
const WINDOW: usize = 400;

/// Probabilities in plain f64 that each person shown is clicked, by weights at `x`.
fn chances(own: &[f64], experience: &Experience, x: &[f64]) -> Vec<f64> {
    let odds = |place: usize| {
        let cosines = experience.cosines[place].map(f64::from);
        let weighed: f64 =
            (0..ACTIONS).map(|j| f64::from(CAPS[j]) / (1.0 + (-x[j]).exp()) * cosines[j + 1]).sum();
        (own[0].exp() * (cosines[0] + weighed) + own[1 + place]).exp()
    };
    let sum: f64 = (0..experience.shown).map(odds).sum();
    (0..experience.shown).map(|place| odds(place) / sum).collect()
}

/// The priors in plain f64 on the rows `x`.
fn priors(rows: &[Vec<f64>], settings: &Settings) -> f64 {
    let [prior, constancy] =
        [settings.slate.prior_clicks, settings.slate.constancy_clicks].map(|p| f64::from(p) / WINDOW as f64);
    let usual: Vec<f64> =
        (0..ACTIONS).map(|j| rows.iter().map(|x| x[j]).sum::<f64>() / rows.len() as f64).collect();
    let of = |x: &Vec<f64>| {
        prior / 2.0 * x.iter().map(|x| x * x).sum::<f64>()
            + constancy / 2.0 * x.iter().zip(&usual).map(|(x, usual)| (x - usual).powi(2)).sum::<f64>()
    };
    rows.iter().map(of).sum::<f64>() / rows.len() as f64
}

/// The loss under [`Aim::Utility`].
fn utility_loss(numbers: &[f64], learned: &Learned, clicks: &[Experience], settings: &Settings) -> f64 {
    let (policy, own) = numbers.split_at(numbers.len() - CLICK_MODEL);
    let seen: Vec<_> = clicks.iter().map(|e| heads(policy, &learned.policy, &e.state)).collect();
    let terms = clicks.iter().zip(&seen).map(|(experience, heads)| {
        let advantage = f64::from(experience.reward) - heads.value;
        f64::from(settings.value_coefficient) * advantage * advantage
            - chances(own, experience, &heads.mean)[experience.clicked].ln()
    });
    let rows: Vec<_> = seen.iter().map(|heads| heads.mean.to_vec()).collect();
    terms.sum::<f64>() / clicks.len() as f64 + priors(&rows, settings)
}

#[test]
fn gradients_towards_utility_agree_with_central_differences() {
    for exploration in [FIXED, BOUNDED] {
        let (learned, settings) = midway(&Slate, exploration);
        let mut clicks = replayed(exploration, 10);
        // A short slate, too.
        clicks[3].shown = clicks[3].clicked + 1;
        let (found, _) = gradient(&learned, &clicks, WINDOW, &settings, |step| Slate.loss(step));
        let expected = by_differences(numbers(&learned), |n| utility_loss(n, &learned, &clicks, &settings));
        assert_agree(&found, &expected);
    }
}

/// The numbers of one learner in its parts: the policy's, the click model's, the taste's.
fn parts(numbers: &[f64]) -> (&[f64], &[f64], &[f64]) {
    let (policy, own) = numbers.split_at(numbers.len() - CLICK_MODEL - (STATE + 1) * ACTIONS);
    let (model, taste) = own.split_at(CLICK_MODEL);
    (policy, model, taste)
}

#[test]
fn gradients_towards_reward_agree_with_central_differences() {
    for exploration in [FIXED, BOUNDED] {
        let (_, mut settings) = midway(&Slate, exploration);
        settings.slate.aim = Aim::Reward;
        let mut learned = learned_midway(&settings);
        for (i, number) in learned.own[CLICK_MODEL..].iter_mut().enumerate() {
            *number = 0.3 * (i as f32).sin();
        }
        let mut clicks = replayed(exploration, 16);
        clicks[3].shown = clicks[3].clicked + 1;
        let (found, figures) = gradient(&learned, &clicks, WINDOW, &settings, |step| Slate.loss(step));

        let tasted = |numbers: &[f64], experience: &Experience| {
            dense(parts(numbers).2, &mut 0, &input(&learned.policy, &experience.state), ACTIONS)
        };
        let at = numbers(&learned);
        // r̂ carries no gradient, and neither does what stands before log π.
        let held: Vec<(f64, f64)> = clicks
            .iter()
            .map(|experience| {
                let heads = heads(parts(&at).0, &learned.policy, &experience.state);
                let chances = chances(parts(&at).1, experience, &tasted(&at, experience));
                let earned: f64 = chances.iter().enumerate().map(|(i, p)| -p * i as f64 / 10.0).sum();
                let ratio = (heads.log_density(&experience.x) - f64::from(experience.log_density)).exp();
                (earned, ratio.min(f64::from(settings.ratio_cap)) * (earned - heads.value))
            })
            .collect();
        let loss = |numbers: &[f64]| {
            let (policy, model, _) = parts(numbers);
            let rows: Vec<_> = clicks.iter().map(|experience| tasted(numbers, experience)).collect();
            let terms = clicks.iter().zip(&rows).zip(&held).map(|((experience, x), (earned, weight))| {
                let heads = heads(policy, &learned.policy, &experience.state);
                let advantage = earned - heads.value;
                f64::from(settings.value_coefficient) * advantage * advantage
                    - weight * heads.log_density(&experience.x)
                    - f64::from(settings.entropy_coefficient()) * heads.entropy()
                    - chances(model, experience, x)[experience.clicked].ln()
            });
            terms.sum::<f64>() / clicks.len() as f64 + priors(&rows, &settings)
        };
        assert_agree(&found, &by_differences(at.clone(), loss));
        assert!((figures.mean_ratio - 1.0).abs() > 1e-3, "every ratio is 1: {figures:?}");
    }
}

#[test]
fn probabilities_are_those_of_the_people_shown() {
    let mut clicks = replayed(FIXED, 2);
    clicks[0].shown = 4;
    let (learned, settings) = midway(&Slate, FIXED);
    let batch: Vec<&Experience> = clicks.iter().collect();
    let mut draws = noise();
    let step = Step::new(&learned, &batch, WINDOW, &mut draws, &settings);
    let x = constant(vec![0.3; 2 * ACTIONS], [2, ACTIONS], step.device());
    let found = network::numbers(log_chances(&step, x).exp());
    let (short, full) = found.split_at(SLATE);
    for row in [short, full] {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{row:?}");
    }
    assert!(short[..4].iter().chain(full).all(|p| *p > 0.0), "{found:?}");
    assert_eq!(short[4..], [0.0; SLATE - 4]);
    let own: Vec<f64> = learned.own.iter().map(|number| f64::from(*number)).collect();
    let expected = chances(&own, &clicks[1], &[f64::from(0.3f32); ACTIONS]);
    for (found, expected) in full.iter().zip(expected) {
        assert!((f64::from(*found) - expected).abs() < 1e-5, "{found} and {expected}");
    }
}
