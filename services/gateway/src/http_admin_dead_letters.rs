//! `GET /api/v1/admin/dead-letters`: what could not be handled, and why.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::problem::Problem;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/dead-letters";

/// 2^53 − 1: the greatest whole number that every reader of JSON keeps.
pub(crate) const LAST_CURSOR: u64 = (1 << 53) - 1;

/// Which page of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Page {
    /// `next` of the page before; without it the oldest come first.
    #[serde(default)]
    #[param(minimum = 0, maximum = 9007199254740991i64)]
    cursor: u64,
    /// How many at most, 1 to 100.
    #[serde(default = "most")]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: usize,
}

fn most() -> usize {
    20
}

/// A page of dead letters, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "dead_letters": [{
        "sequence": 7, "subject": "crop.stored.ada.00000000000000000000000000000000", "class": "bad_input",
        "reason": "the crop is not readable as a picture", "at": "2026-02-01T12:00:00.123Z", "bytes": 412
    }],
    "next": 7
}))]
pub(crate) struct DeadLetters {
    dead_letters: Vec<DeadLetter>,
    /// Cursor of the page behind this one; absent where this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

/// A message that nothing could be done with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadLetter {
    /// Its place among the dead letters.
    sequence: u64,
    /// The subject that it came under.
    subject: String,
    /// Class of the failure.
    class: String,
    /// Why nothing could be done.
    reason: String,
    /// When it was given up, RFC 3339.
    #[schema(value_type = String, format = DateTime)]
    at: String,
    /// Length of the message, in bytes.
    bytes: usize,
}

/// Messages that could not be handled, with their reasons.
#[utoipa::path(get, path = "/api/v1/admin/dead-letters", operation_id = "deadLetters", params(Page), security(("operator" = [])), responses(
    (status = 200, body = DeadLetters, description = "a page of dead letters, the oldest first"),
    (status = 400, body = Problem, content_type = "application/problem+json", description = "no such page"),
))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<DeadLetters>, Problem> {
    let Query(page) = page.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
    if page.cursor > LAST_CURSOR {
        return Err(Problem::bad_request("cursor must be next of the page before").field("cursor"));
    }
    if !(1..=100).contains(&page.limit) {
        return Err(Problem::bad_request("limit must be 1 to 100").field("limit"));
    }
    // One more than is told says whether there is another page.
    let mut letters = app.bus.dead_letters(page.cursor, page.limit + 1).await.map_err(|e| Problem::of(&e))?;
    let more = letters.len() > page.limit;
    letters.truncate(page.limit);
    let next = letters.last().filter(|_| more).map(|letter| letter.sequence);
    Ok(Json(DeadLetters { dead_letters: letters.into_iter().map(told).collect(), next }))
}

/// As it is told.
pub(crate) fn told(letter: bus::DeadLetter) -> DeadLetter {
    let bus::DeadLetter { sequence, subject, class, reason, at_ms, bytes } = letter;
    let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH).to_string();
    DeadLetter { sequence, subject, class, reason, at, bytes }
}
