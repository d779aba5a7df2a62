//! The best weights there are, found with knowledge of what visitors like.

use domain::PICKS;
use domain::click_model::Expected;
use domain::weights::{ACTIONS, CAPS};

use super::panel::{Panel, point};

/// Weights tried everywhere before the best are bettered.
const TRIED: usize = 96;
/// Steps of the pattern search (Hooke & Jeeves 1961), as shares of a cap.
const STEPS: [f32; 3] = [0.12, 0.06, 0.03];
/// Walks over all four weights at each step.
const WALKS: usize = 2;

/// Classes of states that the optimum has weights of its own for: as many quantiles of the distance between the two
/// first picks, which the distance rule reads. Finer ones follow single faces of one catalogue: no policy that should
/// outlive it could know them.
const CLASSES: usize = 8;

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

/// The best weights found, constant within each class of states.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// `[1, w₂…w₅]` of each class.
    pub(super) weights: Vec<[f32; PICKS]>,
    /// What they are worth, all classes together.
    pub(super) worth: Expected,
}

/// A search over one panel.
#[derive(Debug)]
pub(super) struct Search<'a> {
    panel: &'a Panel<'a>,
    /// The class of each state of the panel: the quantile of the distance between its two first picks.
    classes: Vec<usize>,
    /// Weights spread over everything the caps allow, and what they are worth to each class.
    tried: Vec<(Shares, [Expected; CLASSES])>,
}

impl<'a> Search<'a> {
    pub(super) fn over(panel: &'a Panel<'a>) -> Self {
        let first: Vec<f32> = panel.asked.iter().map(|asked| asked.state.0[0]).collect();
        let mut search = Self { panel, classes: quantiles(&first), tried: Vec::new() };
        search.tried = (0..TRIED)
            .map(|n| point(n).map(|share| share as f32))
            .map(|shares| (shares, search.worth(&[shares; CLASSES])))
            .collect();
        search
    }

    /// The best weights that are the same for everybody.
    pub(super) fn constant(&self, aim: Aim) -> Found {
        let tried = self.tried.iter().map(|(shares, worth)| (*shares, [sum(worth)]));
        let worth = |shares: &[Shares; 1]| [sum(&self.worth(&[shares[0]; CLASSES]))];
        best(tried, worth, aim)
    }

    /// The best weights for each class of states, [`Search::constant`]'s being among those tried.
    pub(super) fn by_state(&self, aim: Aim) -> Found {
        let [constant] = *self.constant(aim).weights else { unreachable!("one class has one answer") };
        let shares: Shares = std::array::from_fn(|j| constant[j + 1] / CAPS[j]);
        let constant = (shares, self.worth(&[shares; CLASSES]));
        let tried = std::iter::once(constant).chain(self.tried.iter().copied());
        best(tried, |shares| self.worth(shares), aim)
    }

    /// What each class gets from its shares.
    fn worth(&self, shares: &[Shares; CLASSES]) -> [Expected; CLASSES] {
        let weights = shares.map(|shares| weights(&shares));
        let mut worth = [Expected::default(); CLASSES];
        for (asked, &class) in self.panel.asked.iter().zip(&self.classes) {
            worth[class].add(&self.panel.worth(asked, &weights[class]), 1.0);
        }
        worth
    }
}

/// The best that was tried for each of `N` classes, bettered step by step.
fn best<const N: usize>(
    tried: impl Iterator<Item = (Shares, [Expected; N])>,
    worth: impl Fn(&[Shares; N]) -> [Expected; N],
    aim: Aim,
) -> Found {
    let mut best: [(Shares, Expected); N] = [([0.5; ACTIONS], WORST); N];
    tried.for_each(|(shares, worth)| keep(&mut best, aim, &[shares; N], &worth));
    for (step, j) in STEPS.iter().flat_map(|&s| (0..WALKS * ACTIONS).map(move |j| (s, j % ACTIONS))) {
        for step in [step, -step] {
            let moved = best.map(|(mut shares, _)| {
                shares[j] = (shares[j] + step).clamp(0.0, 1.0);
                shares
            });
            keep(&mut best, aim, &moved, &worth(&moved));
        }
    }
    let weights = best.iter().map(|(shares, _)| weights(shares)).collect();
    Found { weights, worth: sum(&best.map(|(_, worth)| worth)) }
}

/// Below everything.
const WORST: Expected = Expected {
    reward: f64::NEG_INFINITY,
    click_rank: f64::INFINITY,
    utility_first: f64::NEG_INFINITY,
    utility_ten: f64::NEG_INFINITY,
};

fn keep<const N: usize>(
    best: &mut [(Shares, Expected); N],
    aim: Aim,
    shares: &[Shares; N],
    worth: &[Expected; N],
) {
    for (kept, (shares, worth)) in best.iter_mut().zip(shares.iter().zip(worth)) {
        if aim.of(worth) > aim.of(&kept.1) {
            *kept = (*shares, *worth);
        }
    }
}

fn sum(classes: &[Expected]) -> Expected {
    let mut all = Expected::default();
    classes.iter().for_each(|worth| all.add(worth, 1.0));
    all
}

fn weights(shares: &Shares) -> [f32; PICKS] {
    let mut weights = [1.0; PICKS];
    (0..ACTIONS).for_each(|j| weights[j + 1] = CAPS[j] * shares[j]);
    weights
}

/// Which of [`CLASSES`] equal parts of the sorted numbers each of them is in; equal numbers are in one.
fn quantiles(numbers: &[f32]) -> Vec<usize> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f32::total_cmp);
    let below = |x: f32| sorted.partition_point(|y| *y < x);
    numbers.iter().map(|&x| below(x) * CLASSES / numbers.len()).collect()
}
