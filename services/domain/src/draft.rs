//! The catalogue in the making: people come, change and leave one at a time (README, "Catalogue updates").

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::alarm::AlarmKind;
use crate::catalogue::FEWEST_PEOPLE;
use crate::embedding::dot;
use crate::group::{Group, GroupSum, filled, matched};
use crate::{Catalogue, CatalogueError, CataloguePerson, GROUPS, PersonId};

/// A person's place in a draft.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Who.
    pub person: CataloguePerson,
    /// Their group, 0..9.
    pub group: usize,
    /// Whether the last full grouping saw them, with the vector they have now.
    pub grouped: bool,
}

/// What a draft is about, besides the people.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Basis {
    /// Model profile the vectors come from.
    pub profile: String,
    /// Subtracted from every embedding, fixed until the next full grouping; empty where the profile does not centre.
    pub centre: Vec<f32>,
    /// Full groupings so far.
    pub generation: u32,
    /// People in the last full grouping.
    pub grouped_people: usize,
    /// Alarms that somebody has decided to publish in spite of.
    pub accepted: BTreeSet<AlarmKind>,
}

/// What became of a person.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// They are in it, like this.
    Here(CataloguePerson),
    /// They are not, or no longer.
    Gone(PersonId),
}

/// A group that shows another face than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaceChange {
    /// Which group.
    pub group: usize,
    /// Who stood for it.
    pub from: PersonId,
    /// Who does now.
    pub to: PersonId,
}

/// What a full grouping changed for those who knew the catalogue before it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupChanges {
    /// Groups that show another face.
    pub faces: Vec<FaceChange>,
    /// People who were in the catalogue and are now in another group.
    pub moved: usize,
    /// People who were in it and still are.
    pub stayed: usize,
}

/// Everyone in their group. Cloning shares the people.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    basis: Basis,
    members: BTreeMap<PersonId, Arc<Member>>,
    sums: Vec<GroupSum>,
    /// rp_k, unit.
    directions: Vec<Vec<f32>>,
    /// The representative of each group.
    faces: Vec<PersonId>,
    /// Groups whose representative somebody chose by hand.
    chosen: BTreeSet<usize>,
}

impl Draft {
    /// A full grouping: `assignment` holds one of 0..9 a person, each given to somebody. Where there was a
    /// `previous` draft, groups are matched to its groups so that their numbers persist, and a face stays
    /// unless it left, cannot be shown any more, or its cosine fell more than `margin` behind the best one's.
    pub fn grouped(
        profile: String,
        centre: Vec<f32>,
        people: Vec<CataloguePerson>,
        assignment: &[usize],
        previous: Option<&Draft>,
        margin: f32,
    ) -> Result<(Self, GroupChanges), CatalogueError> {
        if people.len() < FEWEST_PEOPLE {
            return Err(CatalogueError::TooFewPeople(people.len()));
        }
        let basis = Basis {
            profile,
            centre,
            generation: previous.map_or(1, |p| p.basis.generation),
            grouped_people: people.len(),
            accepted: previous.map_or_else(BTreeSet::new, |p| p.basis.accepted.clone()),
        };
        let grouped = |(person, &group)| Member { person, group, grouped: true };
        let mut draft = Self::of(basis, people.into_iter().zip(assignment).map(grouped).collect())?;
        if let Some(previous) = previous {
            draft.continue_from(previous);
        }
        draft.choose_faces(margin);
        let changes = previous.map_or_else(GroupChanges::default, |previous| draft.changes_since(previous));
        if previous.is_some_and(|previous| *previous != draft) {
            draft.basis.generation += 1;
        }
        Ok((draft, changes))
    }

    /// A draft that was published: the same people in the same groups behind the same faces, those of the groups `chosen`
    /// by hand.
    pub fn restored(
        basis: Basis,
        members: Vec<Member>,
        faces: Vec<PersonId>,
        chosen: BTreeSet<usize>,
    ) -> Result<Self, CatalogueError> {
        let mut draft = Self::of(basis, members)?;
        for (group, face) in faces.iter().enumerate() {
            if draft.members.get(face).is_none_or(|m| m.group != group) {
                return Err(CatalogueError::Face { group, person: face.to_string() });
            }
        }
        (draft.faces, draft.chosen) = (faces, chosen);
        Ok(draft)
    }

    fn of(basis: Basis, members: Vec<Member>) -> Result<Self, CatalogueError> {
        let expected = members.first().map_or(0, |m| m.person.vector.len());
        let mut sums = vec![GroupSum::default(); GROUPS];
        for Member { person, group, .. } in &members {
            let found = person.vector.len();
            if found != expected {
                return Err(CatalogueError::Dimension { person: person.id.to_string(), found, expected });
            }
            sums.get_mut(*group).ok_or(CatalogueError::NoGroup(*group))?.add(&person.vector);
        }
        if let Some(empty) = sums.iter().position(|sum| sum.members() == 0) {
            return Err(CatalogueError::EmptyGroup(empty));
        }
        let members = members.into_iter().map(|m| (m.person.id.clone(), Arc::new(m))).collect();
        let (directions, faces, chosen) = (vec![Vec::new(); GROUPS], Vec::new(), BTreeSet::new());
        let mut draft = Self { basis, members, sums, directions, faces, chosen };
        draft.direct();
        Ok(draft)
    }

    /// Takes what became of some people: whoever is new joins the group of the nearest rp_k, whoever changed
    /// keeps theirs, and a face stays for as long as it is a member that can be shown. Costs O(D) a person,
    /// besides a look at everyone's group number. Returns whether anything is different.
    pub fn update(&mut self, updates: impl IntoIterator<Item = Update>) -> bool {
        let mut different = false;
        for update in updates {
            different |= match update {
                Update::Here(person) => self.put(person),
                Update::Gone(id) => self.remove(&id),
            };
        }
        if different {
            self.refill();
            self.direct();
            self.choose_faces(f32::INFINITY);
        }
        different
    }

    fn put(&mut self, person: CataloguePerson) -> bool {
        let (group, grouped) = match self.members.get(&person.id) {
            Some(known) if known.person == person => return false,
            Some(known) => {
                let same = known.person.vector == person.vector;
                self.sums[known.group].remove(&known.person.vector);
                (known.group, known.grouped && same)
            }
            None => (self.nearest(&person.vector), false),
        };
        self.sums[group].add(&person.vector);
        self.members.insert(person.id.clone(), Arc::new(Member { person, group, grouped }));
        true
    }

    fn remove(&mut self, id: &PersonId) -> bool {
        let Some(gone) = self.members.remove(id) else { return false };
        self.sums[gone.group].remove(&gone.person.vector);
        true
    }

    fn nearest(&self, vector: &[f32]) -> usize {
        let cosine = |group: &usize| dot(&self.directions[*group], vector);
        (0..GROUPS).max_by(|a, b| cosine(a).total_cmp(&cosine(b)).then(b.cmp(a))).expect("there are groups")
    }

    /// A group whose last member left is given the person who fits worst where they are.
    fn refill(&mut self) {
        if self.members.len() < GROUPS || self.sums.iter().all(|sum| sum.members() > 0) {
            return;
        }
        let vectors: Vec<&[f32]> = self.members.values().map(|m| m.person.vector.as_slice()).collect();
        let assignment = filled(&vectors, self.members.values().map(|m| m.group).collect());
        for (member, group) in self.members.values_mut().zip(assignment) {
            if member.group != group {
                self.sums[member.group].remove(&member.person.vector);
                self.sums[group].add(&member.person.vector);
                *member = Arc::new(Member { group, grouped: false, ..Member::clone(member) });
            }
        }
    }

    /// rp_k of every group. Members that cancel out leave no direction; the first one then stands for the
    /// group.
    fn direct(&mut self) {
        for (group, sum) in self.sums.iter().enumerate() {
            let first = || self.members.values().find(|m| m.group == group).map(|m| m.person.vector.clone());
            if let Some(direction) = sum.direction().or_else(first) {
                self.directions[group] = direction;
            }
        }
    }

    /// Lets `person` stand for `group`, for as long as they are a member that can be shown; `None` leaves the choice to the
    /// cosines again. Returns whether anything is different.
    pub fn represent(&mut self, group: usize, person: Option<&PersonId>) -> Result<bool, CatalogueError> {
        let before = (self.faces.get(group).cloned(), self.chosen.contains(&group));
        let (Some(face), _) = &before else { return Err(CatalogueError::NoGroup(group)) };
        match person {
            Some(person) => {
                let known = self.members.get(person).filter(|m| m.group == group);
                let elsewhere = || CatalogueError::Face { group, person: person.to_string() };
                if known.ok_or_else(elsewhere)?.person.portrait.is_none() && person != face {
                    return Err(CatalogueError::Faceless(person.to_string()));
                }
                self.faces[group] = person.clone();
                self.chosen.insert(group);
            }
            None => {
                self.chosen.remove(&group);
                self.faces[group] = self.face(group, 0.0).unwrap_or_else(|| face.clone());
            }
        }
        Ok(before != (self.faces.get(group).cloned(), self.chosen.contains(&group)))
    }

    fn choose_faces(&mut self, margin: f32) {
        let faces: Vec<_> = (0..GROUPS).filter_map(|group| self.face(group, margin)).collect();
        // Whoever was chosen and is a member no longer is chosen no longer.
        self.chosen.retain(|group| self.faces.get(*group) == faces.get(*group));
        self.faces = faces;
    }

    /// The face of `group`: the one it has while that will do, else the member with a portrait whose cosine to
    /// rp_k is largest. Where no member has a portrait, any may stand for the group.
    fn face(&self, group: usize, margin: f32) -> Option<PersonId> {
        let members = || self.members.values().filter(move |m| m.group == group);
        let shown = members().any(|m| m.person.portrait.is_some());
        let able = move |m: &&Arc<Member>| m.person.portrait.is_some() || !shown;
        let cosine = |m: &Member| dot(&m.person.vector, &self.directions[group]);
        let known = self.faces.get(group).and_then(|face| self.members.get(face));
        let known = known.filter(|m| m.group == group).filter(able);
        if let Some(known) = known
            && (margin.is_infinite() || self.chosen.contains(&group))
        {
            return Some(known.person.id.clone());
        }
        let best = members()
            .filter(able)
            .max_by(|a, b| cosine(a).total_cmp(&cosine(b)).then_with(|| b.person.id.cmp(&a.person.id)))?;
        let kept = known.filter(|known| cosine(known) >= cosine(best) - margin);
        Some(kept.unwrap_or(best).person.id.clone())
    }

    /// Gives each group the number of the previous group that it continues, and that group's face.
    fn continue_from(&mut self, previous: &Draft) {
        let likeness = if self.basis.profile == previous.basis.profile {
            let cosine = |a: usize, b: usize| dot(&self.directions[a], &previous.directions[b]);
            std::array::from_fn(|a| std::array::from_fn(|b| f64::from(cosine(a, b))))
        } else {
            // Vectors of two profiles have no cosine; people who stayed together do tell.
            let mut shared = [[0.0; GROUPS]; GROUPS];
            let both =
                self.members.iter().filter_map(|(id, m)| Some((m.group, previous.members.get(id)?.group)));
            both.for_each(|(new, old)| shared[new][old] += 1.0);
            shared
        };
        let number = matched(&likeness);
        for member in self.members.values_mut() {
            let group = number[member.group];
            *member = Arc::new(Member { group, ..Member::clone(member) });
        }
        let (mut sums, mut directions) = (self.sums.clone(), self.directions.clone());
        for (group, &number) in number.iter().enumerate() {
            std::mem::swap(&mut sums[number], &mut self.sums[group]);
            std::mem::swap(&mut directions[number], &mut self.directions[group]);
        }
        (self.sums, self.directions) = (sums, directions);
        self.faces.clone_from(&previous.faces);
        self.chosen.clone_from(&previous.chosen);
    }

    fn changes_since(&self, previous: &Draft) -> GroupChanges {
        let faces = previous.faces.iter().zip(&self.faces).enumerate();
        let changed = faces.filter(|(_, (from, to))| from != to);
        let both = || self.members.iter().filter_map(|(id, m)| Some((m.group, previous.group(id)?)));
        GroupChanges {
            faces: changed
                .map(|(group, (from, to))| FaceChange { group, from: from.clone(), to: to.clone() })
                .collect(),
            moved: both().filter(|(new, old)| new != old).count(),
            stayed: both().count(),
        }
    }

    /// Whether it can be published: a slate must be full.
    pub fn whole(&self) -> Result<(), CatalogueError> {
        let people = self.members.len();
        if people < FEWEST_PEOPLE { Err(CatalogueError::TooFewPeople(people)) } else { Ok(()) }
    }

    /// People who are not where the last full grouping put them with the vector they have now (who changed,
    /// came or left), as a share of that grouping.
    pub fn changed_share(&self) -> f64 {
        let grouped = self.members.values().filter(|m| m.grouped).count();
        let changed = self.members.len().max(self.basis.grouped_people) - grouped;
        changed as f64 / self.basis.grouped_people.max(1) as f64
    }

    /// The catalogue that it makes, under the name `version`.
    pub fn catalogue(&self, version: String) -> Result<Catalogue, CatalogueError> {
        let people = self.members().map(|member| member.person.clone()).collect();
        let Basis { profile, centre, .. } = self.basis.clone();
        Catalogue::new(version, profile, centre, people, self.groups())
    }

    /// What it is about.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// Decides which alarms it is published in spite of.
    pub fn accept(&mut self, alarms: BTreeSet<AlarmKind>) {
        self.basis.accepted = alarms;
    }

    /// Everyone, by id.
    pub fn members(&self) -> impl ExactSizeIterator<Item = &Member> {
        self.members.values().map(Arc::as_ref)
    }

    /// A person who is in it.
    pub fn member(&self, id: &PersonId) -> Option<&Member> {
        self.members.get(id).map(Arc::as_ref)
    }

    /// The group of a person who is in it.
    pub fn group(&self, id: &PersonId) -> Option<usize> {
        self.members.get(id).map(|m| m.group)
    }

    /// Who stands for each group.
    pub fn faces(&self) -> &[PersonId] {
        &self.faces
    }

    /// Whether somebody chose by hand who stands for `group`.
    pub fn is_chosen(&self, group: usize) -> bool {
        self.chosen.contains(&group)
    }

    /// How near a person who is in it is to the middle of their group: the cosine to rp_k.
    pub fn closeness(&self, id: &PersonId) -> Option<f32> {
        self.member(id).map(|m| dot(&m.person.vector, &self.directions[m.group]))
    }

    /// The nine groups; a representative is an index into [`Draft::members`].
    pub fn groups(&self) -> Vec<Group> {
        let place = |face: &PersonId| self.members.range::<PersonId, _>(..face).count();
        let groups = self.directions.iter().zip(&self.sums).zip(&self.faces);
        groups
            .map(|((vector, sum), face)| Group {
                vector: vector.clone(),
                representative: place(face),
                members: sum.members(),
            })
            .collect()
    }
}

#[cfg(test)]
pub(crate) mod tests;
