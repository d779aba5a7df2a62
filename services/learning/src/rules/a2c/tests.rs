use super::*;
use crate::experience::Experience;
use crate::learned::NotFinite;
use crate::plain::{
    BOUNDED, FIXED, assert_agree, by_differences, gradient, heads, midway, noise, numbers, replayed,
};

#[test]
fn gradients_agree_with_central_differences() {
    for exploration in [FIXED, BOUNDED] {
        let (learned, settings) = midway(&A2c, exploration);
        let clicks = replayed(exploration, 24);
        let (found, figures) = gradient(&learned, &clicks, 24, &settings, |step| A2c.loss(step));

        let at = numbers(&learned);
        let weight = |experience: &Experience| {
            let heads = heads(&at, &learned.policy, &experience.state);
            let ratio = (heads.log_density(&experience.x) - f64::from(experience.log_density)).exp();
            ratio.min(f64::from(settings.ratio_cap)) * (f64::from(experience.reward) - heads.value)
        };
        // ρ and A of the actor's term carry no gradient.
        let held: Vec<f64> = clicks.iter().map(weight).collect();
        let expected = by_differences(at.clone(), |numbers| {
            let terms = clicks.iter().zip(&held).map(|(experience, held)| {
                let heads = heads(numbers, &learned.policy, &experience.state);
                let advantage = f64::from(experience.reward) - heads.value;
                -held * heads.log_density(&experience.x)
                    + f64::from(settings.value_coefficient) * advantage * advantage
                    - f64::from(settings.entropy_coefficient()) * heads.entropy()
            });
            terms.sum::<f64>() / clicks.len() as f64
        });
        assert_agree(&found, &expected);
        assert!((figures.mean_ratio - 1.0).abs() > 1e-3, "every ratio is 1: {figures:?}");
    }
}

#[test]
fn an_update_that_is_not_finite_is_told() {
    let (mut learned, settings) = midway(&A2c, FIXED);
    learned.policy.hidden2.weight[0] = f32::MAX;
    learned.policy.hidden1.bias.fill(f32::MAX);
    let clicks = replayed(FIXED, 8);
    let batch: Vec<_> = clicks.iter().collect();
    assert_eq!(learned.step(&batch, 8, &mut noise(), &settings), Err(NotFinite));
}
