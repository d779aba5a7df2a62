use domain::State;
use domain::state::STATE;
use domain::weights::ACTIONS;

use super::*;
use crate::fold::tests::{draws, spread_policy};
use crate::plain::{BOUNDED, FIXED, assert_agree, by_differences, heads};

fn seen(count: usize) -> Vec<State> {
    let mut next = draws(9);
    (0..count).map(|_| State(std::array::from_fn(|_| 2.0 * next()))).collect()
}

fn rows(policy: &PolicyNetwork, states: &[State], device: &Device) -> Tensor<2> {
    let rows = states.iter().flat_map(|state| policy.standardise(state)).collect();
    constant(rows, [states.len(), STATE], device)
}

#[test]
fn tensors_answer_as_the_policy_that_serves() {
    let device = Device::flex().autodiff();
    for exploration in [FIXED, BOUNDED] {
        let (policy, states) = (spread_policy(8, exploration), seen(40));
        let found = Network::constant(&policy, &device).forward(rows(&policy, &states, &device));
        let found = [found.value, found.actions.mean, found.actions.log_variance].map(numbers);
        for (i, state) in states.iter().enumerate() {
            let served = policy.forward(state);
            assert!((found[0][i] - served.value).abs() < 1e-5);
            for j in 0..ACTIONS {
                assert!((found[1][i * ACTIONS + j] - served.mean[j]).abs() < 1e-5);
                // A fixed σ has one row for all.
                let log_variance = found[2][(i * ACTIONS + j) % found[2].len()];
                assert!((log_variance - served.log_variance[j]).abs() < 1e-5);
            }
        }
    }
}

#[test]
fn gradients_agree_with_central_differences() {
    let device = Device::flex().autodiff();
    for exploration in [FIXED, BOUNDED] {
        let (policy, states) = (spread_policy(5, exploration), seen(12));
        let [by_value, by_mean, by_log_variance] =
            [vec![0.3], vec![0.5, -0.2, 0.1, -0.7], vec![0.4, 0.2, -0.3, 0.6]];
        let network = Network::differentiated(&policy, &device);
        let answer = network.forward(rows(&policy, &states, &device));
        let along =
            |head: Tensor<2>, by: &[f32]| (head * constant(by.to_vec(), [1, by.len()], &device)).sum();
        let loss = along(answer.value, &by_value)
            + along(answer.actions.mean, &by_mean)
            + along(answer.actions.log_variance, &by_log_variance);
        let mut found = Vec::new();
        network.append_gradient(&mut found, &loss.backward());

        let at = parameters(&policy).map(|p| f64::from(*p)).collect();
        let expected = by_differences(at, |numbers| {
            let mut sum = 0.0;
            for state in &states {
                let heads = heads(numbers, &policy, state);
                sum += f64::from(by_value[0]) * heads.value;
                for j in 0..ACTIONS {
                    sum += f64::from(by_mean[j]) * heads.mean[j]
                        + f64::from(by_log_variance[j]) * heads.variance[j].ln();
                }
            }
            sum
        });
        assert_agree(&found, &expected);
        if exploration == FIXED {
            let third = policy.log_variance.weight.len() + policy.log_variance.bias.len();
            assert!(found[found.len() - third..].iter().all(|slope| *slope == 0.0));
        }
    }
}
