use super::*;

#[test]
fn a_click_that_had_less_chance_to_be_seen_counts_more() {
    let examination = Examination::new([1.0, 0.5, 0.25, 0.05, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]).unwrap();
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
fn what_cannot_be_an_examination_is_refused() {
    let with = |place: usize, probability: f64| {
        let mut probabilities = [1.0; SLATE];
        probabilities[place] = probability;
        Examination::new(probabilities)
    };
    assert_eq!(with(0, 1.0), Ok(Examination::EVEN));
    assert!(with(3, 1.2).is_ok(), "an estimate may be above the first place's");
    assert_eq!(with(0, 0.5), Err(ExaminationError::First(0.5)));
    for probability in [0.0, -0.5, f64::INFINITY] {
        assert_eq!(with(3, probability), Err(ExaminationError::Place { place: 4, probability }));
    }
    assert!(with(9, f64::NAN).is_err());
}
