//! `GET /api/v1/admin/policies`: what serves and why, and every policy that could.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::Serving;
use domain::serving::{CANDIDATE, INITIAL};
use policies::{Published, published};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::http_policy::to_micro;
use crate::problem::Problem;
use crate::rfc3339::rfc3339_if_ever;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/policies";

/// What serves, and what could.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "serving": {
        "policy": "live", "canary": { "policy": "candidate.0f3a9c2b7d51", "share": 0.1 }, "before": ["initial"],
        "changed_at": "2026-02-01T12:00:00.123Z", "since_sequence": 4211, "reason": "canary of 0.1 by force: …"
    },
    "policies": [{
        "name": "live", "kind": "line", "version": 4180, "learner": "slate", "clicks_applied": 4200,
        "shadow_clicks": 0, "ready": true, "mean_reward_recent": -0.21, "published_at": "2026-02-01T12:00:01.456Z",
        "weights": [1.0, 0.61, 0.35, 0.21, 0.11]
    }]
}))]
pub(crate) struct Policies {
    serving: ServingView,
    /// By name: learners' lines, pinned candidates, and the initial policy.
    policies: Vec<PolicyOfMany>,
}

/// What was decided.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServingView {
    /// Makes the recommendations that nobody below makes.
    policy: String,
    /// Makes a share of them, on trial.
    canary: Option<CanaryView>,
    /// What served before, newest last: where a rollback leads, and from its beginning to `initial`.
    before: Vec<String>,
    /// When it was decided, RFC 3339; null where nothing ever was.
    #[schema(value_type = Option<String>, format = DateTime)]
    changed_at: Option<String>,
    /// Sequence of the last click at that time.
    since_sequence: u64,
    /// Why, in words.
    reason: String,
}

/// A policy on trial.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CanaryView {
    policy: String,
    /// Share of all recommendations, above 0 to 0.5.
    share: f64,
}

/// One of many policies.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PolicyOfMany {
    /// What `promote` calls it.
    name: String,
    kind: PolicyKind,
    /// Grows with every publication; 0 for the initial one.
    version: u64,
    /// Which learner made it; empty for the initial one.
    learner: String,
    /// Clicks it has learned from.
    clicks_applied: u64,
    /// Clicks it must have learned from before it may serve.
    shadow_clicks: u64,
    /// Whether it may.
    ready: bool,
    /// Mean reward of the most recent clicks when it was published, −0.9 to 0.
    mean_reward_recent: Option<f64>,
    /// When it was published, RFC 3339; null for the initial one.
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<String>,
    /// `[1, w2..w5]` it leans to.
    weights: Vec<f32>,
}

/// What kind of policy.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum PolicyKind {
    Initial,
    Line,
    Candidate,
}

/// What serves and why, and every line and pinned candidate.
#[utoipa::path(get, path = "/api/v1/admin/policies", operation_id = "policies", security(("operator" = [])), responses(
    (status = 200, body = Policies, description = "what serves, and every policy that there is"),
))]
pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Json<Policies>, Problem> {
    let (serving, _) = app.bus.serving().await.map_err(|e| Problem::of(&e))?;
    let policies = published(&app.bus).await.map_err(|e| Problem::of(&e))?;
    let policies = policies.into_values().map(PolicyOfMany::of).collect();
    Ok(Json(Policies { serving: ServingView::of(serving), policies }))
}

impl ServingView {
    fn of(serving: Serving) -> Self {
        let Serving { policy, canary, before, change } = serving;
        Self {
            policy,
            canary: canary.map(|canary| CanaryView { policy: canary.policy, share: canary.share }),
            before,
            changed_at: rfc3339_if_ever(change.at_ms),
            since_sequence: change.since_sequence,
            reason: change.reason,
        }
    }
}

impl PolicyOfMany {
    fn of(published: Published) -> Self {
        let Published { name, version, policy } = published;
        let kind = match name.as_str() {
            INITIAL => PolicyKind::Initial,
            name if name.starts_with(CANDIDATE) => PolicyKind::Candidate,
            _ => PolicyKind::Line,
        };
        Self {
            kind,
            name,
            version,
            clicks_applied: policy.clicks_applied,
            shadow_clicks: policy.shadow_clicks,
            ready: policy.is_ready(),
            mean_reward_recent: policy.mean_reward_recent.map(to_micro),
            published_at: rfc3339_if_ever(policy.published_at_ms),
            weights: policy.leaning,
            learner: policy.learner,
        }
    }
}
