//! Signs that a catalogue must not be published as it is (README, "Catalogue updates").

use std::fmt;

use crate::GROUPS;
use crate::embedding::dot;

/// How far a catalogue may go.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlarmBounds {
    /// Largest median cosine between two people, before centring.
    pub median_cosine: f64,
    /// Largest share of people with crops who have too few good ones.
    pub few_crops: f64,
    /// Least members of a group, as a share of an even ninth of everyone.
    pub small_group: f64,
    /// Largest share of vectors that are not of the profile: another name, or another dimension.
    pub foreign: f64,
}

/// What is measured of a catalogue before it is published.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measures {
    /// Median cosine between two people before centring; `None` with fewer than two.
    pub median_cosine: Option<f64>,
    /// People in the catalogue.
    pub people: usize,
    /// People who have too few good crops.
    pub few_crops: usize,
    /// Members of each group.
    pub members: [usize; GROUPS],
    /// Vectors of the profile.
    pub vectors: usize,
    /// Vectors that came under its name and are not of it.
    pub foreign: usize,
}

/// The kinds, in the order they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AlarmKind {
    /// People cannot be told apart.
    Collapse,
    /// Too many people have too few good crops.
    FewCrops,
    /// A group has too few members.
    SmallGroup,
    /// Vectors are not of the profile.
    ForeignVectors,
    /// Another profile serves, and not every crop has a vector of this one yet.
    Coverage,
}

/// An alarm with its numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alarm {
    /// Which.
    pub kind: AlarmKind,
    /// What was found.
    pub found: f64,
    /// What it must not pass: from above or, for groups and coverage, from below.
    pub bound: f64,
}

impl AlarmKind {
    /// All of them.
    pub const ALL: [AlarmKind; 5] =
        [Self::Collapse, Self::FewCrops, Self::SmallGroup, Self::ForeignVectors, Self::Coverage];

    /// Its name, in metrics and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Collapse => "collapse",
            Self::FewCrops => "few-crops",
            Self::SmallGroup => "small-group",
            Self::ForeignVectors => "foreign-vectors",
            Self::Coverage => "coverage",
        }
    }

    /// The kind called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl Measures {
    /// Everything that is out of bounds.
    pub fn alarms(&self, bounds: &AlarmBounds) -> Vec<Alarm> {
        let share = |part: usize, rest: usize| part as f64 / (part + rest).max(1) as f64;
        let above = |kind, found: f64, bound: f64| (found > bound).then_some(Alarm { kind, found, bound });
        let smallest = self.members.into_iter().min().unwrap_or(0) as f64;
        let fewest = bounds.small_group * self.people as f64 / GROUPS as f64;
        let alarms = [
            self.median_cosine.and_then(|m| above(AlarmKind::Collapse, m, bounds.median_cosine)),
            above(AlarmKind::FewCrops, share(self.few_crops, self.people), bounds.few_crops),
            (smallest < fewest).then_some(Alarm {
                kind: AlarmKind::SmallGroup,
                found: smallest,
                bound: fewest.ceil(),
            }),
            above(AlarmKind::ForeignVectors, share(self.foreign, self.vectors), bounds.foreign),
        ];
        alarms.into_iter().flatten().collect()
    }
}

/// Median cosine between two people, of unit `vectors` in the order of their ids: everyone is paired with
/// a few others at fixed distances, so that it costs O(P·D) and comes out the same every time.
pub fn median_cosine(vectors: &[&[f32]]) -> Option<f64> {
    const PARTNERS: [usize; 4] = [1, 2, 5, 12];
    let people = vectors.len();
    let pairs = PARTNERS.into_iter().filter(|&far| far < people);
    let mut cosines: Vec<f32> = pairs
        .flat_map(|far| (0..people).map(move |p| dot(vectors[p], vectors[(p + far) % people])))
        .collect();
    if cosines.is_empty() {
        return None;
    }
    let middle = cosines.len() / 2;
    let (_, median, _) = cosines.select_nth_unstable_by(middle, f32::total_cmp);
    Some(f64::from(*median))
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, found, bound } = self;
        let percent = |share: &f64| share * 100.0;
        match kind {
            AlarmKind::Collapse => write!(
                f,
                "people cannot be told apart: the median cosine between two is {found:.3}, at most {bound:.3} is sound"
            ),
            AlarmKind::FewCrops => write!(
                f,
                "{:.0} % of the people have too few good crops, at most {:.0} % is sound",
                percent(found),
                percent(bound)
            ),
            AlarmKind::SmallGroup => {
                write!(f, "the smallest group has {found:.0} members, {bound:.0} are needed")
            }
            AlarmKind::ForeignVectors => write!(
                f,
                "{:.1} % of the vectors are not of the profile, at most {:.1} % is sound",
                percent(found),
                percent(bound)
            ),
            AlarmKind::Coverage => {
                write!(f, "{found:.0} of {bound:.0} crops have a vector of the new profile yet")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::unit;

    const BOUNDS: AlarmBounds =
        AlarmBounds { median_cosine: 0.98, few_crops: 0.5, small_group: 0.02, foreign: 0.01 };

    #[test]
    fn a_small_sound_catalogue_raises_none() {
        let sound = Measures {
            median_cosine: Some(0.9),
            people: 10,
            few_crops: 3,
            members: [2, 1, 1, 1, 1, 1, 1, 1, 1],
            vectors: 50,
            foreign: 0,
        };
        assert_eq!(sound.alarms(&BOUNDS), []);
    }

    #[test]
    fn each_is_told_with_its_numbers() {
        let rotten = Measures {
            median_cosine: Some(0.9995),
            people: 4000,
            few_crops: 6000,
            members: [2, 498, 500, 500, 500, 500, 500, 500, 500],
            vectors: 90,
            foreign: 10,
        };
        let told: Vec<String> = rotten.alarms(&BOUNDS).iter().map(Alarm::to_string).collect();
        let words =
            ["median cosine between two is 1.000", "60 % of the people", "2 members, 9 are", "10.0 % of"];
        assert_eq!(told.len(), words.len());
        for (told, words) in told.iter().zip(words) {
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn the_median_sees_a_collapse_and_not_a_pair_of_twins() {
        let about = |p: usize, spread: f32| {
            unit(
                &(0..16)
                    .map(|d| 0.2 + spread * (((p + 2) * (p * 7 + d * 17) * (d + 3)) as f32).sin())
                    .collect::<Vec<_>>(),
            )
            .unwrap()
        };
        let median = |vectors: &[Vec<f32>]| {
            median_cosine(&vectors.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap()
        };
        let mut apart: Vec<Vec<f32>> = (0..40).map(|p| about(p, 1.0)).collect();
        apart[1] = apart[0].clone();
        assert!(median(&apart) < 0.5);
        assert!(median(&(0..40).map(|p| about(p, 0.001)).collect::<Vec<_>>()) > 0.999);
        assert_eq!(median_cosine(&[]), None);
    }
}
