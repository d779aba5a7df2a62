//! What cannot be in an impression, whoever says so: a stream, or a file that has been through other hands.

use super::{Arm, Impression, SlateEntry};
use crate::policy::PolicyOutput;
use crate::weights::ACTIONS;
use crate::{Alias, PICKS, SLATE};

/// The farthest that log σ² may lie from 0.
const MOST_LOG_VARIANCE: f32 = 20.0;
/// No normal density of four components with such variances is larger: log π(x|s) ≤ −½ Σ log σ².
const MOST_LOG_DENSITY: f32 = ACTIONS as f32 * MOST_LOG_VARIANCE / 2.0;
/// How far rounding may carry a cosine beyond 1, shares beyond a whole, and a density from the one worked out again.
const ROUNDING: f32 = 1e-3;
/// The last millisecond of the year 9999. A count beyond it is one of microseconds or nanoseconds.
const LATEST_MS: u64 = 253_402_300_799_999;

/// What cannot be in an impression that a policy of this kind made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Impossibility {
    /// A distance between two picks.
    #[error("state holds a distance that is not 0 to 2")]
    Distance,
    /// A number that is not finite.
    #[error("{0} holds a number that is not finite")]
    NotFinite(&'static str),
    /// A variance.
    #[error(
        "log_variance holds {0}, and every one lies between −{MOST_LOG_VARIANCE} and {MOST_LOG_VARIANCE}"
    )]
    Variance(f32),
    /// The density logged.
    #[error("a density does not follow from x: {logged} is logged, x, mean and log_variance make {follows}")]
    Density {
        /// log π(x|s) as it was logged.
        logged: f32,
        /// The same as x, μ and log σ² make it.
        follows: f32,
    },
    /// A slate of nobody, or of too many.
    #[error("the slate holds {0} people, and it is one of 1 to {SLATE}")]
    People(usize),
    /// Somebody who cannot have been shown twice.
    #[error("{0} stands on the slate twice")]
    Twice(Alias),
    /// A cosine.
    #[error("a cosine of the slate is {0}, and every one lies between −1 and 1")]
    Cosine(f32),
    /// A score: no sum of five cosines under weights of at most 1.
    #[error("a score of the slate is {0}, and every one lies between −{PICKS} and {PICKS}")]
    Score(f32),
    /// A policy that could have made it.
    #[error("an arm of the impression {0}")]
    Arm(String),
    /// A time.
    #[error("{field} is {ms}, which is no count of milliseconds since 1970: it lies behind the year 9999")]
    Time {
        /// Which.
        field: &'static str,
        /// As it was given.
        ms: u64,
    },
    /// A click on what was not shown yet.
    #[error(
        "clicked_at_ms is {clicked_at_ms}, before made_at_ms, {made_at_ms}: nobody clicks on a slate before it is made"
    )]
    Early {
        /// When it was clicked, as it was given.
        clicked_at_ms: u64,
        /// When the slate was made.
        made_at_ms: u64,
    },
}

impl Impression {
    /// Refuses what cannot have come from a policy of this kind: it must not reach a learner, nor a judgement.
    ///
    /// # Errors
    /// The first [`Impossibility`] found.
    pub fn check(&self) -> Result<(), Impossibility> {
        if !self.state.is_possible() {
            return Err(Impossibility::Distance);
        }
        for (field, numbers) in [("x", &self.x), ("mean", &self.mean)] {
            if !numbers.iter().all(|number| number.is_finite()) {
                return Err(Impossibility::NotFinite(field));
            }
        }
        let is_possible = |variance: &f32| variance.abs() < MOST_LOG_VARIANCE;
        if let Some(variance) = self.log_variance.iter().find(|variance| !is_possible(variance)) {
            return Err(Impossibility::Variance(*variance));
        }
        let output = PolicyOutput { mean: self.mean, log_variance: self.log_variance, value: 0.0 };
        let (logged, follows) = (self.log_density, output.log_density(&self.x));
        if !within(follows - logged, ROUNDING) {
            return Err(Impossibility::Density { logged, follows });
        }
        check_time("made_at_ms", self.made_at_ms)?;
        self.check_slate()?;
        self.check_arms()
    }

    fn check_slate(&self) -> Result<(), Impossibility> {
        if !(1..=SLATE).contains(&self.slate.len()) {
            return Err(Impossibility::People(self.slate.len()));
        }
        for (place, SlateEntry { alias, score, cosines }) in self.slate.iter().enumerate() {
            if self.slate[..place].iter().any(|before| before.alias == *alias) {
                return Err(Impossibility::Twice(alias.clone()));
            }
            if let Some(cosine) = cosines.iter().find(|cosine| !within(**cosine, 1.0 + ROUNDING)) {
                return Err(Impossibility::Cosine(*cosine));
            }
            if !within(*score, PICKS as f32 * (1.0 + ROUNDING)) {
                return Err(Impossibility::Score(*score));
            }
        }
        Ok(())
    }

    /// Refuses arms of which the first is not the policy that drew x, and shares that are no division of the whole.
    fn check_arms(&self) -> Result<(), Impossibility> {
        let Some(drawn) = self.arms.first() else { return Ok(()) };
        let arm = |words: String| Err(Impossibility::Arm(words));
        for Arm { policy, share, log_density, .. } in &self.arms {
            let is_share = *share > 0.0 && *share <= 1.0;
            if !is_share {
                return arm(format!("({policy}) has the share {share}, and each is above 0 and at most 1"));
            }
            if !log_density.is_finite() || *log_density > MOST_LOG_DENSITY {
                return arm(format!(
                    "({policy}) has the log density {log_density}, and none is above {MOST_LOG_DENSITY}"
                ));
            }
        }
        let whole = self.arms.iter().map(|arm| arm.share).sum::<f32>();
        if (whole - 1.0).abs() >= ROUNDING {
            return arm(format!("is missing or too many: their shares make {whole} instead of 1"));
        }
        if drawn.version != self.policy_version || drawn.log_density != self.log_density {
            return arm(format!(
                "({}) is the first and has another version or log density than the impression, which it drew",
                drawn.policy
            ));
        }
        Ok(())
    }

    /// Refuses a time at which nobody can have clicked on it.
    ///
    /// # Errors
    /// [`Impossibility::Time`] or [`Impossibility::Early`].
    pub fn check_clicked_at(&self, clicked_at_ms: u64) -> Result<(), Impossibility> {
        check_time("clicked_at_ms", clicked_at_ms)?;
        let made_at_ms = self.made_at_ms;
        if clicked_at_ms < made_at_ms {
            return Err(Impossibility::Early { clicked_at_ms, made_at_ms });
        }
        Ok(())
    }
}

/// Whether `number` lies between −`most` and `most`; what is not finite does not.
fn within(number: f32, most: f32) -> bool {
    (-most..=most).contains(&number)
}

fn check_time(field: &'static str, ms: u64) -> Result<(), Impossibility> {
    if ms <= LATEST_MS { Ok(()) } else { Err(Impossibility::Time { field, ms }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::impression::tests::shown;

    #[test]
    fn what_no_policy_made_is_told_by_what_is_wrong_with_it() {
        assert_eq!(shown().check(), Ok(()));
        type Change = fn(&mut Impression);
        let spoiled: [(&str, Change); 13] = [
            ("a density does not follow from x", |i| i.log_density += 1.0),
            ("state holds a distance", |i| i.state.0[3] = f32::NAN),
            ("x holds a number that is not finite", |i| i.x[0] = f32::INFINITY),
            ("mean holds a number that is not finite", |i| i.mean[3] = f32::NAN),
            ("log_variance holds 20", |i| i.log_variance[2] = 20.0),
            ("log_variance holds NaN", |i| i.log_variance[2] = f32::NAN),
            ("the slate holds 0 people", |i| i.slate.clear()),
            ("stands on the slate twice", |i| i.slate[7].alias = i.slate[2].alias.clone()),
            ("a cosine of the slate is 100", |i| i.slate[9].cosines[4] = 100.0),
            ("a cosine of the slate is NaN", |i| i.slate[0].cosines[0] = f32::NAN),
            ("a score of the slate is -5.1", |i| i.slate[1].score = -5.1),
            // 2026 in microseconds and in nanoseconds.
            ("made_at_ms is 1767225600000000", |i| i.made_at_ms = 1_767_225_600_000_000),
            ("behind the year 9999", |i| i.made_at_ms = 1_767_225_600_000_000_000),
        ];
        for (words, spoil) in spoiled {
            let mut impression = shown();
            spoil(&mut impression);
            let told = impression.check().unwrap_err().to_string();
            assert!(told.contains(words), "{told} for {words}");
        }
        let mut rounded = shown();
        rounded.slate[0].cosines[0] = 1.0005;
        assert_eq!(rounded.check(), Ok(()));
    }

    #[test]
    fn nobody_clicks_on_a_slate_before_it_is_made_nor_behind_the_year_9999() {
        let told = |ms| shown().check_clicked_at(ms).map_err(|why| why.to_string());
        assert_eq!((told(1), told(253_402_300_799_999)), (Ok(()), Ok(())));
        assert!(told(0).unwrap_err().contains("before made_at_ms, 1"));
        assert!(told(1_767_225_600_000_000).unwrap_err().contains("behind the year 9999"));
    }

    #[test]
    fn arms_say_who_drew_and_divide_the_whole() {
        let with = |arms: &[(u64, f32, f32)]| {
            let mut impression = shown();
            let density = impression.log_density;
            let arm = |&(version, share, apart): &(u64, f32, f32)| Arm {
                policy: "live".into(),
                version,
                share,
                log_density: density + apart,
            };
            impression.arms = arms.iter().map(arm).collect();
            impression.check().is_ok()
        };
        assert!(with(&[(3, 0.9, 0.0), (0, 0.1, -7.0)]));
        assert!(!with(&[(3, 0.9, 0.0), (0, 0.2, -7.0)]), "more than the whole");
        assert!(!with(&[(3, 1.0, 0.0), (0, 0.0, -7.0)]), "no share at all");
        assert!(!with(&[(4, 1.0, 0.0)]), "another version");
        assert!(!with(&[(3, 1.0, 0.1)]), "another density");
        assert!(!with(&[(3, 0.9, 0.0), (0, 0.1, f32::NAN)]));
        assert!(!with(&[(3, 0.9, 0.0), (0, 0.1, 1000.0)]), "denser than any normal distribution");
    }
}
