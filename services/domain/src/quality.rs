//! How well a face can be seen in its picture (README, "Quality").

/// What was measured of one crop when it was cut. Measuring is `vision`'s; judging is this module's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Shorter side of the face box, in pixels of the source picture.
    pub face_side: f32,
    /// Variance of the Laplacian of the 160×160 crop's brightness (0 to 255): low is blurred.
    pub sharpness: f32,
    /// Turned to a side, in degrees; 0 looks straight ahead, positive to the picture's right.
    pub yaw: f32,
    /// Nodded, in degrees; positive looks up.
    pub pitch: f32,
    /// Tilted, in degrees; positive is clockwise in the picture.
    pub roll: f32,
}

/// Least that a crop must show to be used. Conservative: meant for what nobody would recognise a person by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QualityRule {
    /// Least detector's probability, 0 to 1.
    pub probability: f32,
    /// Least [`Quality::face_side`], pixels.
    pub face_side: f32,
    /// Least [`Quality::sharpness`].
    pub sharpness: f32,
    /// Most |yaw|, degrees.
    pub yaw: f32,
    /// Most |pitch|, degrees.
    pub pitch: f32,
    /// Most |roll|, degrees.
    pub roll: f32,
}

/// Why a crop of a person is not used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Flaw {
    /// The detector was not sure that it is a face.
    LowProbability {
        /// Its probability.
        found: f32,
        /// The least.
        least: f32,
    },
    /// Too few pixels.
    TooSmall {
        /// Face side, pixels.
        found: f32,
        /// The least.
        least: f32,
    },
    /// Too soft.
    Blurred {
        /// Sharpness.
        found: f32,
        /// The least.
        least: f32,
    },
    /// Turned away from the camera.
    TurnedAway {
        /// `yaw`, `pitch` or `roll`.
        axis: &'static str,
        /// By so many degrees.
        found: f32,
        /// The most, either way.
        most: f32,
    },
    /// The person has no other crop that it could be like (README, "Purify").
    Alone,
    /// Unlike the person's other crops: somebody else, or no face (README, "Purify").
    Unlike {
        /// The cosine that was held against the threshold.
        cosine: f32,
        /// The threshold.
        threshold: f32,
    },
}

impl QualityRule {
    /// What is wrong with a crop; `None` when nothing is. A crop whose quality was not measured is judged
    /// by its probability alone.
    pub fn flaw(&self, probability: f32, quality: Option<&Quality>) -> Option<Flaw> {
        if probability < self.probability {
            return Some(Flaw::LowProbability { found: probability, least: self.probability });
        }
        let quality = quality?;
        if quality.face_side < self.face_side {
            return Some(Flaw::TooSmall { found: quality.face_side, least: self.face_side });
        }
        if quality.sharpness < self.sharpness {
            return Some(Flaw::Blurred { found: quality.sharpness, least: self.sharpness });
        }
        let turns = [
            ("yaw", quality.yaw, self.yaw),
            ("pitch", quality.pitch, self.pitch),
            ("roll", quality.roll, self.roll),
        ];
        let turned = turns.into_iter().find(|(_, found, most)| found.abs() > *most);
        turned.map(|(axis, found, most)| Flaw::TurnedAway { axis, found, most })
    }
}

impl Flaw {
    /// Its name, in figures and JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::LowProbability { .. } => "low-probability",
            Self::TooSmall { .. } => "too-small",
            Self::Blurred { .. } => "blurred",
            Self::TurnedAway { .. } => "turned-away",
            Self::Alone => "alone",
            Self::Unlike { .. } => "unlike",
        }
    }
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::LowProbability { found, least } => {
                write!(f, "low probability: {found:.2}, {least:.2} is needed")
            }
            Self::TooSmall { found, least } => {
                write!(f, "too small: {found:.0} px, {least:.0} are needed")
            }
            Self::Blurred { found, least } => {
                write!(f, "blurred: sharpness {found:.1}, {least:.1} is needed")
            }
            Self::TurnedAway { axis, found, most } => {
                write!(f, "turned away: {axis} {found:.0}°, at most {most:.0}°")
            }
            Self::Alone => {
                f.write_str("the only crop good enough: without a second one nothing shows that it is theirs")
            }
            Self::Unlike { cosine, threshold } => {
                write!(f, "unlike the person's other crops: cosine {cosine:.3}, {threshold:.3} is needed")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: QualityRule =
        QualityRule { probability: 0.8, face_side: 20.0, sharpness: 4.0, yaw: 70.0, pitch: 60.0, roll: 70.0 };
    const GOOD: Quality = Quality { face_side: 90.0, sharpness: 120.0, yaw: -12.0, pitch: 4.0, roll: 2.0 };

    #[test]
    fn the_first_flaw_is_named_with_its_numbers() {
        assert_eq!(RULE.flaw(0.99, Some(&GOOD)), None);
        assert_eq!(RULE.flaw(0.99, None), None, "what was not measured is not held against a crop");
        let flawed = [
            (0.7, GOOD, "low probability: 0.70"),
            (0.99, Quality { face_side: 12.0, ..GOOD }, "too small: 12 px"),
            (0.99, Quality { sharpness: 0.4, ..GOOD }, "blurred: sharpness 0.4"),
            (0.99, Quality { yaw: -81.0, ..GOOD }, "turned away: yaw -81°"),
            (0.99, Quality { roll: 90.0, ..GOOD }, "turned away: roll 90°"),
        ];
        for (probability, quality, words) in flawed {
            let flaw = RULE.flaw(probability, Some(&quality)).expect(words);
            assert!(flaw.to_string().starts_with(words), "{flaw}");
        }
    }
}
