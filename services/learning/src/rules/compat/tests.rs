use super::*;
use crate::plain::{
    BOUNDED, FIXED, assert_agree, by_differences, gradient, heads, midway, noise, numbers, replayed,
};

#[test]
fn gradients_agree_with_central_differences() {
    for exploration in [FIXED, BOUNDED] {
        let (learned, settings) = midway(&Compat, exploration);
        let clicks = replayed(exploration, 12);
        let (found, _) = gradient(&learned, &clicks, 12, &settings, |step| Compat.loss(step));

        let (at, gamma) = (numbers(&learned), f64::from(DISCOUNT));
        let value = |numbers: &[f64], t: usize| heads(numbers, &learned.policy, &clicks[t].state).value;
        // What the return looks ahead to carries no gradient.
        let returned = |t: usize| {
            f64::from(clicks[t].reward)
                + gamma * f64::from(clicks[t + 1].reward)
                + gamma * gamma * value(&at, t + 2)
        };
        let expected = by_differences(at.clone(), |numbers| {
            let terms = (0..10).map(|t| {
                let heads = heads(numbers, &learned.policy, &clicks[t].state);
                let advantage = returned(t) - heads.value;
                -(returned(t) - value(&at, t)) * heads.log_density(&clicks[t].x)
                    + f64::from(settings.value_coefficient) * advantage * advantage
                    - f64::from(settings.entropy_coefficient()) * heads.entropy()
            });
            terms.sum::<f64>() / 10.0
        });
        assert_agree(&found, &expected);
    }
}

#[test]
fn two_clicks_have_no_return_and_change_nothing() {
    let (mut learned, settings) = midway(&Compat, FIXED);
    let before = learned.policy.clone();
    let clicks = replayed(FIXED, 2);
    learned.step(&clicks.iter().collect::<Vec<_>>(), 2, &mut noise(), &settings).unwrap();
    assert_eq!(learned.policy, before);
}
