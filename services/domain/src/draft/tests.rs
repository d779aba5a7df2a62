use super::*;
use crate::embedding::unit;
use crate::{Alias, CropId};

fn person(p: usize, vector: Vec<f32>) -> CataloguePerson {
    CataloguePerson {
        id: PersonId::new(format!("p{p:02}")).unwrap(),
        alias: Alias::new(format!("a{p:02}")).unwrap(),
        name: format!("P {p}"),
        links: vec![],
        portrait: Some(CropId::from_digest(&[p as u8; 32])),
        vector: unit(&vector).unwrap(),
        crops: 3,
    }
}

fn spread(p: usize) -> Vec<f32> {
    (0..6).map(|d| ((p * 7 + d * 3) as f32).sin()).collect()
}

/// A draft of `n` people on a deterministic spread of directions, one group each modulo nine.
pub(crate) fn drawn(n: usize) -> Draft {
    let people = (0..n).map(|p| person(p, spread(p))).collect();
    let assignment: Vec<usize> = (0..n).map(|p| p % GROUPS).collect();
    Draft::grouped("profile".into(), vec![], people, &assignment, None, 0.0).unwrap().0
}

/// `n` people about nine axes, so that groups are clear.
fn clear(n: usize) -> (Vec<CataloguePerson>, Vec<usize>) {
    let about =
        |p: usize| (0..12).map(|d| f32::from(d == p % 9) + 0.05 * ((p * 13 + d * 5) as f32).sin()).collect();
    ((0..n).map(|p| person(p, about(p))).collect(), (0..n).map(|p| p % 9).collect())
}

fn id(p: usize) -> PersonId {
    PersonId::new(format!("p{p:02}")).unwrap()
}

fn grouped(
    people: &[CataloguePerson],
    assignment: &[usize],
    previous: Option<&Draft>,
) -> (Draft, GroupChanges) {
    Draft::grouped("profile".into(), vec![], people.to_vec(), assignment, previous, 0.05).unwrap()
}

#[test]
fn whoever_is_new_joins_the_nearest_group_and_nobody_else_moves() {
    let (people, assignment) = clear(36);
    let (mut draft, _) = grouped(&people[..30], &assignment[..30], None);
    let before = draft.clone();
    assert!(draft.update(people[30..31].iter().cloned().map(Update::Here)));
    assert_eq!(draft.group(&id(30)), Some(30 % 9));
    assert!(before.members().all(|m| draft.group(&m.person.id) == Some(m.group)));
    assert_eq!(draft.faces(), before.faces());
    assert!((draft.changed_share() - 1.0 / 30.0).abs() < 1e-9);
    assert!(
        !draft.update(people[30..31].iter().cloned().map(Update::Here)),
        "the same again changes nothing"
    );
    // Withdrawn again, everything is as it was, to the last bit of every sum.
    assert!(draft.update([Update::Gone(id(30))]));
    assert_eq!(draft, before);
}

#[test]
fn a_face_stays_while_it_is_a_member_that_can_be_shown() {
    let (people, assignment) = clear(36);
    let (mut draft, _) = grouped(&people, &assignment, None);
    let face = draft.faces()[4].clone();
    let mut changed = draft.members().find(|m| m.person.id == face).unwrap().person.clone();
    changed.vector =
        unit(&(0..12).map(|d| f32::from(d == 4) + 0.4 * (d as f32).cos()).collect::<Vec<_>>()).unwrap();
    draft.update([Update::Here(changed.clone())]);
    assert_eq!(draft.faces()[4], face, "farther from the middle, but still there");
    changed.portrait = None;
    draft.update([Update::Here(changed)]);
    let next = draft.faces()[4].clone();
    assert_ne!(next, face, "others of the group have a portrait");
    draft.update([Update::Gone(next.clone())]);
    assert_ne!(draft.faces()[4], next);
    assert_eq!(draft.group(&draft.faces()[4]), Some(4));
}

#[test]
fn a_full_grouping_keeps_numbers_and_faces() {
    let (people, assignment) = clear(45);
    let (draft, first) = grouped(&people, &assignment, None);
    assert_eq!(first, GroupChanges::default());
    // The same division under other numbers is the same catalogue.
    let renumbered: Vec<usize> = assignment.iter().map(|g| (g * 4 + 3) % 9).collect();
    let (again, changes) = grouped(&people, &renumbered, Some(&draft));
    assert_eq!(again, draft);
    assert_eq!((changes.moved, changes.stayed, changes.faces.len()), (0, 45, 0));
    // One person elsewhere, whose group loses its face with them.
    let face = draft.faces()[2].clone();
    let mut moved = renumbered;
    let place = people.iter().position(|p| p.id == face).unwrap();
    moved[place] = moved[(0..45).find(|&p| p % 9 == 7).unwrap()];
    let (next, changes) = grouped(&people, &moved, Some(&draft));
    assert_eq!((changes.moved, changes.faces.len(), changes.faces[0].group), (1, 1, 2));
    assert_eq!((changes.faces[0].from.clone(), next.group(&face)), (face, Some(7)));
    assert_eq!(next.basis().generation, draft.basis().generation + 1);
}

#[test]
fn a_face_gives_way_when_it_falls_clearly_behind() {
    let (people, assignment) = clear(45);
    let (draft, _) = grouped(&people, &assignment, None);
    let face = draft.faces()[3].clone();
    let turned = |tilt: f32| {
        let mut people = people.clone();
        let person = people.iter_mut().find(|p| p.id == face).unwrap();
        let aside: Vec<f32> = (0..12).map(|d| f32::from(d == 3) + tilt * f32::from(d == 11)).collect();
        person.vector = unit(&aside).unwrap();
        grouped(&people, &assignment, Some(&draft)).1.faces.len()
    };
    assert_eq!((turned(0.1), turned(0.8)), (0, 1));
}

#[test]
fn groups_of_another_profile_are_matched_by_who_is_in_them() {
    let (people, assignment) = clear(45);
    let (draft, _) = grouped(&people, &assignment, None);
    let other: Vec<CataloguePerson> = people
        .iter()
        .map(|p| CataloguePerson { vector: unit(&p.vector[..9]).unwrap(), ..p.clone() })
        .collect();
    let renumbered: Vec<usize> = assignment.iter().map(|g| (g + 5) % 9).collect();
    let (next, changes) =
        Draft::grouped("other".into(), vec![], other, &renumbered, Some(&draft), 0.05).unwrap();
    assert_eq!(changes.moved, 0);
    assert!(draft.members().all(|m| next.group(&m.person.id) == Some(m.group)));
}

#[test]
fn a_group_that_lost_everyone_is_filled_again() {
    let (people, assignment) = clear(20);
    let (mut draft, _) = grouped(&people, &assignment, None);
    draft.update([2, 11].map(|p| Update::Gone(id(p))));
    let groups = draft.groups();
    assert!(groups.iter().all(|g| g.members > 0));
    assert_eq!(groups.iter().map(|g| g.members).sum::<usize>(), 18);
    draft.update((3..13).map(|p| Update::Gone(id(p))));
    assert_eq!(draft.whole(), Err(CatalogueError::TooFewPeople(9)));
}

#[test]
fn what_was_published_is_restored_to_the_bit() {
    let (people, assignment) = clear(40);
    let (mut draft, _) = grouped(&people[..35], &assignment[..35], None);
    draft.update(people[35..].iter().cloned().map(Update::Here));
    let members = draft.members().cloned().collect();
    draft.represent(2, Some(&id(20))).unwrap();
    let chosen = (0..GROUPS).filter(|group| draft.is_chosen(*group)).collect();
    let restored = Draft::restored(draft.basis().clone(), members, draft.faces().to_vec(), chosen).unwrap();
    assert_eq!(restored, draft);
}

#[test]
fn whoever_is_chosen_by_hand_stands_for_their_group_until_they_leave_it() {
    let (people, assignment) = clear(45);
    let (mut draft, _) = grouped(&people, &assignment, None);
    let by_cosine = draft.faces()[4].clone();
    let other =
        people.iter().map(|p| &p.id).find(|id| draft.group(id) == Some(4) && **id != by_cosine).unwrap();
    assert_eq!(draft.represent(4, Some(other)), Ok(true));
    assert_eq!(draft.represent(4, Some(other)), Ok(false), "the same again changes nothing");
    assert_eq!((&draft.faces()[4], draft.is_chosen(4), draft.is_chosen(3)), (other, true, false));
    // Everyone grouped anew, with a margin within which another would be taken.
    let renumbered: Vec<usize> = assignment.iter().map(|g| (g + 2) % 9).collect();
    let again = Draft::grouped("profile".into(), vec![], people.clone(), &renumbered, Some(&draft), 0.0);
    let (mut again, changes) = again.unwrap();
    assert_eq!((&again, changes.faces.len()), (&draft, 0));
    again.update([Update::Gone(other.clone())]);
    // The middle of the group is another without them, and so may be who is nearest to it.
    let left = people.iter().map(|p| &p.id).filter(|id| again.group(id) == Some(4));
    let nearest = left.max_by(|a, b| again.closeness(a).partial_cmp(&again.closeness(b)).unwrap());
    assert_eq!((Some(&again.faces()[4]), again.is_chosen(4)), (nearest, false));
    assert_eq!(draft.represent(4, None), Ok(true));
    assert_eq!((&draft.faces()[4], draft.is_chosen(4)), (&by_cosine, false));
}

#[test]
fn nobody_from_elsewhere_and_nobody_unseen_is_chosen() {
    let (people, assignment) = clear(45);
    let (mut draft, _) = grouped(&people, &assignment, None);
    let before = draft.clone();
    let elsewhere = CatalogueError::Face { group: 4, person: id(5).to_string() };
    assert_eq!(draft.represent(4, Some(&id(5))), Err(elsewhere));
    assert_eq!(draft.represent(9, Some(&id(5))), Err(CatalogueError::NoGroup(9)));
    assert_eq!(draft, before);
    let hidden = people.iter().find(|p| p.id != draft.faces()[4] && draft.group(&p.id) == Some(4)).unwrap();
    draft.update([Update::Here(CataloguePerson { portrait: None, ..hidden.clone() })]);
    assert_eq!(draft.represent(4, Some(&hidden.id)), Err(CatalogueError::Faceless(hidden.id.to_string())));
}
