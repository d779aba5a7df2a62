//! `Idempotency-Key`: a request that is sent again under the same key gets the answer that it got, for a day.
//!
//! Without Redis a key is passed over, and a metric says so: recommending goes on.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{Hex, PersonId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{KeptAnswers, StoreError};

use crate::app::App;
use crate::away::Away;
use crate::json::too_large;
use crate::metrics;
use crate::problem::Problem;

/// What a caller names its request by.
pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// On an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

const DAY_SECONDS: u64 = 24 * 60 * 60;
/// An answer larger than this is not one of ours.
const ANSWER_BYTES: usize = 1 << 20;

/// Answers kept for their keys.
pub(crate) struct Idempotency {
    pub(crate) answers: KeptAnswers,
    pub(crate) redis: Away,
}

/// What is kept under a key.
#[derive(Serialize, Deserialize)]
struct Record {
    /// SHA-256 of the route and the body: one key is for one request.
    request: String,
    /// `None` while it is being answered.
    answer: Option<String>,
}

/// Answers from what is kept, or runs the route and keeps what it answered. Refusals are not kept: asked again, they
/// may go otherwise.
pub(crate) async fn idempotent(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let key = match key(request.headers()) {
        Ok(Some(key)) => key,
        Ok(None) => return next.run(request).await,
        Err(problem) => return problem.into_response(),
    };
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, app.limits.json_bytes).await else {
        return too_large(app.limits.json_bytes).into_response();
    };
    let record = Record { request: digest(head.uri.path(), &body), answer: None };
    let again = Request::from_parts(head, Body::from(body));
    // Longer than any request may take: a gateway that ended meanwhile holds its keys no longer.
    let reserved =
        app.idempotency.answers.reserve(&key, &encoded(&record), 2 * app.limits.request_seconds).await;
    app.idempotency.redis.tell(reserved.as_ref().err());
    match reserved {
        Err(_) => {
            metrics::key_passed_over();
            next.run(again).await
        }
        Ok(None) => answered(&app, &key, record, next.run(again).await).await,
        Ok(Some(bytes)) => match kept(&app, &record, &bytes).await {
            Ok(Some(answer)) => replayed(answer),
            // Somebody on it is shown no longer.
            Ok(None) => answered(&app, &key, record, next.run(again).await).await,
            Err(problem) => problem.into_response(),
        },
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = headers.get(KEY) else { return Ok(None) };
    let plain = |key: &&str| (1..=128).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    let refused = || Problem::bad_request("idempotency-key must be 1 to 128 letters, digits or signs");
    key.to_str().ok().filter(plain).map(|key| Some(key.to_owned())).ok_or_else(refused)
}

/// The answer in `bytes` where it may be given again; a problem where the key is another request's, or that request
/// is still being answered.
async fn kept(app: &App, ours: &Record, bytes: &[u8]) -> Result<Option<String>, Problem> {
    let record: Record = serde_json::from_slice(bytes).map_err(Problem::bug)?;
    if record.request != ours.request {
        return Err(Problem::bad_input("that idempotency-key was sent with another request; make a new one"));
    }
    let answer = record.answer.ok_or_else(|| {
        Problem::conflict(
            "the request of that idempotency-key is still being answered; try again in a moment",
        )
    })?;
    Ok(may_be_shown(app, &answer).await?.then_some(answer))
}

/// Whether everyone on a slate still consents to being shown.
async fn may_be_shown(app: &App, slate: &str) -> Result<bool, Problem> {
    let slate: KeptSlate = serde_json::from_str(slate).map_err(Problem::bug)?;
    Ok(app.consents.hidden(&slate.ids(), &app.bus).await?.is_empty())
}

/// What of a kept slate is looked at.
#[derive(Deserialize)]
struct KeptSlate {
    people: Vec<KeptPerson>,
}

#[derive(Deserialize)]
struct KeptPerson {
    id: String,
}

impl KeptSlate {
    fn ids(&self) -> Vec<&str> {
        self.people.iter().map(|person| person.id.as_str()).collect()
    }
}

impl Idempotency {
    /// Forgets every kept slate with `person` on it; returns how many there were.
    pub(crate) async fn forget_slates_of(&self, person: &PersonId) -> Result<u64, StoreError> {
        self.answers.forget_those(|bytes| is_slate_of(bytes, person)).await
    }
}

/// Whether what is kept has `person` on it; so does, to be sure, what cannot be read.
fn is_slate_of(bytes: &[u8], person: &PersonId) -> bool {
    let Ok(record) = serde_json::from_slice::<Record>(bytes) else { return true };
    let Some(answer) = record.answer else { return false };
    let slate = serde_json::from_str::<KeptSlate>(&answer);
    slate.map_or(true, |slate| slate.ids().contains(&person.as_str()))
}

/// Keeps a success under its key and frees the key of anything else.
async fn answered(app: &App, key: &str, mut record: Record, response: Response) -> Response {
    let answers = &app.idempotency.answers;
    if response.status() != StatusCode::OK {
        noted(app, answers.forget(key).await);
        return response;
    }
    let (head, body) = response.into_parts();
    let body = match to_bytes(body, ANSWER_BYTES).await {
        Ok(body) => body,
        Err(error) => return Problem::bug(error).into_response(),
    };
    let slate = String::from_utf8_lossy(&body).into_owned();
    record.answer = Some(slate.clone());
    noted(app, answers.keep(key, &encoded(&record), DAY_SECONDS).await);
    // Whoever withdrew after they were drawn was looked for before this was kept.
    if !may_be_shown(app, &slate).await.unwrap_or(false) {
        noted(app, answers.forget(key).await);
    }
    Response::from_parts(head, Body::from(body))
}

fn noted(app: &App, outcome: Result<(), StoreError>) {
    app.idempotency.redis.tell(outcome.as_ref().err());
    if outcome.is_err() {
        metrics::key_passed_over();
    }
}

fn replayed(answer: String) -> Response {
    let mut response = ([(header::CONTENT_TYPE, "application/json")], answer).into_response();
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn encoded(record: &Record) -> Vec<u8> {
    serde_json::to_vec(record).expect("text is JSON")
}

fn digest(path: &str, body: &Bytes) -> String {
    let digest = Sha256::new().chain_update(path).chain_update([0]).chain_update(body).finalize();
    Hex(&digest).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_slate_is_known_by_who_is_on_it_and_by_nothing_else() {
        let kept = |answer: Option<&str>| {
            encoded(&Record { request: "ada0".into(), answer: answer.map(str::to_owned) })
        };
        let slate = r#"{"people": [{"id": "ada", "name": "grace"}, {"id": "mary-ann"}]}"#;
        let is_of = |bytes: &[u8], id: &str| is_slate_of(bytes, &PersonId::new(id).unwrap());
        assert!(is_of(&kept(Some(slate)), "ada") && is_of(&kept(Some(slate)), "mary-ann"));
        for other in ["grace", "mary", "a", "people", "ada0"] {
            assert!(!is_of(&kept(Some(slate)), other), "{other}");
        }
        assert!(!is_of(&kept(None), "ada"), "nobody is on it yet");
        assert!(is_of(b"something else", "ada") && is_of(&kept(Some("[]")), "ada"), "rather gone than kept");
    }
}
