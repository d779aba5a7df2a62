//! Simulated visitors: a face in mind, a ranking of the nine that are shown (README, "Visitors").

use crate::click_model::SHARPNESS;
use crate::{GROUPS, PICKS, Ranking};

/// Somebody who was shown nine faces.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visitor {
    /// The face they have in mind: an index of whoever passed the faces in.
    pub favourite: usize,
    /// The five they picked.
    pub ranking: Ranking,
}

impl Visitor {
    /// Ranks the nine as people click: by likeness to the face in mind, each pick a softmax over 20 × likeness among
    /// the faces that are left (Plackett 1975). `likeness` holds the cosines of the favourite to the nine
    /// representatives; `next` yields numbers in [0, 1).
    pub fn drawn(favourite: usize, likeness: &[f32; GROUPS], mut next: impl FnMut() -> f32) -> Self {
        // The five largest of logit + Gumbel noise are such a sequence of choices (Yellott 1977).
        let noisy = likeness.map(|cosine| {
            let uniform = f64::from(next()).max(f64::MIN_POSITIVE);
            SHARPNESS * f64::from(cosine) - (-uniform.ln()).ln()
        });
        let mut order: [usize; GROUPS] = std::array::from_fn(|group| group);
        order.sort_by(|&a, &b| noisy[b].total_cmp(&noisy[a]));
        let picks: [i64; PICKS] = std::array::from_fn(|place| order[place] as i64);
        Self { favourite, ranking: Ranking::new(&picks).expect("a permutation repeats no group") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::counting;

    #[test]
    fn first_picks_follow_the_softmax_of_likeness() {
        let likeness = [0.50, 0.48, 0.45, 0.40, 0.10, 0.0, 0.0, -0.1, -0.2];
        let mut next = counting();
        let mut first = [0.0; GROUPS];
        let visitors = 20_000;
        for _ in 0..visitors {
            first[Visitor::drawn(0, &likeness, &mut next).ranking.groups()[0]] += 1.0 / f64::from(visitors);
        }
        let odds = likeness.map(|cosine| (SHARPNESS * f64::from(cosine)).exp());
        for (found, odds_of) in first.iter().zip(odds) {
            let expected = odds_of / odds.iter().sum::<f64>();
            assert!((found - expected).abs() < 0.02, "{found} {expected}");
        }
    }
}
