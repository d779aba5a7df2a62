//! Groups of people, their vectors and their faces (README, "Group").

use crate::GROUPS;
use crate::embedding::{dot, mean, unit};

/// One group of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// rp_k: mean of the members' vectors, brought to unit length; `D` numbers.
    pub vector: Vec<f32>,
    /// Index of the member with the largest cosine to `vector`: the face a visitor ranks.
    pub representative: usize,
    /// How many people are in it; at least one.
    pub members: usize,
}

/// The sum behind a group's vector: members come and go at O(D) each.
///
/// It is kept in fixed point, 2⁻⁴⁰ a step, because adding whole numbers gives the same bits in every
/// order: a sum that was kept up to date equals one made anew, so a restarted cataloguer reproduces what
/// it published. Components lie within ±1; eight million members fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupSum {
    total: Vec<i64>,
    members: usize,
}

impl GroupSum {
    const STEPS: f64 = (1u64 << 40) as f64;

    /// Adds a member's vector.
    pub fn add(&mut self, vector: &[f32]) {
        self.total.resize(vector.len(), 0);
        self.total.iter_mut().zip(vector).for_each(|(sum, x)| *sum += Self::fixed(*x));
        self.members += 1;
    }

    /// Takes a member's vector out again.
    pub fn remove(&mut self, vector: &[f32]) {
        self.total.iter_mut().zip(vector).for_each(|(sum, x)| *sum -= Self::fixed(*x));
        self.members -= 1;
    }

    /// How many members it holds.
    pub fn members(&self) -> usize {
        self.members
    }

    /// rp_k: the mean, brought to unit length; `None` where members cancel out or there are none.
    pub fn direction(&self) -> Option<Vec<f32>> {
        let scale = Self::STEPS * self.members.max(1) as f64;
        unit(&self.total.iter().map(|&sum| (sum as f64 / scale) as f32).collect::<Vec<_>>())
    }

    fn fixed(x: f32) -> i64 {
        (f64::from(x) * Self::STEPS).round() as i64
    }
}

/// Which previous group each of the new ones continues: the assignment, one to one, with the largest
/// total `likeness[new][previous]`. Exact: K = 9 leaves 2⁹ sets of previous groups to go through.
pub fn matched(likeness: &[[f64; GROUPS]; GROUPS]) -> [usize; GROUPS] {
    const SETS: usize = 1 << GROUPS;
    // best[set]: the first |set| new groups continue exactly the previous groups of `set`; and whom the last does.
    let mut best = [(f64::NEG_INFINITY, 0usize); SETS];
    best[0] = (0.0, 0);
    for set in 1..SETS {
        let new = set.count_ones() as usize - 1;
        for previous in (0..GROUPS).filter(|p| set & (1 << p) != 0) {
            let total = best[set & !(1 << previous)].0 + likeness[new][previous];
            if total > best[set].0 {
                best[set] = (total, previous);
            }
        }
    }
    let mut continued = [0; GROUPS];
    let mut set = SETS - 1;
    for new in (0..GROUPS).rev() {
        continued[new] = best[set].1;
        set &= !(1 << continued[new]);
    }
    continued
}

/// Gives every empty group the person who fits worst where they are, taken from a group that keeps
/// at least one other. K-means may leave a group empty on small or repetitive catalogues, and a
/// visitor must always see nine faces. Needs at least `GROUPS` people.
pub fn filled(vectors: &[&[f32]], mut assignment: Vec<usize>) -> Vec<usize> {
    if vectors.len() < GROUPS {
        return assignment;
    }
    loop {
        let mut sizes = [0usize; GROUPS];
        assignment.iter().for_each(|&g| sizes[g] += 1);
        let Some(empty) = sizes.iter().position(|&s| s == 0) else {
            return assignment;
        };
        let centres: Vec<Option<Vec<f32>>> = (0..GROUPS)
            .map(|g| mean((0..vectors.len()).filter(|&p| assignment[p] == g).map(|p| vectors[p])))
            .collect();
        let loosest = (0..vectors.len())
            .filter(|&p| sizes[assignment[p]] > 1)
            .min_by(|&a, &b| {
                let fit = |p: usize| centres[assignment[p]].as_ref().map_or(0.0, |c| dot(vectors[p], c));
                fit(a).total_cmp(&fit(b)).then(a.cmp(&b))
            })
            .expect("with nine people and an empty group, another group has two");
        assignment[loosest] = empty;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(n: usize) -> Vec<Vec<f32>> {
        (0..n).map(|i| unit(&[(i as f32).cos(), (i as f32).sin(), 0.3]).unwrap()).collect()
    }

    #[test]
    fn every_group_ends_with_a_member() {
        let vectors = spread(12);
        let views: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
        let assignment = filled(&views, vec![0; 12]);
        assert_eq!((0..GROUPS).filter(|k| assignment.contains(k)).count(), GROUPS);
    }

    #[test]
    fn a_sum_that_was_kept_up_to_date_equals_one_made_anew() {
        let vectors = spread(50);
        let (mut kept, mut anew) = (GroupSum::default(), GroupSum::default());
        vectors.iter().for_each(|v| kept.add(v));
        vectors[..20].iter().rev().for_each(|v| kept.remove(v));
        vectors[20..].iter().rev().for_each(|v| anew.add(v));
        assert_eq!(kept, anew);
        assert_eq!(kept.members(), 30);
        let plain = unit(&mean(vectors[20..].iter().map(Vec::as_slice)).unwrap()).unwrap();
        assert!(dot(&kept.direction().unwrap(), &plain) > 0.999_999);
    }

    #[test]
    fn groups_are_matched_as_a_whole_and_not_one_after_the_other() {
        // Group 0 likes previous 0 best, yet the total is larger when 1 takes it.
        let mut likeness = [[0.0; GROUPS]; GROUPS];
        (likeness[0][0], likeness[0][1]) = (0.9, 0.8);
        (likeness[1][0], likeness[1][1]) = (0.85, 0.1);
        (2..GROUPS).for_each(|k| likeness[k][GROUPS + 1 - k] = 0.5);
        assert_eq!(matched(&likeness), [1, 0, 8, 7, 6, 5, 4, 3, 2]);
    }
}
