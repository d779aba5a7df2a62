use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::Arm;
use crate::policy::tests::counting;
use crate::policy::{Exploration, Standardisation};
use crate::state::STATE;

/// A policy whose μ is `mean` in every state.
fn constant(mean: [f32; ACTIONS]) -> PolicyNetwork {
    let exploration = Exploration::Fixed { sigma: 1.5 };
    let mut policy = PolicyNetwork::initial(Standardisation::default(), exploration, counting());
    policy.mean.bias = mean.to_vec();
    policy
}

fn logged(policy: &PolicyNetwork, state: State, noise: [f32; ACTIONS], reward: f32) -> LoggedClick {
    let action = policy.act(&state, noise);
    let (x, log_density) = (action.x, action.log_density);
    LoggedClick { state, x, log_density, log_mixture: log_density.into(), reward, policy_version: 1 }
}

/// Whole numbers below what is asked for.
fn below() -> impl FnMut(usize) -> usize {
    let mut next = counting();
    move |n| (f64::from(next()) * n as f64) as usize
}

/// Two standard normal numbers (Box and Muller 1958).
fn normal(generator: &mut StdRng) -> [f32; 2] {
    let (u, v): (f64, f64) = (1.0 - generator.random::<f64>(), generator.random());
    let (length, angle) = ((-2.0 * u.ln()).sqrt(), std::f64::consts::TAU * v);
    [(length * angle.cos()) as f32, (length * angle.sin()) as f32]
}

/// Visitors of known taste: E[r | s, x] = −.45 + .2 sin(x₁ − d₁₂ + 1.2) + .1 cos x₂, which no quadratic model
/// fits, and which has an exact mean under a normal policy.
fn visit(policy: &PolicyNetwork, generator: &mut StdRng) -> LoggedClick {
    let state = State([(); STATE].map(|()| 0.8 + 0.8 * generator.random::<f32>()));
    let ([a, b], [c, d]) = (normal(generator), normal(generator));
    let mut click = logged(policy, state, [a, b, c, d], 0.0);
    let expected = -0.45 + 0.2 * (click.x[0] - state.0[0] + 1.2).sin() + 0.1 * click.x[1].cos();
    // A rank around what is expected, rounded up or down so that its mean is kept.
    let rank = -10.0 * expected + 3.0 * generator.random::<f32>() - 1.5;
    click.reward = -(rank + generator.random::<f32>()).floor() / 10.0;
    click
}

/// E r under [`constant`]: E sin(μ + σn) = sin μ · exp(−σ²/2), and d₁₂ − 1.2 is even in ±.4.
fn truth(mean: [f32; ACTIONS]) -> f64 {
    let (first, second, damping) = (f64::from(mean[0]), f64::from(mean[1]), (-1.125f64).exp());
    -0.45 + 0.2 * damping * first.sin() * 0.4f64.sin() / 0.4 + 0.1 * damping * second.cos()
}

const RULE: EvaluationRule = EvaluationRule { resamples: 300, level: 0.95, least_effective_clicks: 100.0 };

#[test]
fn the_95_percent_interval_covers_the_truth_in_at_least_90_of_100_runs() {
    let (logging, mean) = (constant([0.0; ACTIONS]), [0.9, 0.6, 0.0, -0.5]);
    let candidate = constant(mean);
    let (value, lift) = (truth(mean), truth(mean) - truth([0.0; ACTIONS]));
    let (mut covered, mut below) = ([0; 3], below());
    for run in 0..100 {
        let mut generator = StdRng::seed_from_u64(run);
        let clicks: Vec<_> = (0..1000).map(|_| visit(&logging, &mut generator)).collect();
        let told = compare(&clicks, &candidate, &logging, &RULE, &mut below).unwrap();
        assert!((250.0..700.0).contains(&told.candidate.effective_clicks), "{told:?}");
        let estimates =
            [(told.candidate.snips, value), (told.candidate.doubly_robust, value), (told.lift, lift)];
        for (count, (estimate, truth)) in covered.iter_mut().zip(estimates) {
            *count += usize::from((estimate.low..=estimate.high).contains(&truth));
        }
    }
    eprintln!("covered of 100: SNIPS {}, doubly robust {}, lift {}", covered[0], covered[1], covered[2]);
    assert!(covered.iter().all(|&runs| runs >= 90), "{covered:?}");
}

#[test]
fn many_clicks_give_the_truth_and_a_verdict_either_way() {
    let mut generator = StdRng::seed_from_u64(1);
    let logging = constant([0.0; ACTIONS]);
    let clicks: Vec<_> = (0..20_000).map(|_| visit(&logging, &mut generator)).collect();
    let better = [1.0, 0.0, 0.0, 0.0];
    let told = compare(&clicks, &constant(better), &logging, &RULE, below()).unwrap();
    assert!((told.candidate.snips.value - truth(better)).abs() < 0.01, "{told:?}");
    assert!((told.candidate.doubly_robust.value - truth(better)).abs() < 0.01, "{told:?}");
    assert!((told.live.snips.value - told.mean_reward).abs() < 1e-5, "it made these clicks itself");
    assert_eq!(told.verdict, Verdict::Better);
    let turned = compare(&clicks, &logging, &constant(better), &RULE, below()).unwrap();
    assert_eq!(turned.verdict, Verdict::Worse);
}

#[test]
fn no_winner_is_named_where_the_clicks_do_not_say() {
    let mut generator = StdRng::seed_from_u64(2);
    let logging = constant([0.0; ACTIONS]);
    let clicks: Vec<_> = (0..2000).map(|_| visit(&logging, &mut generator)).collect();
    let against = |candidate: PolicyNetwork| compare(&clicks, &candidate, &logging, &RULE, below()).unwrap();
    let same = against(constant([0.0; ACTIONS]));
    assert_eq!((same.lift.low, same.lift.high), (0.0, 0.0));
    assert_eq!(same.verdict, Verdict::CannotTell(Doubt::IntervalHoldsZero));
    let near = against(constant([0.0, 0.02, 0.0, 0.0]));
    assert_eq!(near.verdict, Verdict::CannotTell(Doubt::IntervalHoldsZero), "{near:?}");
    let far = against(constant([6.0, 6.0, 6.0, 6.0]));
    assert!(far.candidate.largest_weight > 0.05, "{far:?}");
    assert!(matches!(far.verdict, Verdict::CannotTell(Doubt::FewEffectiveClicks { .. })), "{far:?}");
}

#[test]
fn three_clicks_by_hand() {
    // One component differs by one σ: w = exp(n²/2 − (n − 1)²/2) = exp(n − ½) at noise n.
    let (logging, candidate) = (constant([0.0; ACTIONS]), constant([1.5, 0.0, 0.0, 0.0]));
    let at = |noise: f32, reward| logged(&logging, State([1.2; STATE]), [noise, 0.0, 0.0, 0.0], reward);
    let clicks = [at(-1.0, -0.9), at(0.0, -0.5), at(1.0, 0.0)];
    let w = [-1.5f64, -0.5, 0.5].map(f64::exp);
    let sum: f64 = w.iter().sum();
    let told = value(&clicks, &candidate, &EvaluationRule::default(), |n| n - 1).unwrap();
    let by_hand = (w[0] * -0.9 + w[1] * -0.5) / sum;
    assert!((told.snips.value - by_hand).abs() < 1e-6, "{told:?}");
    let squares: f64 = w.iter().map(|w| w * w).sum();
    assert!((told.effective_clicks - sum * sum / squares).abs() < 1e-5);
    assert!((told.largest_weight - w[2] / sum).abs() < 1e-6);
    // Every draw gave the last click.
    assert_eq!((told.snips.low, told.snips.high), (0.0, 0.0));
}

/// `click` as it is logged where `arms` make the recommendations, each its share.
fn shared(click: LoggedClick, arms: &[(f32, &PolicyNetwork)]) -> LoggedClick {
    let arm = |&(share, policy): &(f32, &PolicyNetwork)| Arm {
        policy: String::new(),
        version: 1,
        share,
        log_density: policy.forward(&click.state).log_density(&click.x),
    };
    let arms: Vec<Arm> = arms.iter().map(arm).collect();
    LoggedClick { log_mixture: log_mixture(&arms).unwrap(), ..click }
}

#[test]
fn a_click_weighs_by_all_who_could_have_earned_it_by_hand() {
    // x₁ = 1.5 n: beside the initial policy's density the other's is exp(n − ½), so whoever drew it,
    // w = exp(n − ½) / (¼ + ¾ exp(n − ½)).
    let (initial, live) = (constant([0.0; ACTIONS]), constant([1.5, 0.0, 0.0, 0.0]));
    let at = |policy, noise, reward| {
        let click = logged(policy, State([1.2; STATE]), [noise, 0.0, 0.0, 0.0], reward);
        shared(click, &[(0.25, &initial), (0.75, &live)])
    };
    // Of n = 2, −1 and 1: the noise of the other policy is around a mean of 1.
    let clicks = [at(&initial, 2.0, -0.2), at(&live, -2.0, -0.9), at(&live, 0.0, 0.0)];
    let w = [1.5f64, -1.5, 0.5].map(|log| log.exp() / (0.25 + 0.75 * log.exp()));
    let told = value(&clicks, &live, &EvaluationRule::default(), |n| n - 1).unwrap();
    let by_hand = (w[0] * -0.2 + w[1] * -0.9) / w.iter().sum::<f64>();
    assert!((told.snips.value - by_hand).abs() < 1e-6, "{told:?}, not {by_hand}");
    assert!((told.largest_weight - w[0] / w.iter().sum::<f64>()).abs() < 1e-6);
}

#[test]
fn no_weight_is_above_one_over_the_share() {
    let (initial, live) = (constant([0.0; ACTIONS]), constant([6.0, 0.0, 0.0, 0.0]));
    let arms = [(0.125, &initial), (0.875, &live)];
    for (drawn, noise) in [(0, 0.0), (0, 9.0), (0, -9.0), (1, 0.0), (1, 9.0), (1, -9.0)] {
        let click = logged(arms[drawn].1, State([1.2; STATE]), [noise, 0.0, 0.0, 0.0], 0.0);
        let click = shared(click, &arms);
        for (share, policy) in arms {
            let density = f64::from(policy.forward(&click.state).log_density(&click.x));
            let weight = (density - click.log_mixture).exp();
            assert!((0.0..=1.0 / f64::from(share) + 1e-9).contains(&weight), "{weight} of {share}");
        }
    }
    assert_eq!(log_mixture(&[]), None);
}

#[test]
fn a_policy_is_valued_truly_by_clicks_of_several() {
    // A tenth of the clicks is the initial policy's. Weighed by who drew them, single ones of those count for dozens.
    let (initial, live) = (constant([0.0; ACTIONS]), constant([3.0, 0.0, 0.0, 0.0]));
    let mut generator = StdRng::seed_from_u64(5);
    let visit = |n| visit(if n % 10 == 0 { &initial } else { &live }, &mut generator);
    let alone: Vec<_> = (0..5000).map(visit).collect();
    let clicks: Vec<_> = alone.iter().map(|c| shared(*c, &[(0.1, &initial), (0.9, &live)])).collect();
    let [together, apart] = [clicks, alone].map(|c| value(&c, &live, &RULE, below()).unwrap());
    assert!((together.snips.value - truth([3.0, 0.0, 0.0, 0.0])).abs() < 0.02, "{together:?}");
    assert!(together.effective_clicks > 3500.0, "{together:?}");
    assert!(apart.effective_clicks < together.effective_clicks, "{apart:?}");
    assert!(apart.largest_weight > 10.0 * together.largest_weight, "{apart:?} {together:?}");
}

#[test]
fn the_same_draws_give_the_same_bits() {
    let logging = constant([0.0; ACTIONS]);
    let told = || {
        let mut generator = StdRng::seed_from_u64(9);
        let clicks: Vec<_> = (0..300).map(|_| visit(&logging, &mut generator)).collect();
        compare(&clicks, &constant([0.3; ACTIONS]), &logging, &RULE, below()).unwrap()
    };
    assert_eq!(told(), told());
}

#[test]
fn nothing_makes_a_number_that_is_not_finite() {
    let logging = constant([0.0; ACTIONS]);
    let mut generator = StdRng::seed_from_u64(3);
    let mut clicks: Vec<_> = (0..50).map(|_| visit(&logging, &mut generator)).collect();
    assert_eq!(value(&[], &logging, &RULE, |_| 0), Err(EvaluationError::NoClicks));
    for mean in [40.0, 1e4, 1e15] {
        let told = value(&clicks, &constant([mean; ACTIONS]), &RULE, below()).unwrap();
        let numbers = [told.snips, told.doubly_robust].map(|e| [e.value, e.low, e.high]);
        assert!(numbers.as_flattened().iter().all(|n| n.is_finite()), "{told:?}");
        assert!((1.0..100.0).contains(&told.effective_clicks), "{told:?}");
    }
    let huge = constant([f32::MAX; ACTIONS]);
    assert!(value(&clicks, &huge, &RULE, below()).is_ok_and(|v| v.snips.value.is_finite()));
    clicks[7].log_mixture = f64::NAN;
    assert_eq!(value(&clicks, &logging, &RULE, |_| 0), Err(EvaluationError::NotFinite(7)));
}

#[test]
fn versions_are_told_apart_and_many_are_taken_together() {
    let logging = constant([0.0; ACTIONS]);
    let mut generator = StdRng::seed_from_u64(4);
    let mut clicks: Vec<_> = (0..90).map(|_| visit(&logging, &mut generator)).collect();
    for (i, click) in clicks.iter_mut().enumerate() {
        (click.policy_version, click.reward) = (1 + i as u64 / 30, -0.1 * (i / 30) as f32);
    }
    let told = by_version(&clicks, &logging, 10).unwrap();
    assert_eq!(
        told.iter().map(|v| (v.first, v.last, v.clicks)).collect::<Vec<_>>(),
        [(1, 1, 30), (2, 2, 30), (3, 3, 30)]
    );
    assert!((told[2].mean_reward + 0.2).abs() < 1e-6 && (told[2].snips + 0.2).abs() < 1e-6);
    // Apart, a version's clicks are draws of its own, whatever share it had.
    clicks.iter_mut().for_each(|click| click.log_mixture -= 7.0 * f64::from(click.x[0]));
    assert_eq!(by_version(&clicks, &logging, 10).unwrap(), told);
    for (i, click) in clicks.iter_mut().enumerate() {
        click.policy_version = i as u64;
    }
    let told = by_version(&clicks, &logging, 4).unwrap();
    assert_eq!(
        told.iter().map(|v| (v.first, v.last, v.clicks)).collect::<Vec<_>>(),
        [(0, 22, 23), (23, 45, 23), (46, 68, 23), (69, 89, 21)]
    );
}
