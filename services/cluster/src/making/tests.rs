use domain::CropId;

use super::*;
use crate::person::tests::{DIMENSION, crop, id, row};
use crate::rules::tests::drawn;
use crate::table::Row;

fn table(people: usize) -> Table {
    let table = Table::default();
    (0..people).for_each(|p| put(&table, p, row(p, true)));
    table
}

fn put(table: &Table, person: usize, row: Row) {
    table.change(id(person), |held| {
        *held = row;
        true
    });
}

fn made(table: &Table) -> (Making, Rules) {
    let (mut making, rules) = (Making::default(), drawn(DIMENSION));
    making.update(table, &rules, false).unwrap();
    (making, rules)
}

/// As if it had been published.
fn serve(making: &mut Making) {
    let draft = making.publishable().unwrap().cloned();
    making.served = draft.map(|draft| Served { version: "v".into(), draft });
}

#[test]
fn strangers_are_dropped_and_the_same_table_gives_the_same_draft() {
    let (making, _) = made(&table(24));
    assert!(making.findings.values().all(|finding| finding.kept == 5));
    assert_eq!(making.draft, made(&table(24)).0.draft);
    assert!(making.alarms.is_empty(), "{:?}", making.alarms);
}

#[test]
fn a_change_costs_the_changed_person_only_and_a_restart_reproduces_it() {
    let table = table(24);
    let (mut making, rules) = made(&table);
    serve(&mut making);
    let (before, third) = (making.draft.clone().unwrap(), making.findings[&id(3)].clone());
    put(&table, 90, row(90, true));
    making.update(&table, &rules, false).unwrap();
    let after = making.draft.clone().unwrap();
    assert_eq!((after.members().len(), after.basis()), (25, before.basis()));
    assert!(before.members().all(|m| after.group(&m.person.id) == Some(m.group)));
    assert!(Arc::ptr_eq(&making.findings[&id(3)], &third), "nobody else is looked at again");
    serve(&mut making);
    // Another process with the same table goes on from what was published, and has nothing to publish.
    let mut restarted = Making::resumed(making.served.clone(), &rules.profile);
    table.take_changed([]);
    (0..24).for_each(|p| put(&table, p, row(p, true)));
    put(&table, 90, row(90, true));
    restarted.update(&table, &rules, false).unwrap();
    assert_eq!(restarted.publishable().unwrap(), None);
    assert_eq!(restarted.draft, Some(after));
}

#[test]
fn whom_the_streams_do_not_know_any_more_is_gone_after_a_restart() {
    let (mut making, rules) = made(&table(24));
    serve(&mut making);
    let mut restarted = Making::resumed(making.served.clone(), &rules.profile);
    restarted.update(&table(23), &rules, false).unwrap();
    assert_eq!(restarted.publishable().unwrap().unwrap().group(&id(23)), None);
}

#[test]
fn enough_change_groups_everyone_anew() {
    let table = table(24);
    let (mut making, rules) = made(&table);
    serve(&mut making);
    (80..84).for_each(|p| put(&table, p, row(p, true)));
    making.update(&table, &rules, false).unwrap();
    let draft = making.draft.as_ref().unwrap();
    assert_eq!((making.groupings, draft.basis().generation, draft.changed_share()), (2, 2, 0.0));
}

#[test]
fn a_collapse_is_not_published_until_it_is_accepted_and_withdrawal_is_seen_all_the_same() {
    let table = table(24);
    let (mut making, rules) = made(&table);
    serve(&mut making);
    let same = crop(3, 0).1;
    for p in 100..200 {
        let mut row = row(p, true);
        row.crops = (0..5).map(|n| (CropId::from_digest(&[n; 32]), same.clone())).collect();
        put(&table, p, row);
    }
    put(&table, 5, row(5, false));
    making.update(&table, &rules, false).unwrap();
    let refused = making.publishable().unwrap_err().to_string();
    assert!(refused.contains("cannot be told apart") && refused.contains("--force"), "{refused}");
    assert_eq!(making.withdrawn(&table.rows()), [id(5)]);
    making.accept_alarms();
    assert!(making.publishable().unwrap().is_some());
    // It stays accepted while it rings, and not longer.
    making.update(&table, &rules, false).unwrap();
    assert!(making.accepts(AlarmKind::Collapse));
    (100..200).for_each(|p| put(&table, p, Row::default()));
    making.update(&table, &rules, false).unwrap();
    assert!(!making.accepts(AlarmKind::Collapse) && making.alarms.is_empty());
}

#[test]
fn too_few_people_are_reported_not_published() {
    let (mut making, rules) = (Making::default(), drawn(DIMENSION));
    let outcome = making.update(&table(9), &rules, false);
    assert!(outcome.unwrap_err().to_string().contains("9 have enough"));
    assert_eq!((making.draft, making.findings.len()), (None, 9));
}

#[test]
fn whose_consent_ends_leaves_what_serves_on_that_day() {
    let table = table(14);
    let mut until = row(3, true);
    until.enrolled.as_mut().unwrap().expires_on = Some("2026-06-02".parse().unwrap());
    put(&table, 3, until);
    let (mut making, rules) = made(&table);
    serve(&mut making);
    assert!(!table.expire("2026-06-01".parse().unwrap()));
    assert!(table.expire("2026-06-02".parse().unwrap()));
    assert_eq!(making.withdrawn(&table.rows()), [id(3)]);
    making.update(&table, &rules, false).unwrap();
    assert_eq!(making.findings[&id(3)].left_out, "consent has expired");
    assert!(making.draft.as_ref().unwrap().members().all(|m| m.person.id != id(3)));
    assert!(!table.expire("2026-06-03".parse().unwrap()), "it is told once");
}

#[test]
fn who_is_forgotten_is_in_nothing_any_more() {
    let table = table(14);
    let (mut making, rules) = made(&table);
    serve(&mut making);
    table.mark_foreign(&format!("crop.embedded.other.{}.x", id(3)), true);
    assert!(making.serves(&id(3)));
    table.forget(&id(3));
    making.update(&table, &rules, false).unwrap();
    serve(&mut making);
    assert!(!making.serves(&id(3)) && table.row(&id(3)).is_none() && table.foreign() == 0);
}

#[test]
fn a_crop_that_comes_after_somebody_was_forgotten_counts_for_nobody_and_goes_with_them() {
    let table = table(14);
    let (mut making, rules) = made(&table);
    let forget = |making: &mut Making| {
        table.forget(&id(3));
        making.update(&table, &rules, false).unwrap();
        making.findings.remove(&id(3));
    };
    forget(&mut making);
    assert!(!making.knows(&table, &id(3)));
    // The roster's word that they left changes nothing, and names them nowhere.
    assert!(!table.change(id(3), |row| row.enrolled.take().is_some()));
    assert!(!making.knows(&table, &id(3)));
    let without = Making::clone(&making);
    // It was being embedded meanwhile.
    let (late, vector) = crop(3, 0);
    table.change(id(3), |row| row.crops.insert(late, vector).is_none());
    making.update(&table, &rules, true).unwrap();
    let members = |making: &Making| making.draft.as_ref().unwrap().members().len();
    assert_eq!((members(&making), making.knows(&table, &id(3))), (members(&without), true));
    forget(&mut making);
    assert!(!making.knows(&table, &id(3)) && table.row(&id(3)).is_none());
    assert_eq!((making.crops, making.findings.len()), (without.crops, without.findings.len()));
}

#[test]
fn crops_wait_for_somebody_who_is_not_on_the_roster_yet() {
    let table = Table::default();
    let (first, vector) = crop(0, 0);
    table.change(id(0), |row| row.crops.insert(first.clone(), vector).is_none());
    assert!(table.row(&id(0)).is_some_and(|row| row.crops.contains_key(&first)));
    put(&table, 0, Row::default());
    assert!(table.row(&id(0)).is_none() && table.take_changed([]).contains_key(&id(0)));
}
