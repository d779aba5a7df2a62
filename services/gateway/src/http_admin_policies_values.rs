//! `GET /api/v1/admin/policies/values`: what every policy is worth by the same clicks.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::evaluation::{Estimate, PolicyValue};
use policies::Earned;
use policies::values::{Valued, is_telling, lineup, valued};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::problem::Problem;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/policies/values";

/// Policies with what they are worth.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "clicks": 4200, "first_sequence": 12, "last_sequence": 4211,
    "values": [{
        "policy": "live", "version": 4180, "newest": true, "clicks_applied": 4200,
        "snips": { "value": -0.212, "low": -0.231, "high": -0.196 },
        "doubly_robust": { "value": -0.214, "low": -0.23, "high": -0.199 },
        "effective_clicks": 812.4, "largest_weight": 0.0021, "telling": true, "why": null,
        "earned": { "clicks": 901, "mean_reward": -0.219, "low": -0.236, "high": -0.202 }
    }]
}))]
pub(crate) struct PolicyValues {
    /// Clicks that they are judged by.
    clicks: usize,
    /// Sequence of the first of them; null where there is none.
    first_sequence: Option<u64>,
    /// Sequence of the last of them.
    last_sequence: Option<u64>,
    /// By name, oldest version first: every line, the newest candidates, the initial policy, and some earlier versions of
    /// what serves.
    values: Vec<ValueOfVersion>,
}

/// A version of a policy with what it is worth.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValueOfVersion {
    policy: String,
    version: u64,
    /// Whether there is none newer of its name.
    newest: bool,
    /// Clicks it has learned from.
    clicks_applied: u64,
    /// Reward of a click by self-normalised importance sampling, with its 95 % interval.
    snips: Option<EstimateView>,
    /// The same by the doubly robust estimator.
    doubly_robust: Option<EstimateView>,
    /// So many clicks of its own would tell as much.
    effective_clicks: Option<f64>,
    /// Largest weight of one click, as a share of all.
    largest_weight: Option<f64>,
    /// Whether enough clicks are about it for the interval to be trusted.
    telling: bool,
    /// Why it has no value; null where it has one.
    why: Option<String>,
    /// What was clicked on its own recommendations.
    earned: EarnedView,
}

/// A number with its 95 % interval.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EstimateView {
    value: f64,
    low: f64,
    high: f64,
}

/// What clicks earned.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EarnedView {
    clicks: u64,
    /// Mean reward; null below two clicks.
    mean_reward: Option<f64>,
    /// Ends of its 95 % interval.
    low: Option<f64>,
    high: Option<f64>,
}

/// Value by version, with 95 % intervals, judged by the newest clicks.
#[utoipa::path(get, path = "/api/v1/admin/policies/values", operation_id = "policyValues",
    security(("operator" = [])), responses((status = 200, body = PolicyValues, description = "values by version")))]
pub(crate) async fn show(State(app): State<Arc<App>>) -> Result<Json<PolicyValues>, Problem> {
    let (serving, _) = app.bus.serving().await.map_err(|e| Problem::of(&e))?;
    let lineup = lineup(&app.bus, &serving).await.map_err(|e| Problem::of(&e))?;
    let judge = move |clicks: &policies::clicks::RecentClicks| {
        let (first, last) = (clicks.iter().next(), clicks.iter().next_back());
        PolicyValues {
            clicks: clicks.iter().len(),
            first_sequence: first.map(|click| click.sequence),
            last_sequence: last.map(|click| click.sequence),
            values: valued(clicks, &lineup).into_iter().map(ValueOfVersion::of).collect(),
        }
    };
    Ok(Json(app.judging.by_clicks(&app.bus, judge).await?))
}

impl ValueOfVersion {
    fn of(valued: Valued) -> Self {
        let Valued { name, version, newest, clicks_applied, value, earned } = valued;
        let (value, why) = match value {
            Ok(value) => (Some(value), None),
            Err(why) => (None, Some(why.to_string())),
        };
        Self {
            policy: name,
            version,
            newest,
            clicks_applied,
            snips: value.map(|v| EstimateView::of(v.snips)),
            doubly_robust: value.map(|v| EstimateView::of(v.doubly_robust)),
            effective_clicks: value.map(|v| v.effective_clicks),
            largest_weight: value.map(|v: PolicyValue| v.largest_weight),
            telling: value.as_ref().is_some_and(is_telling),
            why,
            earned: EarnedView::of(&earned),
        }
    }
}

impl EstimateView {
    pub(crate) fn of(estimate: Estimate) -> Self {
        let Estimate { value, low, high } = estimate;
        Self { value, low, high }
    }
}

impl EarnedView {
    pub(crate) fn of(earned: &Earned) -> Self {
        let (mean, within) = earned.mean().unzip();
        let ends = mean.zip(within);
        Self {
            clicks: earned.clicks,
            mean_reward: mean,
            low: ends.map(|(mean, within)| mean - within),
            high: ends.map(|(mean, within)| mean + within),
        }
    }
}
