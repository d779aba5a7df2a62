//! Catalogue snapshots and links.

use domain::alarm::AlarmKind;
use domain::catalogue::Link;
use domain::draft::{Basis, Draft, Member};
use domain::group::Group;
use domain::{Catalogue, CataloguePerson, CropId, GROUPS, PersonId};

use super::impression::alias;
use super::{Malformed, impossible};
use crate::v1;

impl From<&Link> for v1::Link {
    fn from(link: &Link) -> Self {
        Self { label: link.label.clone(), url: link.url.clone() }
    }
}

impl From<&v1::Link> for Link {
    fn from(wire: &v1::Link) -> Self {
        Self { label: wire.label.clone(), url: wire.url.clone() }
    }
}

impl From<&Member> for v1::CataloguePerson {
    fn from(member: &Member) -> Self {
        let Member { person, group, grouped } = member;
        Self {
            person: person.id.to_string(),
            name: person.name.clone(),
            links: person.links.iter().map(Into::into).collect(),
            portrait: person.portrait.as_ref().map_or_else(String::new, CropId::to_string),
            vector: person.vector.clone(),
            crops: person.crops,
            group: *group as u32,
            grouped: *grouped,
            alias: person.alias.to_string(),
        }
    }
}

impl From<Group> for v1::CatalogueGroup {
    fn from(group: Group) -> Self {
        let Group { vector, representative, members } = group;
        Self { vector, representative: representative as u32, members: members as u32, chosen: false }
    }
}

/// Without a version: the content names it.
impl From<&Draft> for v1::CatalogueSnapshot {
    fn from(draft: &Draft) -> Self {
        let basis = draft.basis();
        let groups = draft.groups().into_iter().enumerate();
        Self {
            version: String::new(),
            profile: basis.profile.clone(),
            centre: basis.centre.clone(),
            people: draft.members().map(Into::into).collect(),
            groups: groups
                .map(|(k, group)| v1::CatalogueGroup { chosen: draft.is_chosen(k), ..group.into() })
                .collect(),
            generation: basis.generation,
            grouped_people: basis.grouped_people as u32,
            accepted_alarms: basis.accepted.iter().map(|kind| kind.name().to_owned()).collect(),
        }
    }
}

impl TryFrom<v1::CatalogueSnapshot> for Draft {
    type Error = Malformed;

    fn try_from(wire: v1::CatalogueSnapshot) -> Result<Self, Malformed> {
        let people = sound_people(&wire)?;
        let basis = Basis {
            profile: wire.profile,
            centre: wire.centre,
            generation: wire.generation,
            grouped_people: wire.grouped_people as usize,
            accepted: wire.accepted_alarms.iter().filter_map(|name| AlarmKind::named(name)).collect(),
        };
        let faces = wire.groups.iter().map(|g| people.get(g.representative as usize).map(|p| p.id.clone()));
        let faces = faces.collect::<Option<_>>();
        let faces = faces.ok_or_else(|| impossible("representative")(&"names nobody of this catalogue"))?;
        let chosen =
            wire.groups.iter().enumerate().filter(|(_, group)| group.chosen).map(|(k, _)| k).collect();
        let places = wire.people.iter().map(|p| (p.group as usize, p.grouped));
        let members = people.into_iter().zip(places);
        let members = members.map(|(person, (group, grouped))| Member { person, group, grouped }).collect();
        Draft::restored(basis, members, faces, chosen).map_err(|e| impossible("groups")(&e))
    }
}

impl TryFrom<v1::CatalogueSnapshot> for Catalogue {
    type Error = Malformed;

    fn try_from(wire: v1::CatalogueSnapshot) -> Result<Self, Malformed> {
        let people = sound_people(&wire)?;
        let groups: Vec<Group> =
            wire.groups.into_iter().map(|g| group(g, people.len())).collect::<Result<_, _>>()?;
        Catalogue::new(wire.version, wire.profile, wire.centre, people, groups)
            .map_err(|e| impossible("people")(&e))
    }
}

/// The people of a snapshot whose vectors are finite, and as long as those of its nine groups.
fn sound_people(wire: &v1::CatalogueSnapshot) -> Result<Vec<CataloguePerson>, Malformed> {
    let dimension = wire.people.first().ok_or(Malformed::Missing("people"))?.vector.len();
    if wire.groups.len() != GROUPS {
        return Err(Malformed::Length { field: "groups", found: wire.groups.len(), expected: GROUPS });
    }
    let vectors = wire.people.iter().map(|p| &p.vector).chain(wire.groups.iter().map(|g| &g.vector));
    for vector in vectors {
        if vector.len() != dimension {
            return Err(Malformed::Length { field: "vector", found: vector.len(), expected: dimension });
        }
        if !vector.iter().all(|x| x.is_finite()) {
            return Err(impossible("vector")(&"a number is not finite"));
        }
    }
    wire.people.iter().map(person).collect()
}

fn person(wire: &v1::CataloguePerson) -> Result<CataloguePerson, Malformed> {
    Ok(CataloguePerson {
        id: PersonId::new(&wire.person).map_err(|e| impossible("person")(&e))?,
        name: wire.name.clone(),
        links: wire.links.iter().map(Into::into).collect(),
        portrait: portrait(&wire.portrait)?,
        vector: wire.vector.clone(),
        crops: wire.crops,
        alias: alias(&wire.alias)?,
    })
}

/// A portrait's crop id; empty is none.
pub fn portrait(wire: &str) -> Result<Option<CropId>, Malformed> {
    let named = (!wire.is_empty()).then(|| CropId::new(wire)).transpose();
    named.map_err(|e| impossible("portrait")(&e))
}

/// A group of a catalogue of so many `people`; its vector is finite.
pub fn group(wire: v1::CatalogueGroup, people: usize) -> Result<Group, Malformed> {
    let representative = wire.representative as usize;
    if representative >= people {
        return Err(impossible("representative")(&"names nobody of this catalogue"));
    }
    if !wire.vector.iter().all(|x| x.is_finite()) {
        return Err(impossible("vector")(&"a number is not finite"));
    }
    Ok(Group { vector: wire.vector, representative, members: wire.members as usize })
}
