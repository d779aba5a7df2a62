//! A catalogue for machines with nothing up: drawn vectors whose cosines lie as those of photographed people.

use domain::draft::Draft;
use domain::embedding::unit;
use domain::{Alias, Catalogue, CatalogueError, CataloguePerson, GROUPS, PersonId};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use rand_distr::{Distribution, StandardNormal};

use super::draws::{Purpose, draws};

/// Numbers in a vector. Few, because faces differ in few ways: with many, no two people would be unlike.
const DIMENSION: usize = 64;
/// What everybody has in common, what a group has, and what is a person's own. With these, cosines between 999
/// people run from about −.4 to .9, with a median near .45.
const COMMON: f32 = 0.62;
const GROUP: f32 = 0.35;
const OWN: f32 = 0.7;

/// `people` people in nine groups.
pub(super) fn drawn(people: usize, seed: u64) -> Result<Catalogue, CatalogueError> {
    let mut draws = draws(seed, Purpose::Catalogue);
    let centres: Vec<Vec<f32>> =
        (0..GROUPS).map(|_| unit(&direction(&mut draws)).expect("a drawn direction has a length")).collect();
    let (mut everyone, mut groups) = (Vec::with_capacity(people), Vec::with_capacity(people));
    for n in 0..people {
        // The first nine see to it that no group is empty.
        let group =
            if n < GROUPS { n } else { ((u64::from(draws.next_u32()) * GROUPS as u64) >> 32) as usize };
        let own = direction(&mut draws);
        let mut vector: Vec<f32> = centres[group].iter().zip(own).map(|(c, o)| GROUP * c + OWN * o).collect();
        vector[0] += COMMON;
        everyone.push(CataloguePerson {
            id: PersonId::new(format!("drawn-{n:05}")).expect("a plain name"),
            alias: Alias::new(format!("drawn-{n:05}")).expect("a plain name"),
            name: format!("Drawn {n}"),
            links: Vec::new(),
            portrait: None,
            vector: unit(&vector).expect("what people have in common does not cancel out"),
            crops: 1,
        });
        groups.push(group);
    }
    let (draft, _) = Draft::grouped("drawn".into(), Vec::new(), everyone, &groups, None, 0.0)?;
    draft.catalogue(format!("drawn-{people}-{seed}"))
}

/// Length about one, across what everybody has in common; the nth way to differ counts 1/√n.
fn direction(draws: &mut ChaCha8Rng) -> Vec<f32> {
    let ways = (1..DIMENSION).map(|n| (n as f32).sqrt().recip());
    let length = ways.clone().map(|way| way * way).sum::<f32>().sqrt();
    let mut normal = || -> f32 { StandardNormal.sample(draws) };
    std::iter::once(0.0).chain(ways.map(|way| way / length * normal())).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use domain::embedding::dot;

    #[test]
    fn people_are_as_alike_as_photographed_ones() {
        let catalogue = drawn(999, 1).unwrap();
        let people = &catalogue.people;
        let mut cosines: Vec<f32> =
            (0..999).flat_map(|a| (0..a).map(move |b| dot(&people[a].vector, &people[b].vector))).collect();
        cosines.sort_by(f32::total_cmp);
        let median = cosines[cosines.len() / 2];
        assert!((0.4..0.52).contains(&median), "{median}");
        assert!((-0.55..-0.2).contains(&cosines[0]) && *cosines.last().unwrap() > 0.8);
        assert_eq!(catalogue, drawn(999, 1).unwrap());
        assert_ne!(catalogue, drawn(999, 2).unwrap());
    }
}
