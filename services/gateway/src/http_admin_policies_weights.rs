//! `GET /api/v1/admin/policies/weights`: what a policy does where.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use domain::PICKS;
use policies::clicks::RecentClicks;
use policies::weights::{At, Corner, WeightsByState, by_state};
use policies::{Candidate, PoliciesError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::problem::Problem;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/policies/weights";

/// Whose weights.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Whose {
    /// A learner's line, a pinned candidate, or `initial`; without it, what serves.
    #[param(min_length = 1, max_length = 75, example = "initial")]
    policy: Option<String>,
}

/// A policy's weights by state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "policy": "live", "observed": 4200, "middle": [1.0, 0.61, 0.35, 0.21, 0.11],
    "spread": [
        { "distance": 0.71, "weights": [1.0, 0.66, 0.4, 0.2, 0.1] }, { "distance": 1.52, "weights": [1.0, 0.52, 0.3, 0.22, 0.12] }
    ],
    "corners": [{
        "name": "d12", "near": { "distance": 0.74, "weights": [1.0, 0.64, 0.36, 0.21, 0.11] },
        "far": { "distance": 1.48, "weights": [1.0, 0.55, 0.34, 0.21, 0.11] }
    }]
}))]
pub(crate) struct WeightsView {
    policy: String,
    /// States that were observed; without any, distances are those that the policy was made for.
    observed: usize,
    /// `[1, w2..w5]` where every distance is in its middle.
    middle: [f32; PICKS],
    /// All ten distances alike, from near to far.
    spread: Vec<WeightsAt>,
    /// Each distance at both ends of what was observed (5 % and 95 %), the others in their middles.
    corners: Vec<CornerView>,
}

/// Weights at a distance.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WeightsAt {
    /// Between two faces, 0 to 2.
    distance: f32,
    /// `[1, w2..w5]` there.
    weights: [f32; PICKS],
}

/// One distance at its ends.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CornerView {
    /// Between the places of two picks: d12 to d45.
    name: &'static str,
    near: WeightsAt,
    far: WeightsAt,
}

/// Weights w2 to w5 by state.
#[utoipa::path(get, path = "/api/v1/admin/policies/weights", operation_id = "policyWeights", params(Whose),
    security(("operator" = [])), responses(
    (status = 200, body = WeightsView, description = "the weights"),
    (status = 400, body = Problem, content_type = "application/problem+json", description = "no such question"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "no such policy"),
))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    whose: Result<Query<Whose>, QueryRejection>,
) -> Result<Json<WeightsView>, Problem> {
    let Query(whose) = whose.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
    let policy = match whose.policy {
        Some(name) => Candidate::named(&app.bus, &name).await.map_err(|e| Problem::of(&e).field("policy"))?,
        None => served(&app).await?,
    };
    let network = policy.network;
    let told =
        app.judging.by_clicks(&app.bus, move |clicks: &RecentClicks| by_state(&network, clicks)).await?;
    let WeightsByState { observed, middle, spread, corners } = told;
    Ok(Json(WeightsView {
        policy: policy.name,
        observed,
        middle,
        spread: spread.into_iter().map(WeightsAt::of).collect(),
        corners: corners.into_iter().map(CornerView::of).collect(),
    }))
}

/// The initial policy stands in for one that is not there.
async fn served(app: &App) -> Result<Candidate, Problem> {
    let (serving, _) = app.bus.serving().await.map_err(|e| Problem::of(&e))?;
    match Candidate::named(&app.bus, &serving.policy).await {
        Err(PoliciesError::NoPolicy(_)) => Ok(Candidate::initial()),
        served => served.map_err(|e| Problem::of(&e)),
    }
}

impl WeightsAt {
    fn of(at: At) -> Self {
        Self { distance: at.distance, weights: at.weights }
    }
}

impl CornerView {
    fn of(corner: Corner) -> Self {
        Self { name: corner.name, near: WeightsAt::of(corner.near), far: WeightsAt::of(corner.far) }
    }
}
