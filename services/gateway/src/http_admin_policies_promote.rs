//! `POST /api/v1/admin/policies/promote`: a policy is to serve, if the clicks say that it is no worse.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::evaluation::{Comparison, PolicyValue};
use policies::clicks::RecentClicks;
use policies::{Candidate, Conditions, Gate, Outcome, PoliciesError, Promotion};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::http_admin_policies_values::EstimateView;
use crate::json::JsonObject;
use crate::problem::Problem;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/policies/promote";

/// What is asked for.
#[derive(ToSchema)]
#[schema(example = json!({ "policy": "initial", "canary": 0.1, "tolerance": 0.01, "force": false }))]
#[allow(dead_code, reason = "it documents the body, which is read field by field")]
pub(crate) struct PromotionRequest {
    /// A learner's line, a pinned candidate, or `initial`.
    #[schema(min_length = 1, max_length = 75)]
    policy: String,
    /// The share of the recommendations that it makes beside what serves; without it, it makes them all.
    #[schema(minimum = 0.001, maximum = 0.5)]
    canary: Option<f64>,
    /// How far the lower end of its value's 95 % interval may lie below the value of what serves, in reward a click; 0.01
    /// without it.
    #[schema(minimum = 0, maximum = 0.9)]
    tolerance: Option<f64>,
    /// Whether it serves whatever the clicks say. Should it earn measurably less than the initial policy, it is taken back
    /// all the same.
    force: Option<bool>,
}

/// A policy that serves now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "promoted": true, "policy": "candidate.0f3a9c2b7d51", "canary": 0.1, "serving": "live",
    "told": "candidate.0f3a9c2b7d51 is worth -0.200 (-0.221 to -0.181), live -0.212 (-0.231 to -0.196), over …",
    "gate": {
        "clicks": 4200, "tolerance": 0.01, "why": null,
        "candidate": { "snips": { "value": -0.2, "low": -0.221, "high": -0.181 }, "effective_clicks": 612.0, "largest_weight": 0.004 },
        "served": { "snips": { "value": -0.212, "low": -0.231, "high": -0.196 }, "effective_clicks": 812.4, "largest_weight": 0.0021 }
    }
}))]
pub(crate) struct PromotionView {
    promoted: bool,
    /// The policy that was asked for.
    policy: String,
    /// Its share, where it is on trial.
    canary: Option<f64>,
    /// What makes the other recommendations.
    serving: String,
    /// What the clicks say, in words; null where nothing was asked of it.
    told: Option<String>,
    /// The same in numbers.
    gate: Option<GateView>,
}

/// What the clicks say of a policy beside what served.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GateView {
    /// Clicks that both are judged by; null where they say nothing.
    clicks: Option<usize>,
    tolerance: f64,
    /// Why they say nothing.
    why: Option<String>,
    candidate: Option<WorthView>,
    served: Option<WorthView>,
}

/// What one of them is worth.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorthView {
    snips: EstimateView,
    /// So many clicks of its own would tell as much.
    effective_clicks: f64,
    /// Largest weight of one click, as a share of all.
    largest_weight: f64,
}

/// Makes a policy serve, or a share of the recommendations, if the newest clicks show that it is no worse than what serves.
#[utoipa::path(post, path = "/api/v1/admin/policies/promote", operation_id = "promotePolicy",
    security(("operator" = [])), request_body = PromotionRequest, responses(
    (status = 200, body = PromotionView, description = "it serves"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "no such policy"),
    (status = 409, body = Problem, content_type = "application/problem+json",
        description = "refused: the clicks do not show it to be good enough, or something else was decided meanwhile"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "a share or tolerance that cannot be"),
))]
pub(crate) async fn promote(
    State(app): State<Arc<App>>,
    mut body: JsonObject,
) -> Result<Json<PromotionView>, Problem> {
    let policy: String = body.take("policy")?;
    let usual = Conditions::default();
    let conditions = Conditions {
        canary: body.take_if_there("canary")?,
        tolerance: body.take_if_there("tolerance")?.unwrap_or(usual.tolerance),
        force: body.take_if_there("force")?.unwrap_or(usual.force),
    };
    conditions.check().map_err(problem)?;
    let candidate = Candidate::named(&app.bus, &policy).await.map_err(problem)?;
    let promotion = Promotion::of(&app.bus, candidate, conditions).await.map_err(problem)?;
    let (promotion, gate) = if promotion.needs_proof() {
        let judge = move |clicks: &RecentClicks| {
            let gate = promotion.judge(clicks.sequenced());
            (promotion, Some(gate))
        };
        app.judging.by_clicks(&app.bus, judge).await?
    } else {
        (promotion, None)
    };
    let outcome = promotion.settle(&app.bus, gate).await.map_err(problem)?;
    let Outcome { promoted, policy, served, gate, told } = outcome;
    if !promoted {
        let told = told.map_or_else(String::new, |told| format!("{told}; "));
        let asked = format!("it is not shown to be within {} of what serves", conditions.tolerance);
        let detail = format!("{told}{asked}: try it as a canary, wait for more clicks, or force it");
        return Err(Problem::conflict(detail));
    }
    tracing::info!(policy, canary = ?conditions.canary, forced = conditions.force, "an operator promoted a policy");
    let serving = if conditions.canary.is_some() { served } else { policy.clone() };
    let gate = gate.map(GateView::of);
    Ok(Json(PromotionView { promoted, policy, canary: conditions.canary, serving, told, gate }))
}

fn problem(error: PoliciesError) -> Problem {
    match error {
        PoliciesError::OutOfRange { name, .. } => Problem::of(&error).field(name),
        PoliciesError::NoPolicy(_) => Problem::of(&error).field("policy"),
        error => Problem::of(&error),
    }
}

impl GateView {
    fn of(gate: Gate) -> Self {
        let Gate { comparison, tolerance, .. } = gate;
        match comparison {
            Ok(Comparison { clicks, candidate, live, .. }) => Self {
                clicks: Some(clicks),
                tolerance,
                why: None,
                candidate: Some(WorthView::of(&candidate)),
                served: Some(WorthView::of(&live)),
            },
            Err(why) => {
                Self { clicks: None, tolerance, why: Some(why.to_string()), candidate: None, served: None }
            }
        }
    }
}

impl WorthView {
    fn of(value: &PolicyValue) -> Self {
        let PolicyValue { snips, effective_clicks, largest_weight, .. } = *value;
        Self { snips: EstimateView::of(snips), effective_clicks, largest_weight }
    }
}
