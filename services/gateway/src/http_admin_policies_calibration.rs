//! `GET /api/v1/admin/policies/calibration`: whether ranks are clicked as often as scores say.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::SLATE;
use domain::examination::{Calibration, RankClicks};
use policies::clicks::RecentClicks;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::problem::Problem;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/policies/calibration";

/// Ranks with their clicks, and what was expected of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "clicks": 2100, "learned_from": 2100, "score_weight": 3.1, "why": null,
    "ranks": [{ "rank": 1, "clicked": 702, "expected": 688.1, "low": 648.2, "high": 728.0, "examination": 1.0 }]
}))]
pub(crate) struct CalibrationView {
    /// Clicks that are counted below: every second one of the newest, or all where nothing is predicted.
    clicks: usize,
    /// The other ones, which the prediction was made from.
    learned_from: usize,
    /// How much a point of score counts for whom people click; 0: it says nothing.
    score_weight: Option<f64>,
    /// Why nothing is predicted; null where it is.
    why: Option<String>,
    /// From the first rank to the last.
    ranks: Vec<RankView>,
}

/// One rank.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RankView {
    /// 1-based place on the slate.
    rank: usize,
    /// Clicks on it.
    clicked: usize,
    /// Clicks that examination and scores predict.
    expected: Option<f64>,
    /// Ends of the 95 % interval that they should lie in.
    low: Option<f64>,
    high: Option<f64>,
    /// How likely it is looked at, beside the first.
    examination: Option<f64>,
}

/// How often each rank was clicked, against what examination and the policy's scores predict.
#[utoipa::path(get, path = "/api/v1/admin/policies/calibration", operation_id = "clickCalibration",
    security(("operator" = [])), responses((status = 200, body = CalibrationView, description = "clicks by rank")))]
pub(crate) async fn show(State(app): State<Arc<App>>) -> Result<Json<CalibrationView>, Problem> {
    Ok(Json(app.judging.by_clicks(&app.bus, judged).await?))
}

fn judged(clicks: &RecentClicks) -> CalibrationView {
    match clicks.calibration() {
        Ok(calibration) => CalibrationView::of(&calibration),
        Err(why) => CalibrationView::counted(clicks, why.to_string()),
    }
}

impl CalibrationView {
    fn of(calibration: &Calibration) -> Self {
        let examination = calibration.examination.probabilities();
        let rank = |(place, rank): (usize, &RankClicks)| {
            let RankClicks { clicked, expected, deviation } = *rank;
            RankView {
                rank: place + 1,
                clicked,
                expected: Some(expected),
                low: Some((expected - 1.96 * deviation).max(0.0)),
                high: Some(expected + 1.96 * deviation),
                examination: Some(examination[place]),
            }
        };
        Self {
            clicks: calibration.held_against,
            learned_from: calibration.learned_from,
            score_weight: Some(calibration.score_weight),
            why: None,
            ranks: calibration.ranks.iter().enumerate().map(rank).collect(),
        }
    }

    fn counted(clicks: &RecentClicks, why: String) -> Self {
        let rank = |place: usize| RankView {
            rank: place + 1,
            clicked: clicks.iter().filter(|click| click.choice.clicked == place).count(),
            expected: None,
            low: None,
            high: None,
            examination: None,
        };
        Self {
            clicks: clicks.iter().len(),
            learned_from: 0,
            score_weight: None,
            why: Some(why),
            ranks: (0..SLATE).map(rank).collect(),
        }
    }
}
