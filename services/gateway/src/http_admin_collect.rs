//! `POST /api/v1/admin/collect`: people who are enrolled, once more from their sources.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use proto::v1::CollectRequest;
use utoipa::ToSchema;

use crate::app::App;
use crate::collecting::{self, CollectLine};
use crate::json::JsonObject;
use crate::problem::Problem;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/collect";

/// What is collected.
#[derive(ToSchema)]
#[schema(example = json!({"people": ["ada"], "photos": "", "again": false}))]
#[allow(dead_code, reason = "it documents the body, which is read field by field")]
pub(crate) struct Collection {
    /// Ids; none means everyone on the roster.
    people: Vec<String>,
    /// Folder on the collector's machine that holds `<person>/<picture>`; empty where there is none.
    photos: String,
    /// Pictures that gave no crop before are looked at once more.
    again: bool,
}

/// Collects people from their sources: only what is left. The answer is told as it goes, one JSON value a line. Whoever hangs
/// up ends it; the same again goes on from there.
#[utoipa::path(post, path = "/api/v1/admin/collect", operation_id = "collect", request_body = Collection,
    security(("operator" = [])), responses(
    (status = 200, body = CollectLine, content_type = "application/x-ndjson", description = "one such value a line"),
    (status = 409, body = Problem, content_type = "application/problem+json",
        description = "a roster is being imported or collected"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "no such folder"),
))]
pub(crate) async fn collect(State(app): State<Arc<App>>, mut body: JsonObject) -> Result<Response, Problem> {
    let request = CollectRequest {
        people: body.take("people")?,
        photos: body.take("photos")?,
        again: body.take("again")?,
    };
    let messages = app.collector.clone().collect(request).await;
    let messages = messages.map_err(|status| Problem::of_peer(collecting::WHO, &status))?;
    Ok(collecting::told(messages.into_inner(), Vec::new(), app.shutdown.clone()))
}
