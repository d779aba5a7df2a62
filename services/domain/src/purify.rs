//! Dropping non-faces and other people from one person's crops (README, "Purify").

use crate::embedding::{dot, mean, unit};

/// How wrong faces are told; which rule and which number belong to the model profile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PurifyRule {
    /// Drop a crop whose mean cosine to the person's other crops is at or below `threshold`.
    Fixed {
        /// Cosine, −1 to 1.
        threshold: f32,
    },
    /// Drop a crop whose cosine to the centroid of the person's core is below `threshold`. As long as
    /// most crops show the person, wrong faces cannot pull this centre, not even those of one other person.
    CoreCentroid {
        /// Cosine, −1 to 1.
        threshold: f32,
    },
}

/// What was decided about one crop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// The cosine that was held against the threshold; `None` where there is no other crop.
    pub cosine: Option<f32>,
    /// Whether the crop stays.
    pub kept: bool,
}

/// One verdict per crop, in order. `crops` are unit vectors of equal length; a person with a single
/// crop has nothing to be compared with, and it is dropped without a cosine.
pub fn purify(crops: &[&[f32]], rule: PurifyRule) -> Vec<Verdict> {
    if crops.len() < 2 {
        return vec![Verdict { cosine: None, kept: false }; crops.len()];
    }
    match rule {
        PurifyRule::Fixed { threshold } => mean_cosines(crops)
            .into_iter()
            .map(|cosine| Verdict { cosine: Some(cosine), kept: cosine > threshold })
            .collect(),
        PurifyRule::CoreCentroid { threshold } => {
            let core = core_centroid(crops, threshold);
            crops
                .iter()
                .map(|crop| {
                    let cosine = dot(crop, &core);
                    Verdict { cosine: Some(cosine), kept: cosine >= threshold }
                })
                .collect()
        }
    }
}

/// `c_i` = mean cosine of crop i to the others = (x_i·S − 1)/(n − 1) with S = Σ x_j: O(nD).
fn mean_cosines(crops: &[&[f32]]) -> Vec<f32> {
    let n = crops.len() as f32;
    let sum: Vec<f32> =
        mean(crops.iter().copied()).expect("there are at least two crops").iter().map(|m| m * n).collect();
    crops.iter().map(|crop| (dot(crop, &sum) - 1.0) / (n - 1.0)).collect()
}

/// The centre of the core: the medoid by mean of its k = max(2, n/2) best cosines, averaged with its k nearest,
/// and then once more over all crops that this centre would keep. Half of the crops, so that the more numerous
/// face wins; cosines count up to `threshold`, so that being more alike does not outweigh being more numerous.
/// O(n²D) with n ≤ 50 crops a person.
fn core_centroid(crops: &[&[f32]], threshold: f32) -> Vec<f32> {
    let n = crops.len();
    let k = (n / 2).max(2).min(n - 1);
    let nearest = |i: usize| {
        let mut others: Vec<(f32, usize)> =
            (0..n).filter(|&j| j != i).map(|j| (dot(crops[i], crops[j]), j)).collect();
        others.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        others.truncate(k);
        others
    };
    let (medoid, neighbours) = (0..n)
        .map(|i| (i, nearest(i)))
        .max_by(|(i, a), (j, b)| {
            let density = |near: &[(f32, usize)]| near.iter().map(|(c, _)| c.min(threshold)).sum::<f32>();
            density(a).total_cmp(&density(b)).then(j.cmp(i))
        })
        .expect("there are at least two crops");
    let core = neighbours.iter().map(|&(_, j)| crops[j]).chain([crops[medoid]]);
    let centre = centre(core).unwrap_or_else(|| crops[medoid].to_vec());
    let kept = crops.iter().copied().filter(|crop| dot(crop, &centre) >= threshold);
    self::centre(kept).unwrap_or(centre)
}

/// The mean, brought to unit length; `None` of nothing, and of crops that cancel out.
fn centre<'a>(crops: impl Iterator<Item = &'a [f32]>) -> Option<Vec<f32>> {
    unit(&mean(crops)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Unit vectors around `axis`, with a deterministic wobble.
    fn around(axis: usize, wobble: f32, seed: usize) -> Vec<f32> {
        let mut v = vec![0.0f32; 16];
        for (i, x) in v.iter_mut().enumerate() {
            *x = wobble * ((seed * 31 + i * 17) as f32).sin();
        }
        v[axis] += 1.0;
        unit(&v).unwrap()
    }

    fn kept(crops: &[Vec<f32>], rule: PurifyRule) -> Vec<bool> {
        let views: Vec<&[f32]> = crops.iter().map(Vec::as_slice).collect();
        purify(&views, rule).iter().map(|v| v.kept).collect()
    }

    #[test]
    fn the_core_holds_where_a_third_are_other_people() {
        let mut crops: Vec<Vec<f32>> = (0..8).map(|s| around(0, 0.2, s)).collect();
        crops.extend((0..2).map(|s| around(3, 0.1, 90 + s)));
        crops.extend((0..2).map(|s| around(7, 0.1, 70 + s)));
        let verdicts = kept(&crops, PurifyRule::CoreCentroid { threshold: 0.5 });
        assert_eq!(verdicts, [[true; 8].as_slice(), &[false; 4]].concat());
    }

    #[test]
    fn the_more_numerous_of_two_people_stays_though_the_other_is_more_alike() {
        let mut crops: Vec<Vec<f32>> = (0..11).map(|s| around(0, 0.25, s)).collect();
        crops.extend((0..9).map(|s| around(5, 0.01, 40 + s)));
        let verdicts = kept(&crops, PurifyRule::CoreCentroid { threshold: 0.5 });
        assert_eq!(verdicts, [[true; 11].as_slice(), &[false; 9]].concat());
    }

    #[test]
    fn the_linear_form_of_the_fixed_rule_is_the_mean_over_pairs() {
        let crops: Vec<Vec<f32>> = (0..6).map(|s| around(s % 2, 0.4, s)).collect();
        let views: Vec<&[f32]> = crops.iter().map(Vec::as_slice).collect();
        for (i, verdict) in purify(&views, PurifyRule::Fixed { threshold: 0.9 }).iter().enumerate() {
            let pairs: f32 = (0..6).filter(|&j| j != i).map(|j| dot(views[i], views[j])).sum();
            assert!((verdict.cosine.unwrap() - pairs / 5.0).abs() < 1e-5);
        }
    }

    #[test]
    fn one_crop_alone_proves_nothing() {
        for rule in [PurifyRule::CoreCentroid { threshold: 0.5 }, PurifyRule::Fixed { threshold: 0.5 }] {
            assert_eq!(purify(&[&around(0, 0.0, 0)], rule), [Verdict { cosine: None, kept: false }]);
        }
        assert!(kept(&[], PurifyRule::Fixed { threshold: 0.9 }).is_empty());
    }
}
