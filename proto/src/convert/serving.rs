//! Which policy serves.

use domain::serving::{Canary, Change, LEAST_SHARE, MOST_CANARY, Serving};

use super::{Malformed, impossible};
use crate::v1;

impl From<&Serving> for v1::PolicyServing {
    fn from(serving: &Serving) -> Self {
        let canary = serving.canary.as_ref();
        Self {
            policy: serving.policy.clone(),
            canary: canary.map_or_else(String::new, |canary| canary.policy.clone()),
            canary_share: canary.map_or(0.0, |canary| canary.share),
            before: serving.before.clone(),
            changed_at_ms: serving.change.at_ms,
            since_sequence: serving.change.since_sequence,
            reason: serving.change.reason.clone(),
        }
    }
}

impl TryFrom<&v1::PolicyServing> for Serving {
    type Error = Malformed;

    fn try_from(wire: &v1::PolicyServing) -> Result<Self, Malformed> {
        if wire.policy.is_empty() {
            return Err(Malformed::Missing("policy"));
        }
        let share = wire.canary_share;
        let possible = wire.canary.is_empty() || (LEAST_SHARE..=MOST_CANARY).contains(&share);
        if !possible {
            let why = format!("{share} is not at least {LEAST_SHARE} and at most {MOST_CANARY}");
            return Err(impossible("canary_share")(&why));
        }
        let canary = Canary { policy: wire.canary.clone(), share };
        Ok(Self {
            policy: wire.policy.clone(),
            canary: (!wire.canary.is_empty()).then_some(canary),
            before: wire.before.clone(),
            change: Change {
                at_ms: wire.changed_at_ms,
                since_sequence: wire.since_sequence,
                reason: wire.reason.clone(),
            },
        })
    }
}
