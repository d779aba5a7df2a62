//! What simulated visitors like, and so how useful each person is to them (README, "Visitors").

use crate::{GROUPS, PICKS, Ranking};

/// How much the picks weigh in a blend, falling.
pub const BLEND: [f32; PICKS] = [1.0, 0.8, 0.6, 0.4, 0.2];

/// Where a visitor's taste comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TasteRule {
    /// They like whoever resembles the one face they have in mind.
    OneFavourite,
    /// They like whoever resembles the mixture [`BLEND`] of their picks.
    Blend,
    /// The same mixture, unless their two first picks are more than `far` apart: then the first alone counts.
    Distance {
        /// Euclidean distance of two groups' vectors, 0 to 2.
        far: f32,
    },
}

/// A direction that a visitor likes; a person's utility is the cosine to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Taste {
    /// That of their favourite face.
    Favourite,
    /// A sum of the picks' group vectors, of unit length: how often each of them stands in it.
    Picks([f32; PICKS]),
}

impl TasteRule {
    /// The taste of somebody who ranked `ranking`, in a catalogue with these distances between its groups.
    pub fn taste(self, ranking: &Ranking, distances: &[[f32; GROUPS]; GROUPS]) -> Taste {
        let [first, second, ..] = ranking.groups();
        match self {
            TasteRule::OneFavourite => Taste::Favourite,
            TasteRule::Distance { far } if distances[first][second] > far => {
                Taste::Picks([1.0, 0.0, 0.0, 0.0, 0.0])
            }
            TasteRule::Blend | TasteRule::Distance { .. } => Taste::Picks(unit(BLEND, ranking, distances)),
        }
    }
}

/// `shares` of the picks' vectors, scaled so that their sum has unit length: |Σ a_i rp_i|² = Σ_ij a_i a_j cos_ij,
/// and cos_ij = 1 − d_ij²/2 between unit vectors.
fn unit(shares: [f32; PICKS], ranking: &Ranking, distances: &[[f32; GROUPS]; GROUPS]) -> [f32; PICKS] {
    let picks = ranking.groups();
    let cosine = |i: usize, j: usize| 1.0 - distances[picks[i]][picks[j]].powi(2) / 2.0;
    let pairs = (0..PICKS).flat_map(|i| (0..PICKS).map(move |j| (i, j)));
    let squared: f32 = pairs.map(|(i, j)| shares[i] * shares[j] * cosine(i, j)).sum();
    shares.map(|share| share / squared.max(f32::MIN_POSITIVE).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::tests::drawn;
    use crate::embedding::{dot, norm};

    #[test]
    fn a_blend_is_a_direction_and_far_picks_leave_the_first_alone() {
        let catalogue = drawn(40);
        let ranking = Ranking::new(&[4, 0, 8, 2, 6]).unwrap();
        let Taste::Picks(shares) = TasteRule::Blend.taste(&ranking, &catalogue.distances) else { panic!() };
        let mut direction = vec![0.0; catalogue.people[0].vector.len()];
        for (share, group) in shares.iter().zip(ranking.groups()) {
            direction.iter_mut().zip(&catalogue.groups[group].vector).for_each(|(d, x)| *d += share * x);
        }
        assert!((norm(&direction) - 1.0).abs() < 1e-5);
        let by_table: f32 =
            (0..PICKS).map(|j| shares[j] * catalogue.cosines.row(ranking.groups()[j])[7]).sum();
        assert!((dot(&direction, &catalogue.people[7].vector) - by_table).abs() < 1e-5);

        let apart = catalogue.distances[4][0];
        let near = TasteRule::Distance { far: apart + 0.01 }.taste(&ranking, &catalogue.distances);
        let far = TasteRule::Distance { far: apart - 0.01 }.taste(&ranking, &catalogue.distances);
        assert_eq!((near, far), (Taste::Picks(shares), Taste::Picks([1.0, 0.0, 0.0, 0.0, 0.0])));
    }
}
