//! What a catalogue is made by, besides the table.

use domain::alarm::AlarmBounds;
use domain::purify::PurifyRule;
use domain::quality::QualityRule;

use crate::{ClusterError, Config};

/// The settings as the domain takes them.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) profile: String,
    /// Numbers in a vector of the profile.
    pub(crate) dimension: usize,
    pub(crate) centred: bool,
    pub(crate) quality: QualityRule,
    pub(crate) purify: PurifyRule,
    pub(crate) fewest_crops: usize,
    pub(crate) seed: u64,
    pub(crate) starts: usize,
    pub(crate) regroup_share: f64,
    pub(crate) face_margin: f32,
    pub(crate) bounds: AlarmBounds,
}

impl Rules {
    pub(crate) fn of(config: &Config) -> Result<Self, ClusterError> {
        let profile = config.profiles.chosen()?;
        let purify = match config.purify.as_str() {
            "profile" => profile.purify_rule(),
            other => written(other).ok_or_else(|| ClusterError::Purify(other.to_owned()))?,
        };
        let (quality, alarms) = (&config.quality, &config.alarms);
        Ok(Self {
            profile: profile.name,
            dimension: profile.dimension,
            centred: profile.centred,
            quality: QualityRule {
                probability: quality.least_probability,
                face_side: quality.least_face_side,
                sharpness: quality.least_sharpness,
                yaw: quality.most_yaw,
                pitch: quality.most_pitch,
                roll: quality.most_roll,
            },
            purify,
            fewest_crops: config.fewest_crops,
            seed: config.seed,
            starts: config.starts,
            regroup_share: config.regroup_share,
            face_margin: config.face_margin,
            bounds: AlarmBounds {
                median_cosine: alarms.most_median_cosine,
                few_crops: alarms.most_few_crops,
                small_group: alarms.least_group,
                foreign: alarms.most_foreign,
            },
        })
    }

    /// What is wrong with a vector that claims to be of the profile.
    pub(crate) fn misfit(&self, profile: &str, vector: &[f32]) -> Option<String> {
        if profile != self.profile {
            return Some(format!("it is of profile {profile:?}, the catalogue is of {:?}", self.profile));
        }
        if vector.len() != self.dimension {
            return Some(format!("it holds {} numbers, the profile's hold {}", vector.len(), self.dimension));
        }
        let length = domain::embedding::norm(vector);
        // A number that is not finite leaves no length either.
        let unit = (length - 1.0).abs() < 1e-3;
        (!unit).then(|| format!("its length is {length}, it must be 1"))
    }
}

/// `fixed(0.9)` or `core(0.6)`.
fn written(rule: &str) -> Option<PurifyRule> {
    let (kind, threshold) = rule.strip_suffix(')')?.split_once('(')?;
    let threshold: f32 = threshold.trim().parse().ok().filter(|t| (-1.0..=1.0).contains(t))?;
    match kind {
        "fixed" => Some(PurifyRule::Fixed { threshold }),
        "core" => Some(PurifyRule::CoreCentroid { threshold }),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use clap::Parser;

    use super::*;

    /// The defaults, for vectors of `dimension` numbers that are centred.
    pub(crate) fn drawn(dimension: usize) -> Rules {
        let rules = Rules::of(&Config::parse_from(["avzeus-cluster"])).unwrap();
        Rules { profile: "p".into(), dimension, purify: PurifyRule::CoreCentroid { threshold: 0.5 }, ..rules }
    }

    #[test]
    fn a_rule_is_written_with_a_cosine() {
        assert_eq!(written("fixed(0.9)"), Some(PurifyRule::Fixed { threshold: 0.9 }));
        assert_eq!(written("core( -0.1 )"), Some(PurifyRule::CoreCentroid { threshold: -0.1 }));
        for bad in ["fixed(9)", "0.9", "fixed(x)", "core(NaN)", "fixed(0.9", "other(0.1)", ""] {
            assert_eq!(written(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_vector_that_is_not_of_the_profile_is_told_apart() {
        let rules = drawn(3);
        assert_eq!(rules.misfit("p", &[0.6, 0.0, 0.8]), None);
        for (profile, vector, words) in [
            ("q", &[1.0, 0.0, 0.0][..], "of profile \"q\""),
            ("p", &[1.0, 0.0], "holds 2 numbers"),
            ("p", &[1.0, 1.0, 0.0], "must be 1"),
            ("p", &[f32::NAN, 1.0, 0.0], "must be 1"),
        ] {
            let misfit = rules.misfit(profile, vector).expect(words);
            assert!(misfit.contains(words), "{misfit}");
        }
    }
}
