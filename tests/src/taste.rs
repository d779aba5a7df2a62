//! Visitors with a taste: a falling mixture of the five faces they picked. The nearer somebody is to it, the
//! likelier they are clicked, wherever they stand.

use std::collections::HashMap;
use std::path::Path;

use domain::catalogue::CosineTable;
use domain::embedding::{dot, unit};
use domain::policy::{Exploration, PolicyNetwork, Standardisation};
use domain::slate::top_ten;
use domain::weights::{ACTIONS, squash};
use domain::{GROUPS, PICKS, Ranking};
use safetensors::SafeTensors;
use serde_json::Value;

/// How much each pick says of the taste.
const MIXTURE: [f32; PICKS] = [0.35, 0.25, 0.2, 0.12, 0.08];

/// How decided visitors are: a click is a softmax over so many times the utility.
const DECIDED: f32 = 20.0;

/// A catalogue through the eyes of its visitors.
pub struct Taste {
    /// Who, in the order of `people`.
    places: HashMap<String, usize>,
    /// v_p, unit.
    people: Vec<Vec<f32>>,
    /// rp_k, unit.
    representatives: Vec<Vec<f32>>,
    cosines: CosineTable,
}

impl Taste {
    /// Reads what `avzeus catalogue export` wrote.
    pub fn read(folder: &Path) -> Self {
        let bytes = std::fs::read(folder.join("vectors.safetensors")).expect("it was exported");
        let tensors = SafeTensors::deserialize(&bytes).expect("tensors can be read");
        let rows = |name: &str| -> Vec<Vec<f32>> {
            let tensor = tensors.tensor(name).expect("it is there");
            let numbers = tensor.data().as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b));
            numbers.collect::<Vec<f32>>().chunks(tensor.shape()[1]).map(<[f32]>::to_vec).collect()
        };
        let (people, representatives) = (rows("grouped_vectors"), rows("rp_vec"));
        let names = std::fs::read(folder.join("people.json")).expect("it was exported");
        let names: Value = serde_json::from_slice(&names).expect("names are JSON");
        let names = names["people"].as_array().expect("there are people").iter().enumerate();
        let places = names.map(|(n, p)| (p["id"].as_str().expect("an id").to_owned(), n)).collect();
        let cosines = representatives.iter().flat_map(|rp| people.iter().map(move |v| dot(rp, v)));
        let cosines = CosineTable::new(people.len(), cosines.collect()).expect("nine rows of everyone");
        Self { places, people, representatives, cosines }
    }

    /// The nth visitor's picks: a shuffle that follows from the number.
    pub fn ranking(n: usize) -> [usize; PICKS] {
        let mut left: Vec<usize> = (0..GROUPS).collect();
        let mut number = n.wrapping_mul(7919);
        std::array::from_fn(|_| {
            let pick = left.remove(number % left.len());
            number /= left.len() + 1;
            pick
        })
    }

    /// The 0-based place that a visitor with `luck` (0 to 1) clicks among `shown`.
    pub fn click(&self, ranking: [usize; PICKS], shown: &[&str], luck: f32) -> usize {
        let shown: Vec<usize> = shown.iter().map(|id| self.places[*id]).collect();
        let mut left = luck;
        let chances = self.chances(ranking, &shown);
        let clicked = chances.iter().position(|chance| {
            left -= chance;
            left < 0.0
        });
        clicked.unwrap_or(shown.len() - 1)
    }

    /// Mean reward of showing the ten that the weights of `x` choose, over `visitors`.
    pub fn reward(&self, x: &[f32; ACTIONS], visitors: usize) -> f32 {
        let reward = |n: usize| -> f32 {
            let picks = Self::ranking(n);
            let ranking = Ranking::new(&picks.map(|g| g as i64)).expect("five groups");
            let slate = top_ten(&self.cosines, &ranking, &squash(x));
            let shown: Vec<usize> = slate.iter().map(|scored| scored.person).collect();
            self.chances(picks, &shown).iter().zip(0..).map(|(c, place)| -c * place as f32 / 10.0).sum()
        };
        (0..visitors).map(reward).sum::<f32>() / visitors as f32
    }

    /// The constant action that earns least of those at the ends and the middle of every weight's range.
    pub fn most_harmful(&self) -> [f32; ACTIONS] {
        let ends = [-6.0, 0.0, 6.0];
        let corner =
            |n: usize| -> [f32; ACTIONS] { std::array::from_fn(|j| ends[n / 3usize.pow(j as u32) % 3]) };
        let corners = (0..3usize.pow(ACTIONS as u32)).map(corner);
        let earning = corners.map(|x| (self.reward(&x, 200), x));
        earning.min_by(|a, b| a.0.total_cmp(&b.0)).expect("there are corners").1
    }

    fn chances(&self, ranking: [usize; PICKS], shown: &[usize]) -> Vec<f32> {
        let picks = ranking.map(|g| &self.representatives[g]);
        let mixed: Vec<f32> =
            (0..picks[0].len()).map(|d| picks.iter().zip(MIXTURE).map(|(rp, m)| m * rp[d]).sum()).collect();
        let taste = unit(&mixed).expect("a taste has a direction");
        let drawn: Vec<f32> = shown.iter().map(|&p| (DECIDED * dot(&taste, &self.people[p])).exp()).collect();
        let all: f32 = drawn.iter().sum();
        drawn.iter().map(|d| d / all).collect()
    }
}

/// A policy that draws around `x`, whatever the state.
pub fn constant(x: [f32; ACTIONS], sigma: f32) -> PolicyNetwork {
    let exploration = Exploration::Fixed { sigma };
    let mut policy = PolicyNetwork::initial(Standardisation::default(), exploration, || 0.5);
    policy.mean.bias = x.to_vec();
    policy
}
