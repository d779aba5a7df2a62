//! Everyone who may visit: the faces they have in mind, and how useful each person of the catalogue is to them.

use domain::embedding::dot;
use domain::slate::Scored;
use domain::taste::{Taste, TasteRule};
use domain::visitor::Visitor;
use domain::{Catalogue, GROUPS, PICKS, SLATE};
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use rand_distr::{Distribution, StandardUniform};

/// Most faces that visitors have in mind: their cosines to everybody are a table.
const FAVOURITES: usize = 1024;

/// A catalogue and the visitors it can have.
#[derive(Debug)]
pub(super) struct Crowd {
    pub(super) catalogue: Catalogue,
    /// Cosines of the faces that somebody may have in mind, a row each, to the people of the catalogue.
    likeness: Array2<f32>,
    /// Distance of the two first picks above which a distance visitor counts the first alone.
    far: f32,
}

/// Somebody with a taste.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Guest {
    pub(super) visitor: Visitor,
    pub(super) taste: Taste,
}

impl Crowd {
    /// Visitors of `catalogue`; their faces in mind are spread evenly over it.
    pub(super) fn new(catalogue: Catalogue) -> Self {
        let people = catalogue.people.len();
        let favourites = people.min(FAVOURITES);
        let likeness = Array2::from_shape_fn((favourites, people), |(favourite, person)| {
            let face = &catalogue.people[favourite * people / favourites];
            dot(&face.vector, &catalogue.people[person].vector)
        });
        let mut crowd = Self { likeness, far: 0.0, catalogue };
        crowd.far = crowd.middle_distance();
        crowd
    }

    /// Median distance between the two faces that those in mind resemble most: half of the visitors, about, are on
    /// either side of it.
    fn middle_distance(&self) -> f32 {
        let apart = |favourite: usize| {
            let faces = self.faces(favourite);
            let mut order: [usize; GROUPS] = std::array::from_fn(|group| group);
            order.sort_by(|&a, &b| faces[b].total_cmp(&faces[a]));
            self.catalogue.distances[order[0]][order[1]]
        };
        let mut distances: Vec<f32> = (0..self.likeness.nrows()).map(apart).collect();
        distances.sort_by(f32::total_cmp);
        distances[distances.len() / 2]
    }

    /// The rule of those whose taste depends on how far apart their picks are.
    pub(super) fn distance_rule(&self) -> TasteRule {
        TasteRule::Distance { far: self.far }
    }

    /// Cosines of a face in mind to the nine representatives.
    fn faces(&self, favourite: usize) -> [f32; GROUPS] {
        let groups = &self.catalogue.groups;
        std::array::from_fn(|group| self.likeness[[favourite, groups[group].representative]])
    }

    /// The next visitor.
    pub(super) fn visitor(&self, draws: &mut ChaCha8Rng) -> Visitor {
        let favourite = (u64::from(draws.next_u32()) * self.likeness.nrows() as u64) >> 32;
        let favourite = favourite as usize;
        Visitor::drawn(favourite, &self.faces(favourite), || StandardUniform.sample(draws))
    }

    /// `visitor` with the taste that `rule` gives them.
    pub(super) fn guest(&self, visitor: Visitor, rule: TasteRule) -> Guest {
        Guest { visitor, taste: rule.taste(&visitor.ranking, &self.catalogue.distances) }
    }

    /// Utility of the nth person of the catalogue to `guest`: the cosine to their taste.
    fn utility(&self, guest: &Guest, person: usize) -> f32 {
        match guest.taste {
            Taste::Favourite => self.likeness[[guest.visitor.favourite, person]],
            Taste::Picks(shares) => {
                let groups = guest.visitor.ranking.groups();
                (0..PICKS).map(|j| shares[j] * self.catalogue.cosines.row(groups[j])[person]).sum()
            }
        }
    }

    /// Utilities of the ten people of `slate`.
    pub(super) fn utilities(&self, guest: &Guest, slate: &[Scored]) -> [f32; SLATE] {
        std::array::from_fn(|rank| self.utility(guest, slate[rank].person))
    }

    /// Utility of the face that `guest` ranked first.
    pub(super) fn known(&self, guest: &Guest) -> f32 {
        let [first, ..] = guest.visitor.ranking.groups();
        self.utility(guest, self.catalogue.groups[first].representative)
    }
}
