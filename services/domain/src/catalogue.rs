//! The catalogue: who can be recommended, in nine groups, with every cosine worked out (README, "Score").

use ndarray::Array2;

use crate::embedding::{distance, dot};
use crate::group::Group;
use crate::{Alias, CropId, GROUPS, PersonId, SLATE};

/// Fewest people a catalogue is published with: a slate must be full.
pub const FEWEST_PEOPLE: usize = SLATE;

/// Why no catalogue could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// Fewer than [`FEWEST_PEOPLE`].
    #[error("a catalogue needs {FEWEST_PEOPLE} people, {0} have enough good crops; collect more")]
    TooFewPeople(usize),
    /// A group without members reached the assembly.
    #[error("group {0} has no members")]
    EmptyGroup(usize),
    /// A group number beyond the nine.
    #[error("there is no group {0}")]
    NoGroup(usize),
    /// A representative from elsewhere.
    #[error("{person} is not in group {group}, so they cannot stand for it")]
    Face {
        /// Which group.
        group: usize,
        /// Who.
        person: String,
    },
    /// A representative whom nobody would see.
    #[error("{0} has no portrait, so they cannot stand for a group")]
    Faceless(String),
    /// Vectors of different dimensions.
    #[error(
        "person {person} has a vector of {found} numbers in a catalogue of {expected}; re-embed with one profile"
    )]
    Dimension {
        /// Whose vector.
        person: String,
        /// Its length.
        found: usize,
        /// The length of the others.
        expected: usize,
    },
    /// A table whose size does not follow from its people.
    #[error("a cosine table of {found} numbers does not fit {GROUPS} groups and {people} people")]
    Table {
        /// Numbers in the table.
        found: usize,
        /// People in the catalogue.
        people: usize,
    },
}

/// A link shown beside a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What the visitor reads.
    pub label: String,
    /// Where it leads; http or https.
    pub url: String,
}

/// One person of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct CataloguePerson {
    /// Roster id.
    pub id: PersonId,
    /// Their name in impressions and clicks.
    pub alias: Alias,
    /// Display name.
    pub name: String,
    /// Where the person can be found.
    pub links: Vec<Link>,
    /// The crop shown for them: the one nearest to their vector. Absent where a ready-made vector came
    /// without a picture.
    pub portrait: Option<CropId>,
    /// v_p: unit vector of `D` numbers, centred if the profile says so.
    pub vector: Vec<f32>,
    /// Crops that survived purifying.
    pub crops: u32,
}

/// cos(rp_k, v_p) for every group and person, a row a group: it depends on neither visitor nor weights.
#[derive(Debug, Clone, PartialEq)]
pub struct CosineTable {
    /// `GROUPS × people`.
    cosines: Array2<f32>,
}

impl CosineTable {
    /// Wraps `GROUPS × people` cosines, row by row.
    pub fn new(people: usize, cosines: Vec<f32>) -> Result<Self, CatalogueError> {
        let found = cosines.len();
        match Array2::from_shape_vec((GROUPS, people), cosines) {
            Ok(cosines) => Ok(Self { cosines }),
            Err(_) => Err(CatalogueError::Table { found, people }),
        }
    }

    /// People in each row.
    pub fn people(&self) -> usize {
        self.cosines.ncols()
    }

    /// The cosines of `group` to every person.
    pub fn row(&self, group: usize) -> &[f32] {
        self.cosines.row(group).to_slice().expect("the table lies row by row")
    }
}

/// Everything a recommendation needs, immutable once made.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    /// Name of this content: the same people and vectors give the same version.
    pub version: String,
    /// Model profile the vectors come from.
    pub profile: String,
    /// What was subtracted from every embedding before cosines; empty where the profile does not centre.
    pub centre: Vec<f32>,
    /// Everyone who can be recommended.
    pub people: Vec<CataloguePerson>,
    /// The nine groups.
    pub groups: Vec<Group>,
    /// `GROUPS × people` cosines.
    pub cosines: CosineTable,
    /// Euclidean distances between the groups' vectors: what states are read from.
    pub distances: [[f32; GROUPS]; GROUPS],
}

impl Catalogue {
    /// Works out table and distances of `people` in `groups`; every group's representative is an index
    /// into `people`.
    pub fn new(
        version: String,
        profile: String,
        centre: Vec<f32>,
        people: Vec<CataloguePerson>,
        groups: Vec<Group>,
    ) -> Result<Self, CatalogueError> {
        if people.len() < FEWEST_PEOPLE {
            return Err(CatalogueError::TooFewPeople(people.len()));
        }
        let expected = people[0].vector.len();
        if let Some(odd) = people.iter().find(|p| p.vector.len() != expected) {
            let (person, found) = (odd.id.to_string(), odd.vector.len());
            return Err(CatalogueError::Dimension { person, found, expected });
        }
        let cosines = groups.iter().flat_map(|g| people.iter().map(|p| dot(&g.vector, &p.vector))).collect();
        let cosines = CosineTable::new(people.len(), cosines)?;
        let distances = distances(&groups);
        Ok(Self { version, profile, centre, people, groups, cosines, distances })
    }
}

/// Pairwise Euclidean distances between the groups' unit vectors.
pub fn distances(groups: &[Group]) -> [[f32; GROUPS]; GROUPS] {
    std::array::from_fn(|i| std::array::from_fn(|j| distance(&groups[i].vector, &groups[j].vector)))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::draft::tests::drawn as draft;

    /// The catalogue of [`draft`]'s `n` people.
    pub(crate) fn drawn(n: usize) -> Catalogue {
        draft(n).catalogue("v".into()).unwrap()
    }

    #[test]
    fn the_table_holds_every_cosine_and_the_representative_is_the_nearest_member() {
        let catalogue = drawn(40);
        for (k, group) in catalogue.groups.iter().enumerate() {
            let row = catalogue.cosines.row(k);
            assert!((row[7] - dot(&group.vector, &catalogue.people[7].vector)).abs() < 1e-6);
            let best = (0..40).filter(|p| p % GROUPS == k).map(|p| row[p]).fold(f32::MIN, f32::max);
            assert_eq!(row[group.representative], best);
            assert_eq!(catalogue.distances[k][k], 0.0);
        }
    }

    #[test]
    fn a_table_of_another_size_is_refused() {
        assert!(CosineTable::new(2, vec![0.5; 2 * GROUPS]).is_ok());
        let wrong = CosineTable::new(2, vec![0.5; 2 * GROUPS - 1]);
        assert_eq!(wrong, Err(CatalogueError::Table { found: 2 * GROUPS - 1, people: 2 }));
    }

    #[test]
    fn a_catalogue_that_cannot_fill_a_slate_is_not_made() {
        let whole = drawn(12);
        let few = whole.people[..9].to_vec();
        let made = Catalogue::new("v".into(), "p".into(), vec![], few, whole.groups);
        assert_eq!(made, Err(CatalogueError::TooFewPeople(9)));
    }
}
