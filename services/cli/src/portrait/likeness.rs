//! How unlike two people look: what an embedder of faces would hold to be far apart.

use super::identity::{Beard, Front, Identity};

/// How many traits are compared.
const TRAITS: usize = 24;

impl Identity {
    /// Difference in looks: 0 for the same person, about 1 for two people drawn at random.
    pub fn unlikeness(&self, other: &Identity) -> f32 {
        let (a, b) = (self.traits(), other.traits());
        let sum: f32 = (0..TRAITS).map(|i| WEIGHTS[i] * (a[i] - b[i]) * (a[i] - b[i])).sum();
        sum.sqrt()
    }

    /// Every visible trait on a scale of 0 to 1.
    fn traits(&self) -> [f32; TRAITS] {
        let within = |x: f32, low: f32, high: f32| (x - low) / (high - low);
        let flag = |is: bool| if is { 1.0 } else { 0.0 };
        let hair = &self.hair;
        let bare = matches!(hair.front, Front::Shaved | Front::Receding);
        let hair_tone = if hair.colour > 0.85 { 1.0 } else { hair.colour };
        [
            self.skin,
            hair_tone * flag(!bare) + 0.5 * flag(bare),
            flag(hair.length > 0.8),
            flag(bare),
            flag(hair.front == Front::Fringe),
            flag(hair.front == Front::SideParting),
            hair.curl,
            flag(self.glasses.is_some()),
            flag(matches!(self.beard, Beard::Full | Beard::Goatee)),
            flag(matches!(self.beard, Beard::Moustache | Beard::Full | Beard::Goatee)),
            within(self.head_width, 0.88, 1.02),
            within(self.chin, 1.38, 1.6),
            within(self.jaw, 0.64, 0.98),
            within(self.eye_spacing, 0.36, 0.48),
            within(self.eye_size, 0.175, 0.24),
            within(self.eye_slant, -0.12, 0.22),
            within(self.brow, -0.38, -0.24),
            within(self.brow_thickness, 0.022, 0.08),
            within(self.nose, 0.44, 0.65),
            within(self.nose_width, 0.12, 0.24),
            within(self.mouth, 0.86, 1.0),
            within(self.mouth_width, 0.25, 0.4),
            self.lip_colour,
            self.age,
        ]
    }
}

/// What each trait weighs: fitted by least squares, none below zero, to the cosines that the dlib embedding
/// gives 260 drawn people, and scaled so that a random pair's mean square is 1.
const WEIGHTS: [f32; TRAITS] = [
    0.44, 0.20, 0.08, 0.08, 0.06, 0.04, 0.06, 0.25, 0.02, 0.12, 0.12, 0.30, 0.34, 0.47, 0.21, 0.74, 0.25,
    0.56, 0.61, 0.28, 0.29, 0.29, 0.08, 0.02,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_unlike_themselves_and_random_people_are_about_one_apart() {
        let people: Vec<Identity> = (0..60).map(Identity::drawn).collect();
        let pairs = || people.iter().flat_map(|a| people.iter().map(move |b| (a, b)));
        let mean = pairs().map(|(a, b)| a.unlikeness(b)).sum::<f32>() / 3600.0;
        assert!((0.85..1.1).contains(&mean), "mean {mean}");
        assert!(pairs().all(|(a, b)| (a.unlikeness(b) - b.unlikeness(a)).abs() < 1e-6));
        assert_eq!(people[7].unlikeness(&people[7]), 0.0);
    }
}
