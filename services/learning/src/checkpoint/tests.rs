use super::*;
use crate::fold::Applied;
use crate::fold::tests::{every_rule, folded, small, stream};

fn borrowed(clicks: &[(u64, RecordedClick)]) -> impl Iterator<Item = (u64, &RecordedClick)> {
    clicks.iter().map(|(sequence, click)| (*sequence, click))
}

fn reopened(fold: &Fold) -> Checkpoint {
    Checkpoint::open(&Checkpoint::seal(fold), &fold.settings).unwrap()
}

#[test]
fn a_restored_fold_goes_on_as_if_never_stopped() {
    let clicks = stream(150);
    for settings in every_rule() {
        let whole = folded(Fold::initial(&settings), &clicks);
        for stop in [0, 1, 40, 64, 100, 149] {
            let checkpoint = reopened(&folded(Fold::initial(&settings), &clicks[..stop]));
            let from = checkpoint.read_from();
            let again: Vec<_> = clicks.iter().filter(|(sequence, _)| *sequence >= from).cloned().collect();
            let restored = Fold::restore(checkpoint, borrowed(&again));
            assert_eq!(restored.missing, 0);
            let on = folded(restored.fold, &clicks[stop..]);
            assert_eq!(on, whole, "{:?} stopped after {stop} clicks", settings.rule);
        }
    }
}

#[test]
fn a_click_that_was_refused_does_not_come_back_with_the_window() {
    // Every tenth click was refused, for what it does not tell: the first of all too, and some that the window has left
    // behind.
    let clicks = stream(200);
    let fold = |mut fold: Fold, clicks: &[(u64, RecordedClick)]| {
        for (sequence, click) in clicks {
            match (sequence - 3) % 20 {
                0 => fold.refuse(*sequence),
                _ => assert!(matches!(fold.apply(*sequence, click), Applied::Updated(_))),
            }
        }
        fold
    };
    for settings in every_rule() {
        let whole = fold(Fold::initial(&settings), &clicks);
        for stop in [1, 2, 11, 64, 71, 72, 150, 191] {
            let undisturbed = fold(Fold::initial(&settings), &clicks[..stop]);
            let checkpoint = reopened(&undisturbed);
            let from = checkpoint.read_from();
            let again: Vec<_> = clicks.iter().filter(|(sequence, _)| *sequence >= from).cloned().collect();
            let restored = Fold::restore(checkpoint, borrowed(&again));
            assert_eq!((&restored.fold, restored.missing), (&undisturbed, 0), "stopped after {stop} clicks");
            assert_eq!(fold(restored.fold, &clicks[stop..]), whole, "{:?} {stop}", settings.rule);
        }
    }
}

#[test]
fn clicks_that_were_erased_from_the_window_are_counted_as_missing() {
    let clicks = stream(100);
    let checkpoint = reopened(&folded(Fold::initial(&small()), &clicks));
    let kept = [&clicks[36..50], &clicks[53..]].concat();
    let restored = Fold::restore(checkpoint, borrowed(&kept));
    assert_eq!(restored.missing, 3);
    assert_eq!(restored.fold.clicks_applied(), 100);
}

#[test]
fn a_damaged_checkpoint_is_refused_wherever_the_damage_is() {
    let sealed = Checkpoint::seal(&folded(Fold::initial(&small()), &stream(3)));
    for place in (0..sealed.len()).step_by(997).chain([sealed.len() - 1]) {
        let mut damaged = sealed.clone();
        damaged[place] ^= 0x10;
        let refused = Checkpoint::open(&damaged, &small());
        assert!(matches!(refused, Err(CheckpointError::Damaged(_))), "byte {place}: {refused:?}");
    }
    assert!(matches!(Checkpoint::open(&sealed[..100], &small()), Err(CheckpointError::Damaged(_))));
    assert!(matches!(Checkpoint::open(&[], &small()), Err(CheckpointError::Damaged(_))));
}

#[test]
fn a_checkpoint_of_another_form_is_refused_with_what_to_do() {
    let sealed = v1::Checkpoint::decode(Checkpoint::seal(&Fold::initial(&small())).as_slice()).unwrap();
    let mut state = v1::LearnerState::decode(sealed.state.as_slice()).unwrap();
    // As before the form was told.
    state.form = 0;
    let state = state.encode_to_vec();
    let state_sha256 = Sha256::digest(&state).to_vec();
    let older = v1::Checkpoint { state_sha256, state }.encode_to_vec();
    let refused = Checkpoint::open(&older, &small()).unwrap_err();
    assert_eq!(refused, CheckpointError::OtherForm { found: 0 });
    let words = refused.to_string();
    assert!(words.contains("delete this line's key") && words.contains("avzeus replay"), "{words}");
}

#[test]
fn a_checkpoint_of_other_settings_is_refused_with_what_to_do() {
    let sealed = Checkpoint::seal(&Fold::initial(&small()));
    let other = Settings { learning_rate: Some(1e-4), ..small() };
    let refused = Checkpoint::open(&sealed, &other).unwrap_err();
    assert_eq!(refused.class(), Class::Conflict);
    let words = refused.to_string();
    assert!(words.contains("AVZEUS_LEARN_") && words.contains("delete this line's key"), "{words}");
}

#[test]
fn a_checkpoint_of_another_learner_is_refused() {
    for settings in every_rule() {
        let sealed = Checkpoint::seal(&Fold::initial(&settings));
        for other in every_rule().iter().filter(|other| other.rule != settings.rule) {
            let refused = Checkpoint::open(&sealed, other);
            assert!(matches!(refused, Err(CheckpointError::OtherSettings { .. })), "{refused:?}");
        }
    }
}

#[test]
fn numbers_that_are_missing_or_not_finite_are_damage() {
    for settings in every_rule() {
        let damaged = |harm: fn(&mut Learned)| {
            let mut fold = Fold::initial(&settings);
            harm(&mut fold.learned);
            Checkpoint::open(&Checkpoint::seal(&fold), &settings)
        };
        let harms: [fn(&mut Learned); 4] = [
            |learned| learned.own.push(0.0),
            |learned| learned.average = learned.average.is_none().then(|| learned.policy.clone()),
            |learned| learned.adam.second[3] = f32::INFINITY,
            |learned| learned.adam.first.truncate(9),
        ];
        for harm in harms {
            assert!(matches!(damaged(harm), Err(CheckpointError::Damaged(_))));
        }
    }
}
