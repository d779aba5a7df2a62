use super::*;
use crate::learner::Learner;
use crate::plain::{BOUNDED, FIXED, assert_agree, by_differences, heads, midway, numbers, replayed};

/// The loss in plain f64.
fn loss(numbers: &[f64], learned: &Learned, clicks: &[Experience], settings: &Settings) -> f64 {
    let (policy, own) = numbers.split_at(numbers.len() - ClickModel::LENGTH);
    let [prior, constancy] = [settings.prior_clicks, settings.constancy_clicks].map(|p| f64::from(p) / 400.0);
    let seen: Vec<_> = clicks.iter().map(|e| heads(policy, &learned.policy, &e.state)).collect();
    let usual: [f64; ACTIONS] =
        [0, 1, 2, 3].map(|j| seen.iter().map(|heads| heads.mean[j]).sum::<f64>() / seen.len() as f64);
    let terms = clicks.iter().zip(&seen).map(|(experience, heads)| {
        let odds = |place: usize| {
            let cosines = experience.cosines[place].map(f64::from);
            let weighed = (0..ACTIONS)
                .map(|j| f64::from(CAPS[j]) / (1.0 + (-heads.mean[j]).exp()) * cosines[j + 1])
                .sum::<f64>();
            own[0].exp() * (cosines[0] + weighed) + own[1 + place]
        };
        let sum: f64 = (0..experience.shown).map(|place| odds(place).exp()).sum();
        let advantage = f64::from(experience.reward) - heads.value;
        sum.ln() - odds(experience.clicked)
            + prior / 2.0 * heads.mean.iter().map(|m| m * m).sum::<f64>()
            + constancy / 2.0 * (0..ACTIONS).map(|j| (heads.mean[j] - usual[j]).powi(2)).sum::<f64>()
            + f64::from(settings.value_coefficient) * advantage * advantage
    });
    terms.sum::<f64>() / clicks.len() as f64
}

#[test]
fn gradients_agree_with_central_differences() {
    for exploration in [FIXED, BOUNDED] {
        let (learned, settings) = midway(Learner::Slate, exploration);
        let mut clicks = replayed(exploration, 10);
        // A short slate, too.
        clicks[3].shown = clicks[3].clicked + 1;
        let (found, _) = gradient(&learned, &clicks.iter().collect::<Vec<_>>(), 400, &settings);
        let expected = by_differences(numbers(&learned), |n| loss(n, &learned, &clicks, &settings));
        assert_agree(&found, &expected);
    }
}

#[test]
fn probabilities_are_those_of_the_people_shown() {
    let mut experience = replayed(FIXED, 1)[0];
    experience.shown = 4;
    let model = ClickModel { log_inverse_temperature: 3.0, ..ClickModel::initial() };
    let (_, chances) = model.choice(&experience, &squash(&[0.0; ACTIONS]));
    assert!((chances.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    assert!(chances[..4].iter().all(|p| *p > 0.0));
    assert_eq!(chances[4..], [0.0; SLATE - 4]);
    assert_eq!(ClickModel::of(&model.flat()), model);
}
