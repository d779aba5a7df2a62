use super::*;
use crate::fold::tests::{folded, small, stream};

fn borrowed(clicks: &[(u64, RecordedClick)]) -> impl Iterator<Item = (u64, &RecordedClick)> {
    clicks.iter().map(|(sequence, click)| (*sequence, click))
}

fn reopened(fold: &Fold) -> Checkpoint {
    Checkpoint::open(&Checkpoint::seal(fold), &small()).unwrap()
}

#[test]
fn a_restored_fold_goes_on_as_if_never_stopped() {
    let clicks = stream(150);
    let whole = folded(Fold::initial(&small()), &clicks);
    for stop in [0, 1, 40, 64, 100, 149] {
        let checkpoint = reopened(&folded(Fold::initial(&small()), &clicks[..stop]));
        let from = checkpoint.read_from();
        let again: Vec<_> = clicks.iter().filter(|(sequence, _)| *sequence >= from).cloned().collect();
        let restored = Fold::restore(checkpoint, borrowed(&again));
        assert_eq!(restored.missing, 0);
        assert_eq!(folded(restored.fold, &clicks[stop..]), whole, "stopped after {stop} clicks");
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
fn a_checkpoint_of_other_settings_is_refused_with_what_to_do() {
    let sealed = Checkpoint::seal(&Fold::initial(&small()));
    let other = Settings { learning_rate: 1e-4, ..small() };
    let refused = Checkpoint::open(&sealed, &other).unwrap_err();
    assert_eq!(refused.class(), Class::Conflict);
    let words = refused.to_string();
    assert!(words.contains("AVZEUS_LEARN_") && words.contains("delete key \"live\""), "{words}");
}
