//! Catalogue snapshots and links.

use domain::catalogue::{CosineTable, Link, distances};
use domain::embedding::dot;
use domain::group::Group;
use domain::{Catalogue, CataloguePerson, CropId, GROUPS, PersonId};

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

impl From<&Catalogue> for v1::CatalogueSnapshot {
    fn from(catalogue: &Catalogue) -> Self {
        let people = catalogue.people.iter().map(|p| v1::CataloguePerson {
            person: p.id.to_string(),
            name: p.name.clone(),
            links: p.links.iter().map(Into::into).collect(),
            portrait: p.portrait.to_string(),
            vector: p.vector.clone(),
            crops: p.crops,
        });
        let groups = catalogue.groups.iter().map(|g| v1::CatalogueGroup {
            vector: g.vector.clone(),
            representative: g.representative as u32,
            members: g.members as u32,
        });
        Self {
            version: catalogue.version.clone(),
            profile: catalogue.profile.clone(),
            centre: catalogue.centre.clone(),
            people: people.collect(),
            groups: groups.collect(),
        }
    }
}

impl TryFrom<&v1::CatalogueSnapshot> for Catalogue {
    type Error = Malformed;

    fn try_from(wire: &v1::CatalogueSnapshot) -> Result<Self, Malformed> {
        let people: Vec<CataloguePerson> = wire.people.iter().map(person).collect::<Result<_, _>>()?;
        let dimension = people.first().ok_or(Malformed::Missing("people"))?.vector.len();
        let groups: Vec<Group> =
            wire.groups.iter().map(|g| group(g, people.len())).collect::<Result<_, _>>()?;
        if groups.len() != GROUPS {
            return Err(Malformed::Length { field: "groups", found: groups.len(), expected: GROUPS });
        }
        let vectors = people.iter().map(|p| &p.vector).chain(groups.iter().map(|g| &g.vector));
        for vector in vectors {
            if vector.len() != dimension {
                return Err(Malformed::Length { field: "vector", found: vector.len(), expected: dimension });
            }
            if !vector.iter().all(|x| x.is_finite()) {
                return Err(impossible("vector")(&"a number is not finite"));
            }
        }
        let table = groups.iter().flat_map(|g| people.iter().map(|p| dot(&g.vector, &p.vector))).collect();
        Ok(Self {
            version: wire.version.clone(),
            profile: wire.profile.clone(),
            centre: wire.centre.clone(),
            cosines: CosineTable::new(people.len(), table).map_err(|e| impossible("people")(&e))?,
            distances: distances(&groups),
            people,
            groups,
        })
    }
}

fn person(wire: &v1::CataloguePerson) -> Result<CataloguePerson, Malformed> {
    Ok(CataloguePerson {
        id: PersonId::new(&wire.person).map_err(|e| impossible("person")(&e))?,
        name: wire.name.clone(),
        links: wire.links.iter().map(Into::into).collect(),
        portrait: CropId::new(&wire.portrait).map_err(|e| impossible("portrait")(&e))?,
        vector: wire.vector.clone(),
        crops: wire.crops,
    })
}

fn group(wire: &v1::CatalogueGroup, people: usize) -> Result<Group, Malformed> {
    let representative = wire.representative as usize;
    if representative >= people {
        return Err(impossible("representative")(&"names nobody of this catalogue"));
    }
    Ok(Group { vector: wire.vector.clone(), representative, members: wire.members as usize })
}
