//! The best weights there are, found with knowledge of what visitors like.

use domain::PICKS;
use domain::click_model::Expected;
use domain::weights::{ACTIONS, CAPS};

use super::panel::{Panel, point};

/// Weights tried everywhere before the best are bettered.
const TRIED: usize = 160;
/// Steps of the pattern search (Hooke & Jeeves 1961), as shares of a cap.
const STEPS: [f32; 4] = [0.16, 0.08, 0.04, 0.02];
/// Walks over all four weights at each step.
const WALKS: usize = 2;

/// Free weights as shares of their caps, 0 to 1.
type Shares = [f32; ACTIONS];

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    /// Expected reward.
    Reward,
    /// True utility of the person at the top.
    Utility,
}

impl Aim {
    fn of(self, worth: &Expected) -> f64 {
        match self {
            Aim::Reward => worth.reward,
            Aim::Utility => worth.utility_first,
        }
    }
}

/// The best of weights that are constant within each class of states.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// `[1, w₂…w₅]` of each class.
    pub(super) weights: Vec<[f32; PICKS]>,
    /// What they are worth, all classes together.
    pub(super) worth: Expected,
}

/// Searches, for states divided into `classes` (a class each, in the order of the panel's), from `starts` and from
/// weights spread over everything the caps allow.
pub(super) fn best(panel: &Panel, classes: &[usize], starts: &[[f32; PICKS]], aim: Aim) -> Found {
    let count = classes.iter().max().map_or(0, |last| last + 1);
    let worth = |shares: &dyn Fn(usize) -> Shares| {
        let weights: Vec<[f32; PICKS]> = (0..count).map(|class| weights(&shares(class))).collect();
        let mut worth = vec![Expected::default(); count];
        for (asked, &class) in panel.asked.iter().zip(classes) {
            worth[class].add(&panel.worth(asked, &weights[class]), 1.0);
        }
        worth
    };
    let spread = (0..TRIED).map(|n| point(n).map(|share| share as f32));
    let starts = starts.iter().map(|weights| std::array::from_fn(|j| weights[j + 1] / CAPS[j]));
    let mut best: Vec<(Shares, Expected)> = Vec::new();
    for shares in starts.chain(spread) {
        let worth = worth(&|_| shares);
        if best.is_empty() {
            best = worth.into_iter().map(|worth| (shares, worth)).collect();
        } else {
            keep(&mut best, aim, &worth, &|_| shares);
        }
    }
    for (step, j) in STEPS.iter().flat_map(|&s| (0..WALKS * ACTIONS).map(move |j| (s, j % ACTIONS))) {
        for step in [step, -step] {
            let from: Vec<Shares> = best.iter().map(|(shares, _)| *shares).collect();
            let moved = |class: usize| {
                let mut shares: Shares = from[class];
                shares[j] = (shares[j] + step).clamp(0.0, 1.0);
                shares
            };
            keep(&mut best, aim, &worth(&moved), &moved);
        }
    }
    let mut all = Expected::default();
    best.iter().for_each(|(_, worth)| all.add(worth, 1.0));
    Found { weights: best.iter().map(|(shares, _)| weights(shares)).collect(), worth: all }
}

fn keep(best: &mut [(Shares, Expected)], aim: Aim, worth: &[Expected], shares: &dyn Fn(usize) -> Shares) {
    for (class, (kept, worth)) in best.iter_mut().zip(worth).enumerate() {
        if aim.of(worth) > aim.of(&kept.1) {
            *kept = (shares(class), *worth);
        }
    }
}

fn weights(shares: &Shares) -> [f32; PICKS] {
    let mut weights = [1.0; PICKS];
    (0..ACTIONS).for_each(|j| weights[j + 1] = CAPS[j] * shares[j]);
    weights
}

/// Classes of the panel's states, for weights that depend on the state: the quantiles of the distance between the
/// two first picks, and in each of them those of the mean of the other distances.
pub(super) fn classes(panel: &Panel, by_first: usize, by_others: usize) -> Vec<usize> {
    let first = quantiles(&panel.asked.iter().map(|a| a.state.0[0]).collect::<Vec<_>>(), by_first);
    let others = |a: &super::panel::Asked| a.state.0[1..].iter().sum::<f32>();
    let mut classes = vec![0; panel.asked.len()];
    for class in 0..by_first {
        let members: Vec<usize> = (0..first.len()).filter(|&place| first[place] == class).collect();
        let spread: Vec<f32> = members.iter().map(|&place| others(&panel.asked[place])).collect();
        for (place, part) in members.iter().zip(quantiles(&spread, by_others)) {
            classes[*place] = class * by_others + part;
        }
    }
    classes
}

/// Which of `count` equal parts of the sorted numbers each of them is in; equal numbers are in one.
fn quantiles(numbers: &[f32], count: usize) -> Vec<usize> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f32::total_cmp);
    let below = |x: f32| sorted.partition_point(|y| *y < x);
    numbers.iter().map(|&x| below(x) * count / numbers.len()).collect()
}
