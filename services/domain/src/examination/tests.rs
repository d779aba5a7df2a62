use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::impression::Occasion;
use crate::policy::tests::counting;
use crate::policy::{Exploration, Standardisation};
use crate::slate::top_ten;
use crate::weights::squash;
use crate::{PolicyNetwork, Ranking, State};

/// Slates of an exploring policy, clicked with chances ∝ exp(6 · (first cosine) − bias · (rank − 1)).
fn clicked(clicks: usize, bias: f64, seed: u64) -> Vec<(Impression, usize)> {
    let mut generator = StdRng::seed_from_u64(seed);
    let catalogue = crate::catalogue::tests::drawn(200);
    let exploration = Exploration::Fixed { sigma: 1.5 };
    let policy = PolicyNetwork::initial(Standardisation::default(), exploration, counting());
    let visit = |_| {
        let mut groups = [0i64, 1, 2, 3, 4, 5, 6, 7, 8];
        for i in 0..PICKS {
            groups.swap(i, generator.random_range(i..9));
        }
        let ranking = Ranking::new(&groups[..PICKS]).unwrap();
        let noise = [(); 4].map(|()| (0..12).map(|_| generator.random::<f32>()).sum::<f32>() - 6.0);
        let action = policy.act(&State::of(&ranking, &catalogue.distances), noise);
        let slate = top_ten(&catalogue.cosines, &ranking, &squash(&action.x));
        let occasion = Occasion { recommendation: "r".into(), policy_version: 0, made_at_ms: 0 };
        let shown = Impression::of(occasion, &catalogue, ranking, &action, &slate);
        let chances: Vec<f64> = (0..SLATE)
            .map(|place| (6.0 * f64::from(shown.slate[place].cosines[0]) - bias * place as f64).exp())
            .collect();
        let mut left = generator.random::<f64>() * chances.iter().sum::<f64>();
        let place = chances.iter().position(|chance| {
            left -= chance;
            left <= 0.0
        });
        (shown, 1 + place.unwrap_or(SLATE - 1))
    };
    (0..clicks).map(visit).collect()
}

fn estimated(clicks: &[(Impression, usize)]) -> Result<Examination, TooFewClicks> {
    Examination::estimate(clicks.iter().map(|(impression, rank)| (impression, *rank)))
}

#[test]
fn the_chance_that_a_place_is_looked_at_is_told_apart_from_who_stands_there() {
    for bias in [0.0, 0.3] {
        let found = estimated(&clicked(8000, bias, 1)).unwrap().probabilities();
        for (place, found) in found.into_iter().enumerate() {
            let truth = (-bias * place as f64).exp();
            assert!((found / truth).ln().abs() < 0.25, "bias {bias}, place {place}: {found} for {truth}");
        }
    }
}

#[test]
fn a_click_that_had_less_chance_to_be_seen_counts_more() {
    let examination = Examination([1.0, 0.5, 0.25, 0.05, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    assert_eq!(
        [1, 2, 3, 4].map(|rank| examination.reward(rank)),
        [
            Some(0.0),
            Some(-0.2),
            Some(-0.8),
            // Not twenty times as much.
            Some(-3.0)
        ]
    );
    assert_eq!((examination.reward(0), examination.reward(11)), (None, None));
}

#[test]
fn few_clicks_are_refused() {
    assert_eq!(estimated(&clicked(999, 0.3, 2)), Err(TooFewClicks(999)));
}
