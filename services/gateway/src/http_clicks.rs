//! `POST /api/v1/clicks`: the one signal that learning has.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bus::{BusError, Entry, Subject};
use domain::PersonId;
use proto::convert::impression::RecordedClick;
use proto::v1;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

use crate::app::App;
use crate::json::JsonObject;
use crate::metrics;
use crate::problem::Problem;

/// What is told.
#[derive(ToSchema)]
#[schema(example = json!({"recommendation_id": "019c1a2b3c4d7e8f9a0b1c2d3e4f5061", "person_id": "ada"}))]
#[allow(dead_code, reason = "it documents the body, which is read field by field")]
pub(crate) struct ClickRequest {
    /// The slate.
    recommendation_id: String,
    /// Who on it was clicked.
    person_id: String,
}

/// What the first click on a slate earned.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"rank": 3, "reward": -0.2}))]
pub(crate) struct ClickAnswer {
    /// True when this click came after the first, whose figures these are.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    duplicate: bool,
    /// 1-based place on the slate.
    rank: u32,
    /// (1 − rank)/10.
    reward: f32,
}

/// Records the first click on a slate. It is acknowledged once the broker has stored it, and then
/// learned from exactly once; a second one changes nothing. So it is safe to send again as it is, without an
/// Idempotency-Key: the slate is the key.
#[utoipa::path(post, path = "/api/v1/clicks", operation_id = "click", request_body = ClickRequest, responses(
    (status = 202, body = ClickAnswer, description = "stored"),
    (status = 200, body = ClickAnswer, description = "a duplicate: the figures are the first click's"),
    (status = 400, body = Problem, content_type = "application/problem+json", description = "no such JSON"),
    (status = 404, body = Problem, content_type = "application/problem+json",
        description = "unknown or expired recommendation"),
    (status = 422, body = Problem, content_type = "application/problem+json",
        description = "the person is not on that slate"),
    (status = 503, body = Problem, content_type = "application/problem+json", description = "not stored; again"),
))]
pub(crate) async fn record(State(app): State<Arc<App>>, mut body: JsonObject) -> Result<Response, Problem> {
    let recommendation: String = body.take("recommendation_id")?;
    let person: String = body.take("person_id")?;
    let impression = app.impressions.find(&recommendation).await?;
    let off_slate = || {
        let detail = format!("person {person:?} is not on the slate of that recommendation");
        Problem::bad_input(detail).field("person_id")
    };
    let person = PersonId::new(&person).map_err(|_| off_slate())?;
    let alias =
        app.consents.alias(&person, &app.bus).await.map_err(|e| Problem::of(&e))?.ok_or_else(off_slate)?;
    let click = impression.click_on(&alias).ok_or_else(off_slate)?;
    // Another machine made the slate, and its clock may be ahead: no click is recorded as older than what was clicked.
    let clicked_at_ms = runtime::now_ms().max(impression.made_at_ms);
    let ours = RecordedClick { impression, alias, click, clicked_at_ms };
    let ours = v1::ClickRecorded::from(&ours);

    let subject = Subject::ClickRecorded(&recommendation);
    match app.bus.publish_first(subject, &ours).await {
        Ok(_) => Ok(stored(&ours)),
        Err(BusError::Taken { .. }) => match read(app.bus.taken(subject).await)? {
            Some(first) => Ok(duplicate(&first)),
            None => Err(not_stored("the first click on this slate is not to be found now")),
        },
        // No word from the broker: it may have stored the click all the same.
        Err(BusError::Failed { why, .. }) => match read(app.bus.last(subject).await)? {
            Some(first) if first == ours => Ok(stored(&ours)),
            Some(first) => Ok(duplicate(&first)),
            None => Err(not_stored(&why)),
        },
        Err(error) => Err(Problem::of(&error)),
    }
}

/// The click that the broker holds, if it holds one.
fn read(
    found: Result<Option<Entry<v1::ClickRecorded>>, BusError>,
) -> Result<Option<v1::ClickRecorded>, Problem> {
    match found {
        Ok(None) => Ok(None),
        Ok(Some(entry)) => entry.message.map(Some).map_err(Problem::bug),
        Err(error) => Err(Problem::of(&error)),
    }
}

fn stored(click: &v1::ClickRecorded) -> Response {
    metrics::click_recorded();
    let answer = ClickAnswer { duplicate: false, rank: click.rank, reward: click.reward };
    (StatusCode::ACCEPTED, Json(answer)).into_response()
}

fn duplicate(first: &v1::ClickRecorded) -> Response {
    metrics::click_duplicate();
    Json(ClickAnswer { duplicate: true, rank: first.rank, reward: first.reward }).into_response()
}

fn not_stored(why: &str) -> Problem {
    Problem::unavailable(format!("the click is not stored: {why}; send it again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reward_prints_as_short_as_it_is() {
        for rank in 1..=10u32 {
            let reward = domain::reward::of_rank(rank as usize).unwrap();
            let text = serde_json::to_string(&ClickAnswer { duplicate: false, rank, reward }).unwrap();
            let tenths = if rank == 1 { "0.0".to_owned() } else { format!("-0.{}", rank - 1) };
            assert_eq!(text, format!(r#"{{"rank":{rank},"reward":{tenths}}}"#));
        }
        let again = ClickAnswer { duplicate: true, rank: 3, reward: -0.2 };
        assert_eq!(serde_json::to_string(&again).unwrap(), r#"{"duplicate":true,"rank":3,"reward":-0.2}"#);
    }
}
