//! `GET`, `DELETE /api/v1/admin/dead-letters/{sequence}` and `POST …/retry`: one dead letter, read, dropped, tried again.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bus::{OpenedLetter, Retried, Stream};
use domain::Hex;
use proto::convert::decode;
use proto::{Message, v1};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::App;
use crate::http_admin_dead_letters::{DeadLetter, LAST_CURSOR, told};
use crate::problem::Problem;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/dead-letters/{sequence}";
pub(crate) const RETRY: &str = "/api/v1/admin/dead-letters/{sequence}/retry";

/// Bytes that are shown of what is no message of ours.
const SHOWN: usize = 4096;

/// A dead letter with all that it says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "sequence": 7, "subject": "crop.stored.ada.00000000000000000000000000000000", "class": "bad_input",
    "reason": "the crop is not readable as a picture", "at": "2026-02-01T12:00:00.123Z", "bytes": 412,
    "headers": { "Avzeus-Class": "bad_input", "Avzeus-Reason": "the crop is not readable as a picture" },
    "kind": "CropStored", "message": { "person": "ada", "crop": "00000000000000000000000000000000" }, "hex": null
}))]
pub(crate) struct DeadLetterRead {
    #[serde(flatten)]
    letter: DeadLetter,
    /// What it came with.
    headers: BTreeMap<String, String>,
    /// Which message of ours it is; null where it is none.
    kind: Option<&'static str>,
    /// What it says, with the names of the `.proto`.
    #[schema(value_type = Option<Object>)]
    message: Option<Value>,
    /// Where it is no message of ours, its first 4096 bytes in hexadecimal digits.
    hex: Option<String>,
}

/// What came of a retry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({ "outcome": "published" }))]
pub(crate) struct RetryView {
    outcome: RetryOutcome,
}

/// Either way the dead letter is gone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RetryOutcome {
    /// It was published under its subject again.
    Published,
    /// Its stream has it already, and takes it once.
    AlreadyThere,
}

/// All of a dead letter.
#[utoipa::path(get, path = "/api/v1/admin/dead-letters/{sequence}", operation_id = "deadLetter",
    params(("sequence" = u64, Path, minimum = 1, maximum = 9007199254740991i64, example = 7)),
    security(("operator" = [])), responses(
    (status = 200, body = DeadLetterRead, description = "the dead letter, read"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "no such dead letter"),
))]
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    sequence: Result<Path<u64>, PathRejection>,
) -> Result<Json<DeadLetterRead>, Problem> {
    let opened = app.bus.open_dead_letter(place(sequence)?).await.map_err(|e| Problem::of(&e))?;
    Ok(Json(DeadLetterRead::of(opened.ok_or_else(missing)?)))
}

/// Publishes a dead letter again under its subject, then drops it.
#[utoipa::path(post, path = "/api/v1/admin/dead-letters/{sequence}/retry", operation_id = "retryDeadLetter",
    params(("sequence" = u64, Path, minimum = 1, maximum = 9007199254740991i64, example = 7)),
    security(("operator" = [])), responses(
    (status = 200, body = RetryView, description = "what became of it"),
    (status = 404, body = Problem, content_type = "application/problem+json",
        description = "no such dead letter, or no longer"),
    (status = 409, body = Problem, content_type = "application/problem+json",
        description = "it would only come back, or something newer has taken its place: it can be dropped"),
))]
pub(crate) async fn retry(
    State(app): State<Arc<App>>,
    sequence: Result<Path<u64>, PathRejection>,
) -> Result<Json<RetryView>, Problem> {
    let retried = app.bus.retry_dead_letter(place(sequence)?).await.map_err(|e| Problem::of(&e))?;
    let outcome = match retried.ok_or_else(missing)? {
        Retried::Published => RetryOutcome::Published,
        Retried::AlreadyThere => RetryOutcome::AlreadyThere,
    };
    tracing::info!(?outcome, "an operator retried a dead letter");
    Ok(Json(RetryView { outcome }))
}

/// Drops a dead letter: no byte of it stays.
#[utoipa::path(delete, path = "/api/v1/admin/dead-letters/{sequence}", operation_id = "dropDeadLetter",
    params(("sequence" = u64, Path, minimum = 1, maximum = 9007199254740991i64, example = 7)),
    security(("operator" = [])), responses(
    (status = 204, description = "it is gone"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "it was not there"),
))]
pub(crate) async fn drop_one(
    State(app): State<Arc<App>>,
    sequence: Result<Path<u64>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let dropped = app.bus.drop_dead_letter(place(sequence)?).await.map_err(|e| Problem::of(&e))?;
    if !dropped {
        return Err(missing());
    }
    tracing::info!("an operator dropped a dead letter");
    Ok(StatusCode::NO_CONTENT)
}

fn place(sequence: Result<Path<u64>, PathRejection>) -> Result<u64, Problem> {
    let sequence = sequence.map(|Path(sequence)| sequence).map_err(|_| missing())?;
    if (1..=LAST_CURSOR).contains(&sequence) { Ok(sequence) } else { Err(missing()) }
}

fn missing() -> Problem {
    Problem::not_found("there is no such dead letter; it may have been retried or dropped")
}

impl DeadLetterRead {
    fn of(opened: OpenedLetter) -> Self {
        let OpenedLetter { letter, headers, payload } = opened;
        let (kind, message) = decoded(&letter.subject, &payload).unzip();
        let hex = message.is_none().then(|| Hex(&payload[..payload.len().min(SHOWN)]).to_string());
        Self { letter: told(letter), headers: headers.into_iter().collect(), kind, message, hex }
    }
}

/// The message that stands under `subject`, if `payload` is one.
fn decoded(subject: &str, payload: &[u8]) -> Option<(&'static str, Value)> {
    fn json<M: Message + Default + Serialize>(
        kind: &'static str,
        payload: &[u8],
    ) -> Option<(&'static str, Value)> {
        Some((kind, serde_json::to_value(decode::<M>(kind, payload).ok()?).ok()?))
    }
    match Stream::of_subject(subject)? {
        Stream::CropsStored => json::<v1::CropStored>("CropStored", payload),
        Stream::CropsEmbedded => json::<v1::CropEmbedded>("CropEmbedded", payload),
        Stream::VectorsImported => json::<v1::VectorImported>("VectorImported", payload),
        Stream::Catalogues => json::<v1::CataloguePublished>("CataloguePublished", payload),
        Stream::Recommendations => json::<v1::Impression>("Impression", payload),
        Stream::Clicks => json::<v1::ClickRecorded>("ClickRecorded", payload),
        Stream::Withdrawals => json::<v1::PersonWithdrawn>("PersonWithdrawn", payload),
        Stream::Erasures => json::<v1::PersonErased>("PersonErased", payload),
        Stream::DeadLetters => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(subject: &str, payload: Vec<u8>) -> Value {
        let letter = bus::DeadLetter {
            sequence: 7,
            subject: subject.into(),
            class: "bad_input".into(),
            reason: "why".into(),
            at_ms: 0,
            bytes: payload.len(),
        };
        let headers = vec![("Avzeus-Class".to_owned(), "bad_input".to_owned())];
        serde_json::to_value(DeadLetterRead::of(OpenedLetter { letter, headers, payload: payload.into() }))
            .unwrap()
    }

    #[test]
    fn a_message_of_ours_is_told_by_its_names_and_anything_else_by_its_bytes() {
        let crop = v1::CropStored { person: "ada".into(), source_sha256: vec![0, 255], ..Default::default() };
        let told = opened("crop.stored.ada.0f", crop.encode_to_vec());
        assert_eq!((&told["kind"], &told["hex"]), (&"CropStored".into(), &Value::Null));
        assert_eq!(
            (&told["message"]["person"], &told["message"]["source_sha256"]),
            (&"ada".into(), &"00ff".into())
        );
        assert_eq!((&told["sequence"], &told["headers"]["Avzeus-Class"]), (&7.into(), &"bad_input".into()));
        for (subject, payload) in [("crop.stored.ada.0f", vec![255; 5000]), ("elsewhere", vec![255])] {
            let shown = 2 * payload.len().min(SHOWN);
            let told = opened(subject, payload);
            assert_eq!((&told["kind"], &told["message"]), (&Value::Null, &Value::Null));
            assert_eq!(told["hex"].as_str().unwrap().len(), shown);
        }
    }
}
