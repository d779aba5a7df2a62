//! Groups of people, their vectors and their faces (README, "Group").

use crate::embedding::{dot, mean, unit};
use crate::{CatalogueError, GROUPS};

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

/// The nine groups that `assignment` (one group 0..9 a person) makes of unit `vectors`.
pub fn groups(vectors: &[&[f32]], assignment: &[usize]) -> Result<Vec<Group>, CatalogueError> {
    (0..GROUPS)
        .map(|group| {
            let members: Vec<usize> = (0..vectors.len()).filter(|&p| assignment[p] == group).collect();
            let centre =
                mean(members.iter().map(|&p| vectors[p])).ok_or(CatalogueError::EmptyGroup(group))?;
            // Members that cancel out leave no direction; the first one then stands for the group.
            let vector = unit(&centre).unwrap_or_else(|| vectors[members[0]].to_vec());
            let representative = members
                .iter()
                .copied()
                .max_by(|&a, &b| {
                    let (ca, cb) = (dot(vectors[a], &vector), dot(vectors[b], &vector));
                    ca.total_cmp(&cb).then(b.cmp(&a))
                })
                .expect("a group has members");
            Ok(Group { vector, representative, members: members.len() })
        })
        .collect()
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

    #[test]
    fn every_group_ends_with_a_face() {
        let vectors: Vec<Vec<f32>> =
            (0..12).map(|i| unit(&[(i as f32).cos(), (i as f32).sin(), 0.3]).unwrap()).collect();
        let views: Vec<&[f32]> = vectors.iter().map(Vec::as_slice).collect();
        let assignment = filled(&views, vec![0; 12]);
        let groups = groups(&views, &assignment).unwrap();
        assert_eq!(groups.iter().map(|g| g.members).sum::<usize>(), 12);
        for (k, group) in groups.iter().enumerate() {
            assert_eq!(assignment[group.representative], k);
        }
    }
}
