use domain::draft::Draft;
use domain::embedding::unit;
use domain::examination::RankClicks;
use domain::slate::top_ten;
use domain::weights::squash;
use domain::{Alias, Catalogue, CataloguePerson, CropId, GROUPS, PersonId, Ranking};

use super::*;
use crate::fold::tests::{draws, normal};

/// Whom `uniform` picks out of the places, by their `odds`.
fn place_of(odds: &[f64], uniform: f32) -> usize {
    let mut left = f64::from(uniform) * odds.iter().sum::<f64>();
    let place = odds.iter().position(|odds| {
        left -= odds;
        left <= 0.0
    });
    place.unwrap_or(odds.len() - 1)
}

/// 200 people on a spread of directions, one group each modulo nine.
fn catalogue() -> Catalogue {
    let spread = |p: usize| -> Vec<f32> { (0..6).map(|d| ((p * 7 + d * 3) as f32).sin()).collect() };
    let person = |p: usize| CataloguePerson {
        id: PersonId::new(format!("p{p:03}")).unwrap(),
        alias: Alias::new(format!("a{p:03}")).unwrap(),
        name: format!("P {p}"),
        links: vec![],
        portrait: Some(CropId::from_digest(&[p as u8; 32])),
        vector: unit(&spread(p)).unwrap(),
        crops: 3,
    };
    let assignment: Vec<usize> = (0..200).map(|p| p % GROUPS).collect();
    let people = (0..200).map(person).collect();
    let (draft, _) = Draft::grouped("profile".into(), vec![], people, &assignment, None, 0.0).unwrap();
    draft.catalogue("v".into()).unwrap()
}

/// Slates of an exploring policy, clicked with chances ∝ exp(6 · (first cosine) − bias · (rank − 1)).
fn explored(clicks: usize, bias: f64, seed: u64) -> Vec<Choice> {
    let (catalogue, mut next) = (catalogue(), draws(seed));
    let mut choices = Vec::new();
    for _ in 0..clicks {
        let mut groups = [0i64, 1, 2, 3, 4, 5, 6, 7, 8];
        for i in 0..PICKS {
            groups.swap(i, i + (next() * (GROUPS - i) as f32) as usize);
        }
        let ranking = Ranking::new(&groups[..PICKS]).unwrap();
        let x = [(); 4].map(|()| 1.5 * normal(&mut next));
        let (mut scores, mut cosines) = ([0.0; SLATE], [[0.0; PICKS]; SLATE]);
        for (place, scored) in top_ten(&catalogue.cosines, &ranking, &squash(&x)).iter().enumerate() {
            scores[place] = scored.score;
            cosines[place] = ranking.groups().map(|g| catalogue.cosines.row(g)[scored.person]);
        }
        let odds = |place: usize| (6.0 * f64::from(cosines[place][0]) - bias * place as f64).exp();
        let odds: Vec<f64> = (0..SLATE).map(odds).collect();
        choices.push(Choice { scores, cosines, shown: SLATE, clicked: place_of(&odds, next()) });
    }
    choices
}

/// Slates whose scores fall from rank to rank, clicked with chances ∝ exp(`weight` · score − 0.2 · (rank − 1)).
fn by_score(clicks: usize, weight: f64, seed: u64) -> Vec<Choice> {
    let mut next = draws(seed);
    let mut choices = Vec::new();
    for _ in 0..clicks {
        let mut cosines = [(); SLATE].map(|()| [(); PICKS].map(|()| next()));
        cosines.sort_by(|a, b| b[0].total_cmp(&a[0]));
        let scores = cosines.map(|cosines| cosines[0]);
        let odds = |place: usize| (weight * f64::from(scores[place]) - 0.2 * place as f64).exp();
        let odds: Vec<f64> = (0..SLATE).map(odds).collect();
        choices.push(Choice { scores, cosines, shown: SLATE, clicked: place_of(&odds, next()) });
    }
    choices
}

#[test]
fn the_chance_that_a_place_is_looked_at_is_told_apart_from_who_stands_there() {
    for bias in [0.0, 0.3] {
        let found = estimate(&explored(8000, bias, 1)).unwrap().probabilities();
        for (place, found) in found.into_iter().enumerate() {
            let truth = (-bias * place as f64).exp();
            assert!((found / truth).ln().abs() < 0.25, "bias {bias}, place {place}: {found} for {truth}");
        }
    }
}

#[test]
fn what_has_a_solution_by_hand_is_found_to_many_digits() {
    // Nobody stands out and two are shown: the log odds b of the second place are those at which the likelihood's
    // slope is the prior's, 250 − 1000/(1 + exp(−b)) = b.
    let choice = |click: usize| Choice {
        scores: [0.0; SLATE],
        cosines: [[0.5; PICKS]; SLATE],
        shown: 2,
        clicked: usize::from(click.is_multiple_of(4)),
    };
    let choices: Vec<Choice> = (0..1000).map(choice).collect();
    let (mut low, mut high): (f64, f64) = (-5.0, 5.0);
    for _ in 0..100 {
        let b = (low + high) / 2.0;
        match 250.0 - 1000.0 / (1.0 + (-b).exp()) > b {
            true => low = b,
            false => high = b,
        }
    }
    let found = estimate(&choices).unwrap().probabilities();
    assert!((found[1].ln() - low).abs() < 1e-6, "{} for {low}", found[1].ln());
    // Nothing was seen of the others.
    assert!(found[2..].iter().all(|found| (found - 1.0).abs() < 1e-6), "{found:?}");
}

#[test]
fn the_same_clicks_give_the_same_bits() {
    let choices = explored(1000, 0.3, 5);
    assert_eq!(estimate(&choices), estimate(&choices));
}

#[test]
fn where_only_the_first_is_ever_clicked_the_others_are_hardly_looked_at() {
    let mut choices = explored(1000, 0.3, 6);
    for choice in &mut choices {
        choice.clicked = 0;
    }
    let found = estimate(&choices).unwrap().probabilities();
    assert!(found[1..].iter().all(|found| (1e-4..0.2).contains(found)), "{found:?}");
}

#[test]
fn cosines_that_are_not_finite_say_nothing() {
    let mut choices = explored(1000, 0.3, 7);
    choices[500].cosines[3][1] = f32::NAN;
    assert_eq!(estimate(&choices), Ok(Examination::EVEN));
}

#[test]
fn few_clicks_are_refused() {
    assert_eq!(estimate(&explored(999, 0.3, 2)), Err(TooFewClicks(999)));
}

#[test]
fn scores_that_mean_what_they_say_are_found_out_and_predict_every_rank() {
    let told = calibrate(&by_score(20_000, 4.0, 1)).unwrap();
    assert_eq!((told.learned_from, told.held_against), (10_000, 10_000));
    assert!((told.score_weight - 4.0).abs() < 0.4, "{}", told.score_weight);
    for (rank, RankClicks { clicked, expected, deviation }) in told.ranks.into_iter().enumerate() {
        // The prediction was estimated, too: two sources of noise, and ten ranks to be wrong at.
        let off = (clicked as f64 - expected) / deviation;
        assert!(off.abs() < 4.5, "rank {}: {clicked} clicks for {expected:.0}", rank + 1);
    }
    let clicks: f64 = told.ranks.iter().map(|rank| rank.expected).sum();
    assert!((clicks - 10_000.0).abs() < 1e-6);
}

#[test]
fn scores_that_turn_against_people_are_told() {
    // Learned from people who like whom the scores like, held against people who do not.
    let (like, dislike) = (by_score(10_000, 4.0, 2), by_score(10_000, -4.0, 3));
    let both: Vec<Choice> = like.into_iter().zip(dislike).flat_map(|(a, b)| [a, b]).collect();
    let first = calibrate(&both).unwrap().ranks[0];
    assert!((first.clicked as f64) < first.expected - 20.0 * first.deviation, "{first:?}");
}

#[test]
fn few_clicks_predict_nothing() {
    assert_eq!(calibrate(&by_score(1998, 4.0, 4)), Err(TooFewClicks(999)));
    assert!(calibrate(&by_score(2000, 4.0, 4)).is_ok());
}
