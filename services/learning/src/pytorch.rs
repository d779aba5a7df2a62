//! One full update of each rule, held against PyTorch's.
//!
//! `tests/benches/peers/learner.py` makes the same update of the same numbers by PyTorch 2.2's autodiff, clipping
//! and Adam, from nothing but the formulas below, and prints what stands here:
//! `echo '{"learner": "acer"}' | target/bench-env/bin/python tests/benches/peers/learner.py`.

use domain::State;
use domain::policy::PolicyOutput;
use domain::weights::ACTIONS;

use crate::adam::Adam;
use crate::experience::Experience;
use crate::learned::Learned;
use crate::network::{parameters, pieces_mut};
use crate::plain::{BOUNDED, gradient};
use crate::rules::a2c::A2c;
use crate::rules::acer::{Acer, AcerSettings, loss_by_noise};
use crate::rules::slate::{Slate, SlateSettings};
use crate::rules::{Loss, Rule};
use crate::settings::Settings;
use crate::step::Step;

/// Clicks of the batch.
const CLICKS: usize = 16;
/// Every so many numbers one is compared, and the sum of all.
const STRIDE: usize = 89;

fn wave(start: f64) -> impl FnMut() -> f32 {
    let mut place = -1.0;
    move || {
        place += 1.0;
        (start + 1.3 * place).sin() as f32
    }
}

fn learned(settings: &Settings) -> Learned {
    let mut learned = Learned::initial(settings);
    let fill = |policy: &mut domain::PolicyNetwork, start| {
        let mut next = wave(start);
        pieces_mut(policy).flatten().for_each(|parameter| *parameter = 0.25 * next());
    };
    fill(&mut learned.policy, 1.0);
    learned.average.iter_mut().for_each(|average| fill(average, 1.05));
    let mut next = wave(2.0);
    match settings.rule.name() {
        "slate" => learned.own[1..].iter_mut().for_each(|place| *place = 0.1 * next()),
        _ => learned.own.iter_mut().for_each(|number| *number = 0.25 * next()),
    }
    let count = learned.adam.first.len();
    let (mut first, mut second) = (wave(3.0), wave(4.0));
    learned.adam = Adam {
        updates: 6,
        first: (0..count).map(|_| 1e-3 * first()).collect(),
        second: (0..count).map(|_| 1e-6 * (1.5 + second())).collect(),
    };
    learned
}

fn batch() -> Vec<Experience> {
    let (mut state, mut x, mut mean, mut cosine) = (wave(5.0), wave(6.0), wave(7.0), wave(8.0));
    (0..CLICKS)
        .map(|click| {
            let clicked = click * 7 % domain::SLATE;
            let log_variance = [2.0 * 1.5f32.ln(); ACTIONS];
            let x = std::array::from_fn(|_| 1.5 * x());
            let mean = std::array::from_fn(|_| 0.3 * mean());
            Experience {
                state: State(std::array::from_fn(|_| 1.2 + 0.4 * state())),
                x,
                log_density: PolicyOutput { mean, log_variance, value: 0.0 }.log_density(&x),
                mean,
                log_variance,
                reward: -(clicked as f32) / 10.0,
                cosines: std::array::from_fn(|_| std::array::from_fn(|_| 0.6 * cosine())),
                shown: domain::SLATE,
                clicked,
            }
        })
        .collect()
}

/// What is learned after one update by `loss` out of a window of 400 clicks.
fn updated(rule: &'static dyn Rule, loss: impl FnOnce(&mut Step<'_>) -> Option<Loss>) -> Vec<f32> {
    let domain::policy::Exploration::Bounded { least, most } = BOUNDED else { unreachable!() };
    let settings = Settings::default();
    let settings = Settings {
        rule,
        learning_rate: Some(3e-3),
        sigma_least: Some(least),
        sigma_most: Some(most),
        entropy_coefficient: Some(0.05),
        ratio_cap: 2.0,
        gradient_norm: 0.05,
        acer: AcerSettings { trust_region: 0.01, ..settings.acer },
        slate: SlateSettings { prior_clicks: 20.0, constancy_clicks: 40.0, ..settings.slate },
        ..settings
    };
    let mut learned = learned(&settings);
    let gradient = gradient(&learned, &batch(), 400, &settings, loss);
    learned.descend(gradient, &settings).unwrap();
    parameters(&learned.policy).chain(&learned.own).copied().collect()
}

fn assert_as_pytorch(found: &[f32], count: usize, sum: f64, numbers: &[f32]) {
    assert_eq!(found.len(), count);
    let selected = found.iter().step_by(STRIDE);
    assert_eq!(selected.len(), numbers.len());
    for (i, (found, expected)) in selected.zip(numbers).enumerate() {
        assert!((found - expected).abs() < 1e-5, "number {}: {found} and {expected}", i * STRIDE);
    }
    let all: f64 = found.iter().map(|number| f64::from(*number)).sum();
    assert!((all - sum).abs() < 1e-3, "sums {all} and {sum}");
}

#[test]
fn a2c() {
    let found = updated(&A2c, |step| A2c.loss(step));
    let expected = [
        0.2105235, -0.1108103, -0.0198314, 0.1450429, -0.2289767, 0.248263, -0.1970166, 0.0899255, 0.0426315,
        -0.1629834, 0.2374594, -0.2442589, 0.1819585, -0.0681391, -0.0650166, 0.1799523, -0.2435486,
        0.2383185, -0.1654802, 0.0457288,
    ];
    assert_as_pytorch(&found, 1705, 0.176544, &expected);
}

#[test]
fn slate() {
    let found = updated(&Slate, |step| Slate.loss(step));
    let expected = [
        0.2103202, -0.1110174, -0.0197627, 0.1450577, -0.2289767, 0.248263, -0.197015, 0.0899255, 0.042634,
        -0.1630151, 0.2374805, -0.2442589, 0.181964, -0.0681391, -0.0650136, 0.1799523, -0.2435339,
        0.2383185, -0.1654874, 0.0457288,
    ];
    assert_as_pytorch(&found, 1716, 2.512025, &expected);
}

#[test]
fn acer() {
    let mut next = wave(9.0);
    let noise = (0..CLICKS * 6 * ACTIONS).map(|_| 1.2 * next()).collect();
    let found = updated(&Acer, |step| Some(loss_by_noise(step, noise)));
    let expected = [
        0.2105432, -0.1108169, -0.0197983, 0.1450501, -0.2289767, 0.248263, -0.1970136, 0.0899255, 0.0426297,
        -0.1629844, 0.2374711, -0.2442589, 0.1819609, -0.0681391, -0.0650137, 0.1799523, -0.2435659,
        0.2383185, -0.1654833, 0.0457288, -0.2140297, 0.249752, -0.2143495, 0.1184928, 0.0110715,
    ];
    assert_as_pytorch(&found, 2218, 0.370395, &expected);
}
