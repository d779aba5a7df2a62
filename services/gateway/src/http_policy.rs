//! `GET /api/v1/policy`: the policy that serves now.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::PICKS;
use domain::serving::INITIAL;
use domain::weights::squash;
use proto::{Malformed, v1};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::rfc3339::rfc3339_if_it_could_be;

/// A policy as visitors see it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({
    "version": 12, "policy": "live", "clicks_applied": 7, "last_sequence": 9, "mean_reward_recent": -0.2,
    "updated_at": "2026-02-01T12:00:00.123Z", "weights": [1.0, 0.45, 0.35, 0.25, 0.15], "learner": "slate"
}))]
pub(crate) struct PolicyView {
    /// Grows with every publication; 0 before the first.
    version: u64,
    /// Which policy serves: a line, a pinned candidate, or the initial one.
    policy: String,
    /// Clicks it has learned from.
    clicks_applied: u64,
    /// Stream sequence of the last of them.
    pub(crate) last_sequence: u64,
    /// Mean reward of the most recent clicks, −0.9 to 0; null before the first.
    mean_reward_recent: Option<f64>,
    /// When it was published, RFC 3339; null before the first publication.
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<String>,
    /// `[1, w2..w5]` it leans to.
    weights: [f32; PICKS],
    /// Which learner made it; empty before the first publication.
    learner: String,
}

impl PolicyView {
    /// Before the first publication: half of every cap.
    pub(crate) fn unpublished() -> Self {
        Self {
            version: 0,
            policy: INITIAL.to_owned(),
            clicks_applied: 0,
            last_sequence: 0,
            mean_reward_recent: None,
            updated_at: None,
            weights: squash(&[0.0; PICKS - 1]),
            learner: String::new(),
        }
    }

    /// The policy published under `name` as `version`.
    pub(crate) fn of(name: &str, version: u64, policy: &v1::PolicyPublished) -> Result<Self, Malformed> {
        let found = policy.leaning.len();
        let weights: [f32; PICKS] = (policy.leaning.as_slice().try_into())
            .map_err(|_| Malformed::Length { field: "leaning", found, expected: PICKS })?;
        Ok(Self {
            version,
            policy: name.to_owned(),
            clicks_applied: policy.clicks_applied,
            last_sequence: policy.last_sequence,
            mean_reward_recent: policy.mean_reward_recent.map(to_micro),
            updated_at: rfc3339_if_it_could_be(policy.published_at_ms),
            weights,
            learner: policy.learner.clone(),
        })
    }
}

/// Rewards are tenths that were counted in f32: digits beyond the sixth are not theirs.
pub(crate) fn to_micro(reward: f64) -> f64 {
    (reward * 1e6).round() / 1e6
}

/// The policy that serves now.
#[utoipa::path(get, path = "/api/v1/policy", operation_id = "policy", responses((status = 200, body = PolicyView, description = "the policy")))]
pub(crate) async fn show(State(app): State<Arc<App>>) -> Json<PolicyView> {
    Json(app.policy.borrow().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_reads_as_it_was_published() {
        let wire = v1::PolicyPublished {
            clicks_applied: 7,
            last_sequence: 9,
            mean_reward_recent: Some(f64::from(-0.2f32)),
            leaning: vec![1.0, 0.45, 0.35, 0.25, 0.15],
            learner: "a2c".into(),
            published_at_ms: 1_700_000_000_123,
            ..Default::default()
        };
        let text = serde_json::to_string(&PolicyView::of("live", 12, &wire).unwrap()).unwrap();
        let expected = concat!(
            r#"{"version":12,"policy":"live","clicks_applied":7,"last_sequence":9,"mean_reward_recent":-0.2,"#,
            r#""updated_at":"2023-11-14T22:13:20.123Z","weights":[1.0,0.45,0.35,0.25,0.15],"learner":"a2c"}"#
        );
        assert_eq!(text, expected);
        let short = v1::PolicyPublished { leaning: vec![1.0], ..wire.clone() };
        assert!(PolicyView::of("live", 12, &short).is_err());
        let far = v1::PolicyPublished { published_at_ms: u64::MAX, ..wire };
        assert_eq!(PolicyView::of("live", 12, &far).unwrap().updated_at, None);
    }
}
