//! Impressions and clicks.

use domain::impression::{Arm, Impression, SlateEntry};
use domain::{Alias, Ranking, State};

use super::{Malformed, exactly, impossible};
use crate::v1;

impl From<&Impression> for v1::Impression {
    fn from(impression: &Impression) -> Self {
        let slate = impression.slate.iter().map(|entry| v1::SlateEntry {
            alias: entry.alias.to_string(),
            score: entry.score,
            cosines: entry.cosines.to_vec(),
        });
        let arms = impression.arms.iter().map(|arm| v1::Arm {
            policy: arm.policy.clone(),
            version: arm.version,
            share: arm.share,
            log_density: arm.log_density,
        });
        Self {
            recommendation: impression.recommendation.clone(),
            catalogue_version: impression.catalogue_version.clone(),
            policy_version: impression.policy_version,
            made_at_ms: impression.made_at_ms,
            ranking: impression.ranking.groups().iter().map(|&g| g as u32).collect(),
            state: impression.state.0.to_vec(),
            x: impression.x.to_vec(),
            mean: impression.mean.to_vec(),
            log_variance: impression.log_variance.to_vec(),
            log_density: impression.log_density,
            slate: slate.collect(),
            arms: arms.collect(),
        }
    }
}

impl TryFrom<&v1::Impression> for Impression {
    type Error = Malformed;

    fn try_from(wire: &v1::Impression) -> Result<Self, Malformed> {
        let picks: Vec<i64> = wire.ranking.iter().map(|&g| i64::from(g)).collect();
        let slate = wire.slate.iter().map(|entry| {
            Ok(SlateEntry {
                alias: alias(&entry.alias)?,
                score: entry.score,
                cosines: exactly("slate cosines", &entry.cosines)?,
            })
        });
        let arms = wire.arms.iter().map(|arm| Arm {
            policy: arm.policy.clone(),
            version: arm.version,
            share: arm.share,
            log_density: arm.log_density,
        });
        let impression = Self {
            recommendation: wire.recommendation.clone(),
            catalogue_version: wire.catalogue_version.clone(),
            policy_version: wire.policy_version,
            made_at_ms: wire.made_at_ms,
            ranking: Ranking::new(&picks).map_err(|e| impossible("ranking")(&e))?,
            state: State(exactly("state", &wire.state)?),
            x: exactly("x", &wire.x)?,
            mean: exactly("mean", &wire.mean)?,
            log_variance: exactly("log_variance", &wire.log_variance)?,
            log_density: wire.log_density,
            slate: slate.collect::<Result<_, Malformed>>()?,
            arms: arms.collect(),
        };
        impression.check().map_err(|why| impossible("impression")(&why))?;
        Ok(impression)
    }
}

/// What a person is called in impressions.
pub fn alias(wire: &str) -> Result<Alias, Malformed> {
    Alias::new(wire).map_err(|e| impossible("alias")(&e))
}

/// How far rounding may carry a reward: columns of 16 bits round −0.9 to −0.8999. The reward that follows from the rank is
/// taken in its place.
const REWARD_ROUNDING: f32 = 1e-3;

/// A click with its impression, checked: the rank and reward follow from the slate.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedClick {
    /// What was shown.
    pub impression: Impression,
    /// Who was clicked.
    pub alias: Alias,
    /// Rank and reward.
    pub click: domain::impression::Click,
    /// Milliseconds since 1970 (UTC).
    pub clicked_at_ms: u64,
}

impl From<&RecordedClick> for v1::ClickRecorded {
    fn from(recorded: &RecordedClick) -> Self {
        Self {
            recommendation: recorded.impression.recommendation.clone(),
            alias: recorded.alias.to_string(),
            rank: recorded.click.rank as u32,
            reward: recorded.click.reward,
            clicked_at_ms: recorded.clicked_at_ms,
            impression: Some((&recorded.impression).into()),
        }
    }
}

impl RecordedClick {
    /// Reads a click whose reward is of somebody's own making: it need not follow from the rank.
    ///
    /// # Errors
    /// [`Malformed`] for everything else that cannot be, and for a reward that is not finite.
    pub fn with_own_reward(wire: &v1::ClickRecorded) -> Result<Self, Malformed> {
        let impression: Impression =
            wire.impression.as_ref().ok_or(Malformed::Missing("impression"))?.try_into()?;
        let alias = alias(&wire.alias)?;
        let mut click =
            impression.click_on(&alias).ok_or_else(|| impossible("alias")(&"not on the slate"))?;
        if click.rank != wire.rank as usize {
            let why = format!("it is {}, and {alias} stands at {} of the slate", wire.rank, click.rank);
            return Err(impossible("rank")(&why));
        }
        if !wire.reward.is_finite() {
            return Err(impossible("reward")(&format!("it is {}", wire.reward)));
        }
        impression.check_clicked_at(wire.clicked_at_ms).map_err(|why| impossible("click")(&why))?;
        click.reward = wire.reward;
        Ok(Self { impression, alias, click, clicked_at_ms: wire.clicked_at_ms })
    }
}

impl TryFrom<&v1::ClickRecorded> for RecordedClick {
    type Error = Malformed;

    fn try_from(wire: &v1::ClickRecorded) -> Result<Self, Malformed> {
        let mut recorded = Self::with_own_reward(wire)?;
        let earned = domain::reward::of_rank(recorded.click.rank).unwrap_or_default();
        if (recorded.click.reward - earned).abs() > REWARD_ROUNDING {
            let why = format!("it is {}, and a click at rank {} earns {earned}", wire.reward, wire.rank);
            return Err(impossible("reward")(&why));
        }
        recorded.click.reward = earned;
        Ok(recorded)
    }
}
