mod frames;

use std::path::Path;

use domain::State;
use domain::evaluation::LoggedClick;
use domain::policy::{Exploration, PolicyNetwork, Standardisation};
use domain::weights::ACTIONS;
use proto::convert::impression::RecordedClick;
use proto::v1::ClickRecorded;
use serde_json::{Value, json};

use super::sieve::{Found, Place};
use super::*;
use crate::PoliciesError;

/// `clicks` clicks on slates of drawn numbers, every second sequence, by a policy that was never taught.
pub(crate) fn recorded(clicks: u64) -> Vec<SequencedClick> {
    let mut seed = 7u32;
    let mut next = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / (1 << 24) as f32
    };
    let exploration = Exploration::Fixed { sigma: 1.5 };
    let policy = PolicyNetwork::initial(Standardisation::default(), exploration, &mut next);
    let click = |number: u64| {
        let state = State([(); domain::state::STATE].map(|()| 0.8 + 0.8 * next()));
        let noise = [(); ACTIONS].map(|()| (0..12).map(|_| next()).sum::<f32>() - 6.0);
        let action = policy.act(&state, noise);
        let entry = |place: usize| {
            let cosines = [(); domain::PICKS].map(|()| 2.0 * next() - 1.0);
            json!({ "alias": format!("person-{place}"), "score": 2.0 - place as f32 / 7.0, "cosines": cosines })
        };
        let slate: Vec<Value> = (0..domain::SLATE).map(entry).collect();
        let place = (next() * 10.0) as usize;
        let message: ClickRecorded = serde_json::from_value(json!({
            "recommendation": format!("r{number}"), "alias": format!("person-{place}"),
            "rank": place + 1, "reward": domain::reward::of_rank(place + 1), "clicked_at_ms": 1_000 * number + 500,
            "impression": {
                "recommendation": format!("r{number}"), "catalogue_version": "c1", "policy_version": number / 10,
                "made_at_ms": 1_000 * number, "ranking": [8, 1, 2, 3, 4], "state": state.0, "x": action.x,
                "mean": action.output.mean, "log_variance": action.output.log_variance,
                "log_density": action.log_density, "slate": slate,
                "arms": [
                    { "policy": "live", "version": number / 10, "share": 0.75, "log_density": action.log_density },
                    { "policy": "initial", "version": 0, "share": 0.25, "log_density": action.log_density - 0.5 },
                ],
            },
        }))
        .unwrap();
        SequencedClick { sequence: 2 * number, click: RecordedClick::try_from(&message).unwrap() }
    };
    (1..=clicks).map(click).collect()
}

fn read(file: &Path) -> Result<ClickLog, PoliciesError> {
    read_file(file, Range::default(), Rewards::OfRank, |_, _| {})
}

#[test]
fn both_formats_give_every_bit_back() {
    let folder = tempfile::tempdir().unwrap();
    let clicks = recorded(20_000);
    let (lines, rows) = (folder.path().join("a.jsonl"), folder.path().join("a.parquet"));
    write_file(&lines, Format::Jsonl, &clicks, |_| {}).unwrap();
    write_file(&rows, Format::Parquet, &clicks, |_| {}).unwrap();
    for file in [lines, rows] {
        let log = read(&file).unwrap();
        assert_eq!(log.last_sequence(), 40_000);
        assert!(log.clicks == clicks, "{}", file.display());
    }
}

#[test]
fn a_stretch_is_cut_out_by_sequence_or_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.jsonl");
    write_file(&file, Format::Jsonl, &recorded(10), |_| {}).unwrap();
    let range =
        Range { from: Some("5".parse().unwrap()), to: Some("1970-01-01T00:00:08.5Z".parse().unwrap()) };
    let sequences: Vec<_> = read_file(&file, range, Rewards::OfRank, |_, _| {})
        .unwrap()
        .clicks
        .iter()
        .map(|c| c.sequence)
        .collect();
    assert_eq!(sequences, [6, 8, 10, 12, 14, 16]);
}

#[test]
fn what_cannot_be_learned_from_is_counted_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.jsonl");
    write_file(&file, Format::Jsonl, &recorded(8), |_| {}).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines[1]["click"]["impression"]["log_density"] = (-0.5).into();
    lines[2]["click"]["impression"]["x"][0] = Value::Null;
    lines[3]["sequence"] = 2.into();
    lines[4]["click"]["impression"]["recommendation"] = "r1".into();
    lines[5]["click"]["rank"] = 11.into();
    lines[6] = lines[7].clone();
    lines.push(lines[7].clone());
    lines[8]["sequence"] = 18.into();
    lines[8]["click"].as_object_mut().unwrap().remove("reward");
    lines.push(lines[7].clone());
    lines[9]["sequence"] = 0.into();
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(&file, text.join("\n")).unwrap();
    let log = read(&file).unwrap();
    assert_eq!(log.clicks.iter().map(|c| c.sequence).collect::<Vec<_>>(), [2, 16]);
    assert_eq!((log.refused(), log.found()), (8, 10));
    // First those that are refused for themselves, then, in order, those that cannot follow others.
    let expected = [
        ("line 2", "a density does not follow from x"),
        ("line 3", "click.impression.x[0] is missing or null"),
        ("line 6", "rank is impossible: it is 11"),
        ("line 9", "click.reward is missing"),
        ("line 10", "sequence is 0"),
        ("line 4", "sequence 2 was there before"),
        ("line 5", "recommendation r1 was clicked before"),
        ("line 8", "sequence 16 was there before"),
    ];
    assert_eq!(log.refusals().len(), expected.len());
    for (told, (place, why)) in log.refusals().iter().zip(expected) {
        assert_eq!(told.place, place);
        assert!(told.why.contains(why), "{told:?} for {why}");
    }
}

#[test]
fn rows_stand_in_any_order_and_each_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut clicks = recorded(670);
    let in_order = clicks.clone();
    clicks.rotate_left(300);
    clicks.reverse();
    clicks.swap(5, 600);
    for (name, format) in [("a.ndjson", Format::Jsonl), ("a.PARQUET", Format::Parquet)] {
        let file = folder.path().join(name);
        write_file(&file, format, &clicks, |_| {}).unwrap();
        let log = read(&file).unwrap();
        assert!(log.clicks == in_order && log.refused() == 0, "{name}");
        assert_eq!(log.last_sequence(), 1340);
    }
    let file = folder.path().join("twice.jsonl");
    clicks.extend(in_order[..20].to_vec());
    write_file(&file, Format::Jsonl, &clicks, |_| {}).unwrap();
    let log = read(&file).unwrap();
    assert!(log.clicks == in_order && log.refused() == 20);
}

#[test]
fn a_byte_order_mark_and_empty_lines_are_no_clicks() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.jsonl");
    let clicks = recorded(3);
    write_file(&file, Format::Jsonl, &clicks, |_| {}).unwrap();
    let text = std::fs::read_to_string(&file).unwrap().replace('\n', "\r\n");
    std::fs::write(&file, format!("\u{feff}{text}\r\n\n  \n")).unwrap();
    let log = read(&file).unwrap();
    assert!(log.clicks == clicks && log.refused() == 0);
}

#[test]
fn a_reward_of_ones_own_is_taken_where_it_is_asked_for_and_named_where_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.parquet");
    let mut clicks = recorded(3);
    clicks[1].click.click.reward = 0.7;
    write_file(&file, Format::Parquet, &clicks, |_| {}).unwrap();
    let log = read(&file).unwrap();
    let rank = clicks[1].click.click.rank;
    let (told, expected) = (&log.refusals()[0], format!("it is 0.7, and a click at rank {rank} earns"));
    assert!(told.place == "row 2" && told.why.contains(&expected), "{told:?}");
    assert!(told.why.contains("--own-rewards"), "{told:?}");
    let log = read_file(&file, Range::default(), Rewards::Own, |_, _| {}).unwrap();
    assert!(log.clicks == clicks && log.refused() == 0);
    assert_eq!(log.logged()[1].reward, 0.7);
}

#[test]
fn a_policy_version_that_was_never_published_is_told() {
    let mut log = ClickLog::new(Range::default(), Some(1));
    for SequencedClick { sequence, click } in recorded(25) {
        let message = Ok((&click).into());
        log.take(Found { place: Place::Sequence(sequence), sequence, message });
    }
    assert_eq!((log.clicks.len(), log.refused()), (19, 6));
    assert_eq!(log.refusals()[0].why, "it names policy version 2, and the newest ever published is 1");
}

#[test]
fn a_corrupt_file_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let (lines, rows) = (folder.path().join("a.jsonl"), folder.path().join("a.parquet"));
    write_file(&lines, Format::Jsonl, &recorded(3), |_| {}).unwrap();
    let text = std::fs::read_to_string(&lines).unwrap();
    std::fs::write(&lines, &text[..text.len() - 40]).unwrap();
    assert!(read(&lines).unwrap_err().to_string().contains("line 3: EOF"));

    write_file(&rows, Format::Parquet, &recorded(3), |_| {}).unwrap();
    let bytes = std::fs::read(&rows).unwrap();
    std::fs::write(&rows, &bytes[..bytes.len() - 5]).unwrap();
    assert!(read(&rows).unwrap_err().to_string().contains("behind row 0"));
    let other = folder.path().join("a.csv");
    std::fs::write(&other, "sequence").unwrap();
    assert!(read(&other).unwrap_err().to_string().contains("none of .jsonl, .ndjson and .parquet"));
}

/// Whatever byte is damaged, reading ends: with an error, or with clicks that are clicks.
#[test]
fn a_damaged_row_never_breaks_the_reader() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.parquet");
    let clicks = recorded(3);
    write_file(&file, Format::Parquet, &clicks, |_| {}).unwrap();
    let whole = std::fs::read(&file).unwrap();
    for place in (4..whole.len()).step_by(3) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x55;
        std::fs::write(&file, &damaged).unwrap();
        if let Ok(log) = read(&file) {
            assert!(log.clicks.iter().all(|c| c.click.impression.check().is_ok()), "byte {place}");
        }
    }
}

#[test]
fn the_newest_clicks_are_held_and_the_others_forgotten() {
    let clicks = recorded(30);
    let mut recent = RecentClicks::holding(10, clicks.clone());
    let sequences = |recent: &RecentClicks| recent.iter().map(|click| click.sequence).collect::<Vec<_>>();
    assert_eq!(sequences(&recent), (21..=30).map(|n| 2 * n).collect::<Vec<_>>());
    let logged = recent.logged();
    assert_eq!((logged.len(), logged[9].reward), (10, clicks[29].click.click.reward));
    assert!(recent.iter().all(|click| click.policy == "live"));
    recent = RecentClicks::holding(10, clicks[..3].to_vec());
    assert_eq!(sequences(&recent), [2, 4, 6]);
}

#[test]
fn a_click_is_logged_with_the_mixture_of_its_arms_and_without_them_with_what_drew_it() {
    let mut click = recorded(1).remove(0).click;
    let drawn = f64::from(click.impression.log_density);
    let mixture = |click: &RecordedClick| LoggedClick::of(&click.impression, click.click.reward).log_mixture;
    assert!((mixture(&click) - drawn - (0.75 + 0.25 * (-0.5f64).exp()).ln()).abs() < 1e-6);
    click.impression.arms.clear();
    assert_eq!(mixture(&click), drawn);
}
