//! What the policy sees of a ranking (README, "Weights").

use crate::{GROUPS, PICKS, Ranking};

/// Distances in a state: pairs of five picks.
pub const STATE: usize = PICKS * (PICKS - 1) / 2;

/// Euclidean distances between the unit representative vectors of the picks, in the order
/// d12 d13 d14 d15 d23 d24 d25 d34 d35 d45; each 0 to 2. It depends neither on `K` nor on who is in
/// the catalogue, so a policy survives catalogue changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct State(pub [f32; STATE]);

impl State {
    /// Reads the state of `ranking` out of the catalogue's `GROUPS × GROUPS` distance table.
    pub fn of(ranking: &Ranking, distances: &[[f32; GROUPS]; GROUPS]) -> Self {
        let picks = ranking.groups();
        let mut state = [0.0; STATE];
        let pairs = (0..PICKS).flat_map(|i| (i + 1..PICKS).map(move |j| (i, j)));
        for (slot, (i, j)) in state.iter_mut().zip(pairs) {
            *slot = distances[picks[i]][picks[j]];
        }
        Self(state)
    }

    /// Whether all ten distances are possible: finite and 0 to 2 (with a rounding's grace).
    pub fn is_possible(&self) -> bool {
        self.0.iter().all(|d| (0.0..=2.0001).contains(d))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_come_in_the_published_order() {
        let mut table = [[0.0; GROUPS]; GROUPS];
        for (i, row) in table.iter_mut().enumerate() {
            for (j, cell) in row.iter_mut().enumerate() {
                *cell = (10 * i + j) as f32;
            }
        }
        let ranking = Ranking::new(&[4, 0, 8, 2, 6]).unwrap();
        let expected = [40., 48., 42., 46., 8., 2., 6., 82., 86., 26.];
        assert_eq!(State::of(&ranking, &table).0, expected);
    }
}
