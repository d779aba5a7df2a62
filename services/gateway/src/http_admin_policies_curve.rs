//! `GET /api/v1/admin/policies/curve`: how policies moved, and what was earned meanwhile.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use policies::Published;
use policies::clicks::RecentClicks;
use policies::curve::{Stretch, earned, points};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::http_admin_policies_values::EarnedView;
use crate::http_policy::to_micro;
use crate::problem::Problem;
use crate::rfc3339::rfc3339_if_ever;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/policies/curve";

/// Policies over time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "published": [{
        "policy": "live", "version": 4180, "clicks_applied": 4200, "last_sequence": 4211, "mean_reward_recent": -0.21,
        "published_at": "2026-02-01T12:00:01.456Z", "weights": [1.0, 0.61, 0.35, 0.21, 0.11]
    }],
    "earned": [{
        "policy": "live", "first_version": 4021, "last_version": 4180, "first_sequence": 4050, "last_sequence": 4211,
        "earned": { "clicks": 160, "mean_reward": -0.214, "low": -0.252, "high": -0.176 }
    }]
}))]
pub(crate) struct PolicyCurve {
    /// Every version that is still kept, by name, oldest first.
    published: Vec<PointOfCurve>,
    /// Clicks by policy and version, neighbouring versions taken together.
    earned: Vec<StretchOfClicks>,
}

/// A version as it was published.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PointOfCurve {
    policy: String,
    version: u64,
    /// Clicks it had learned from.
    clicks_applied: u64,
    /// Sequence of the last of them.
    last_sequence: u64,
    /// Mean reward of the most recent clicks then.
    mean_reward_recent: Option<f64>,
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<String>,
    /// `[1, w2..w5]` it leaned to.
    weights: Vec<f32>,
}

/// Clicks on recommendations of neighbouring versions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StretchOfClicks {
    policy: String,
    first_version: u64,
    last_version: u64,
    first_sequence: u64,
    last_sequence: u64,
    earned: EarnedView,
}

/// Recent reward and clicks by policy and version.
#[utoipa::path(get, path = "/api/v1/admin/policies/curve", operation_id = "policyCurve",
    security(("operator" = [])), responses((status = 200, body = PolicyCurve, description = "reward and clicks")))]
pub(crate) async fn show(State(app): State<Arc<App>>) -> Result<Json<PolicyCurve>, Problem> {
    let published = points(&app.bus).await.map_err(|e| Problem::of(&e))?;
    let stretches = app.judging.by_clicks(&app.bus, |clicks: &RecentClicks| earned(clicks)).await?;
    Ok(Json(PolicyCurve {
        published: published.into_iter().map(PointOfCurve::of).collect(),
        earned: stretches.into_iter().map(StretchOfClicks::of).collect(),
    }))
}

impl PointOfCurve {
    fn of(published: Published) -> Self {
        let Published { name, version, policy } = published;
        Self {
            policy: name,
            version,
            clicks_applied: policy.clicks_applied,
            last_sequence: policy.last_sequence,
            mean_reward_recent: policy.mean_reward_recent.map(to_micro),
            published_at: rfc3339_if_ever(policy.published_at_ms),
            weights: policy.leaning,
        }
    }
}

impl StretchOfClicks {
    fn of(stretch: Stretch) -> Self {
        let Stretch { policy, versions, sequences, earned } = stretch;
        Self {
            policy,
            first_version: versions.0,
            last_version: versions.1,
            first_sequence: sequences.0,
            last_sequence: sequences.1,
            earned: EarnedView::of(&earned),
        }
    }
}
