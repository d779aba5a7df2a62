mod burn;

use super::*;
use crate::fold::tests::{draws, spread_policy};
use crate::plain::{BOUNDED, FIXED, by_differences, heads};

fn seen(count: usize) -> Vec<State> {
    let mut next = draws(9);
    (0..count).map(|_| State(std::array::from_fn(|_| 2.0 * next()))).collect()
}

#[test]
fn the_way_back_agrees_with_central_differences() {
    for exploration in [FIXED, BOUNDED] {
        let policy = spread_policy(5, exploration);
        let states = seen(12);
        let slope = Slope { value: 0.3, mean: [0.5, -0.2, 0.1, -0.7], log_variance: [0.4, 0.2, -0.3, 0.6] };
        let pass = Pass::forward(&policy, states.iter());
        let found = pass.backward(&[slope; 12]);
        let at = parameters(&policy).map(|p| f64::from(*p)).collect();
        let expected = by_differences(at, |numbers| {
            let along = states.iter().map(|state| {
                let heads = heads(numbers, &policy, state);
                let rows = (0..ACTIONS).map(|j| {
                    f64::from(slope.mean[j]) * heads.mean[j]
                        + f64::from(slope.log_variance[j]) * heads.variance[j].ln()
                });
                f64::from(slope.value) * heads.value + rows.sum::<f64>()
            });
            along.sum()
        });
        for (found, expected) in found.iter().zip(&expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-5 * expected.abs().max(1.0));
        }
    }
}

#[test]
fn a_fixed_sigma_leaves_the_third_head_without_gradient() {
    let policy = spread_policy(5, FIXED);
    let slope = Slope { value: 1.0, mean: [1.0; ACTIONS], log_variance: [1.0; ACTIONS] };
    let states = seen(3);
    let gradient = Pass::forward(&policy, states.iter()).backward(&[slope; 3]);
    let third = policy.log_variance.weight.len() + policy.log_variance.bias.len();
    let (reached, unreached) = gradient.split_at(gradient.len() - third);
    assert!(unreached.iter().all(|g| *g == 0.0));
    assert!(reached.iter().any(|g| *g != 0.0));
}
