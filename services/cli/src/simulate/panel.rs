//! The common visitors that every policy is judged by, exactly.
//!
//! Nobody clicks here: a slate's reward is its expectation over the click model. What a policy draws is integrated
//! over fixed points of a low-discrepancy sequence, the same for every policy, so that differences between
//! policies are theirs and not the draws'.

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use domain::click_model::{ClickModel, Expected};
use domain::policy::PolicyOutput;
use domain::slate::top_ten;
use domain::visitor::Visitor;
use domain::weights::{ACTIONS, CAPS, squash};
use domain::{PICKS, PolicyNetwork, Ranking, State};

use super::crowd::{Crowd, Guest};
use super::population::Season;

/// Draws of a policy for every ranking.
const DRAWS: usize = 16;

/// Everyone on the panel who gave one ranking: they are shown the same.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) ranking: Ranking,
    pub(super) state: State,
    guests: Vec<Seat>,
}

#[derive(Debug)]
struct Seat {
    guest: Guest,
    /// Utility of the face ranked first.
    known: f32,
    /// Share of the panel, 0 to 1.
    share: f64,
}

/// Visitors of one season.
#[derive(Debug)]
pub(super) struct Panel<'a> {
    crowd: &'a Crowd,
    click_model: ClickModel,
    pub(super) asked: Vec<Asked>,
}

impl<'a> Panel<'a> {
    /// `visitors` with the taste of `season`.
    pub(super) fn new(
        crowd: &'a Crowd,
        visitors: &[Visitor],
        season: Season,
        click_model: ClickModel,
    ) -> Self {
        let rule = season.rule(crowd);
        let share = 1.0 / visitors.len() as f64;
        let mut asked: BTreeMap<[usize; PICKS], Asked> = BTreeMap::new();
        for visitor in visitors {
            let ranking = visitor.ranking;
            let guest = crowd.guest(*visitor, rule);
            let asked = asked.entry(ranking.groups()).or_insert_with(|| Asked {
                ranking,
                state: State::of(&ranking, &crowd.catalogue.distances),
                guests: Vec::new(),
            });
            // Those who gave one ranking and like the same are one guest; a favourite matters to its rule alone.
            let alike = |seat: &&mut Seat| match guest.taste {
                domain::taste::Taste::Favourite => seat.guest == guest,
                domain::taste::Taste::Picks(_) => true,
            };
            match asked.guests.iter_mut().find(alike) {
                Some(seat) => seat.share += share,
                None => asked.guests.push(Seat { guest, known: crowd.known(&guest), share }),
            }
        }
        Self { crowd, click_model, asked: asked.into_values().collect() }
    }

    /// What slates by `weights` are worth to everyone who was asked so, times their share of the panel.
    pub(super) fn worth(&self, asked: &Asked, weights: &[f32; PICKS]) -> Expected {
        let slate = top_ten(&self.crowd.catalogue.cosines, &asked.ranking, weights);
        let mut worth = Expected::default();
        for seat in &asked.guests {
            let utilities = self.crowd.utilities(&seat.guest, &slate);
            let chances = self.click_model.probabilities(&utilities, seat.known);
            worth.add(&Expected::of(&utilities, &chances), seat.share);
        }
        worth
    }

    /// A policy that always gives a ranking the same weights.
    pub(super) fn settled(&self, weights: impl Fn(usize, &Asked) -> [f32; PICKS]) -> Expected {
        let mut worth = Expected::default();
        for (place, asked) in self.asked.iter().enumerate() {
            worth.add(&self.worth(asked, &weights(place, asked)), 1.0);
        }
        worth
    }

    /// Weights uniform within their caps.
    pub(super) fn uniform(&self) -> Expected {
        self.drawn(|_, point| {
            let mut weights = [1.0; PICKS];
            (0..ACTIONS).for_each(|j| weights[j + 1] = CAPS[j] * point[j] as f32);
            weights
        })
    }

    /// `policy` as it serves: x drawn from its distribution.
    pub(super) fn served(&self, policy: &PolicyNetwork) -> Expected {
        let outputs: Vec<PolicyOutput> = self.asked.iter().map(|a| policy.forward(&a.state)).collect();
        self.drawn(|place, point| {
            let (output, noise) = (&outputs[place], normal(point));
            squash(&std::array::from_fn(|j| output.mean[j] + (output.log_variance[j] / 2.0).exp() * noise[j]))
        })
    }

    /// `policy` without its exploration: x = μ(s).
    pub(super) fn mean_action(&self, policy: &PolicyNetwork) -> Expected {
        self.settled(|_, asked| squash(&policy.forward(&asked.state).mean))
    }

    /// Smallest and largest of each free weight, as a share of its cap, that x = μ(s) gives to any state.
    pub(super) fn range(&self, policy: &PolicyNetwork) -> [(f32, f32); ACTIONS] {
        let mut range = [(f32::INFINITY, f32::NEG_INFINITY); ACTIONS];
        for asked in &self.asked {
            let weights = squash(&policy.forward(&asked.state).mean);
            for (j, (least, most)) in range.iter_mut().enumerate() {
                let share = weights[j + 1] / CAPS[j];
                (*least, *most) = (least.min(share), most.max(share));
            }
        }
        range
    }

    fn drawn(&self, weights: impl Fn(usize, &[f64; ACTIONS]) -> [f32; PICKS]) -> Expected {
        let mut worth = Expected::default();
        for (place, asked) in self.asked.iter().enumerate() {
            for draw in 0..DRAWS {
                let weights = weights(place, &point(place * DRAWS + draw));
                worth.add(&self.worth(asked, &weights), 1.0 / DRAWS as f64);
            }
        }
        worth
    }
}

/// The nth point of a low-discrepancy sequence in the unit cube (Roberts 2018, "R4"): n·φ⁻ʲ mod 1, where
/// φ⁵ = φ + 1.
pub(super) fn point(n: usize) -> [f64; ACTIONS] {
    const PHI: f64 = 1.167_303_978_261_418_7;
    std::array::from_fn(|j| (0.5 + (n + 1) as f64 * PHI.powi(-(j as i32 + 1))).fract())
}

/// Standard normal numbers of a point (Box & Muller 1958).
fn normal(point: &[f64; ACTIONS]) -> [f32; ACTIONS] {
    let pair = |u: f64, v: f64| {
        let radius = (-2.0 * (1.0 - u).ln()).sqrt();
        [radius * (TAU * v).cos(), radius * (TAU * v).sin()].map(|z| z as f32)
    };
    let ([a, b], [c, d]) = (pair(point[0], point[1]), pair(point[2], point[3]));
    [a, b, c, d]
}
