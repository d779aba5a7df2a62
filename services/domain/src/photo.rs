//! A photo instead of five taps: which groups its face resembles (README, "Photo").
//!
//! It answers "which looks does this resemble", never "who is this": a photo is compared with the
//! groups' vectors alone, never with a person's.

use crate::embedding::{centred, dot, unit};
use crate::group::Group;
use crate::{GROUPS, PICKS, Ranking};

/// Why a photo's vector could not be ranked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// Not of the catalogue's dimension.
    #[error("the photo's vector holds {found} numbers, the catalogue's hold {expected}")]
    Dimension {
        /// Numbers in the photo's vector.
        found: usize,
        /// Numbers in the catalogue's.
        expected: usize,
    },
    /// Nothing is left of it after centring, or a number is not finite.
    #[error("the photo's vector has no direction")]
    NoDirection,
}

/// Cosines of a photo's `vector` (`D` numbers as the embedder gave them, not centred) to the nine
/// groups, and the ranking they make: the five nearest, best first; a tie goes to the lower group.
/// `centre` is the catalogue's; empty where its profile does not centre.
pub fn rank_groups(
    vector: &[f32],
    centre: &[f32],
    groups: &[Group; GROUPS],
) -> Result<([f32; GROUPS], Ranking), PhotoError> {
    let expected = groups[0].vector.len();
    if vector.len() != expected || !(centre.is_empty() || centre.len() == expected) {
        return Err(PhotoError::Dimension { found: vector.len(), expected });
    }
    let face = if centre.is_empty() { unit(vector) } else { centred(vector, centre) };
    let face = face.ok_or(PhotoError::NoDirection)?;
    let cosines: [f32; GROUPS] = std::array::from_fn(|k| dot(&face, &groups[k].vector));
    let mut nearest: [usize; GROUPS] = std::array::from_fn(|k| k);
    nearest.sort_by(|&a, &b| cosines[b].total_cmp(&cosines[a]));
    let picks: [i64; PICKS] = std::array::from_fn(|j| nearest[j] as i64);
    Ok((cosines, Ranking::new(&picks).expect("five of nine distinct groups are a ranking")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes() -> [Group; GROUPS] {
        std::array::from_fn(|k| {
            let mut vector = vec![0.0; GROUPS];
            vector[k] = 1.0;
            Group { vector, representative: 0, members: 1 }
        })
    }

    #[test]
    fn the_five_nearest_groups_are_the_ranking_and_ties_go_to_the_lower_group() {
        let vector = [0.1, 0.5, 0.1, 0.4, 0.0, 0.3, 0.1, 0.9, -0.9];
        let (cosines, ranking) = rank_groups(&vector, &[], &axes()).unwrap();
        assert_eq!(ranking.groups(), [7, 1, 3, 5, 0]);
        assert!((cosines.iter().map(|c| c * c).sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(cosines[8] < -0.5);
    }

    #[test]
    fn what_every_face_shares_does_not_count() {
        let common = [9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let photo = [9.0, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0, 0.0, 0.0];
        assert_eq!(rank_groups(&photo, &[], &axes()).unwrap().1.groups()[0], 0);
        assert_eq!(rank_groups(&photo, &common, &axes()).unwrap().1.groups(), [1, 2, 3, 4, 5]);
        assert_eq!(rank_groups(&common, &common, &axes()), Err(PhotoError::NoDirection));
    }

    #[test]
    fn another_models_vector_is_refused() {
        let refused = |vector: &[f32]| rank_groups(vector, &[], &axes()).unwrap_err();
        assert_eq!(refused(&[1.0; 4]), PhotoError::Dimension { found: 4, expected: GROUPS });
        assert_eq!(refused(&[f32::NAN; GROUPS]), PhotoError::NoDirection);
        assert!(rank_groups(&[1.0; GROUPS], &[1.0], &axes()).is_err());
    }
}
