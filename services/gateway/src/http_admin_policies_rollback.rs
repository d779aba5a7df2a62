//! `POST /api/v1/admin/policies/rollback`: the canary ends, or what served before serves again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use policies::{SteppedBack, roll_back};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::problem::Problem;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/policies/rollback";

/// One step back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "serving": "live", "ended": "candidate.0f3a9c2b7d51" }))]
pub(crate) struct RollbackView {
    /// What serves now.
    serving: String,
    /// What serves no longer.
    ended: String,
}

/// Ends the canary, or without one goes back to what served before: in the end, to the initial policy.
#[utoipa::path(post, path = "/api/v1/admin/policies/rollback", operation_id = "rollBackPolicy",
    security(("operator" = [])), responses((status = 200, body = RollbackView, description = "what serves now")))]
pub(crate) async fn back(State(app): State<Arc<App>>) -> Result<Json<RollbackView>, Problem> {
    let SteppedBack { serving, ended } = roll_back(&app.bus).await.map_err(|e| Problem::of(&e))?;
    tracing::info!(serving, ended, "an operator went back");
    Ok(Json(RollbackView { serving, ended }))
}
