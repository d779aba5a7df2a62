use super::*;
use crate::fold::tests::{draws, spread_policy};
use domain::State;

fn rules() -> [Exploration; 2] {
    [Exploration::Fixed { sigma: 1.5 }, Exploration::Bounded { least: 0.8, most: 1.6 }]
}

#[test]
fn parameters_come_back_bit_for_bit() {
    for rule in rules() {
        let policy = spread_policy(3, rule);
        let network = ActorCritic::of(&policy, &Device::flex().autodiff());
        assert_eq!(network.policy(policy.input), policy);
    }
}

#[test]
fn burn_and_domain_answer_alike() {
    let mut next = draws(9);
    let seen: Vec<State> = (0..50).map(|_| State(std::array::from_fn(|_| 2.0 * next()))).collect();
    for rule in rules() {
        let policy = spread_policy(4, rule);
        let device = Device::flex().autodiff();
        let rows: Vec<_> = seen.iter().map(|state| policy.standardise(state)).collect();
        let heads = ActorCritic::of(&policy, &device).forward(states(&rows, &device));
        let (values, means, variances) =
            (numbers(heads.value), numbers(heads.mean), numbers(heads.log_variance));
        for (row, state) in seen.iter().enumerate() {
            let served = policy.forward(state);
            let close = |burn: f32, domain: f32| {
                assert!((burn - domain).abs() <= 1e-6 * domain.abs().max(1.0), "{burn} and {domain}");
            };
            close(values[row], served.value);
            for j in 0..ACTIONS {
                close(means[row * ACTIONS + j], served.mean[j]);
                close(variances[row * ACTIONS + j], served.log_variance[j]);
            }
        }
    }
}

#[test]
fn a_fixed_sigma_leaves_the_third_head_without_gradient() {
    let policy = spread_policy(5, Exploration::Fixed { sigma: 1.5 });
    let device = Device::flex().autodiff();
    let network = ActorCritic::of(&policy, &device);
    let heads = network.forward(states(&[[0.3; STATE], [-0.7; STATE]], &device));
    let gradient = network.gradient(&(heads.mean.sum() + heads.value.sum()).backward());
    let third = policy.log_variance.weight.len() + policy.log_variance.bias.len();
    let (reached, unreached) = gradient.split_at(gradient.len() - third);
    assert!(unreached.iter().all(|g| *g == 0.0));
    assert!(reached.iter().any(|g| *g != 0.0));
}
