//! `POST /api/v1/admin/people/{person}/erase`, and `GET …/erasure`: somebody withdraws, and how far that is.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use domain::erasure::missing;
use domain::{Hex, PersonId};
use proto::v1;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::http_admin_person::named;
use crate::json::JsonObject;
use crate::problem::Problem;
use crate::rfc3339::rfc3339;

/// Where somebody is erased.
pub(crate) const ERASE: &str = "/api/v1/admin/people/{person}/erase";
/// Where it is told how far that is.
pub(crate) const ERASURE: &str = "/api/v1/admin/people/{person}/erasure";

/// The word of whoever erases somebody.
#[derive(ToSchema)]
#[schema(example = json!({"confirm": "ada"}))]
#[allow(dead_code, reason = "it documents the body, which is read field by field")]
pub(crate) struct Erase {
    /// The person's id once more: it cannot be undone.
    confirm: String,
}

/// How far an erasure is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "person": "ada", "withdrawn_at": "2026-02-01T12:00:00.123Z", "done": true, "missing": [],
    "pending": [],
    "answers": [{"service": "gateway", "erased_at": "2026-02-01T12:00:00.223Z",
        "removed": [{"what": "slates in redis", "count": 2}]}],
    "receipt": {"signed_at": "2026-02-01T12:00:01.123Z", "genuine": true, "statement": "0a03616461",
        "public_key": "d7", "signature": "6b"}
}))]
pub(crate) struct Erasure {
    person: String,
    /// When they withdrew, RFC 3339.
    #[schema(value_type = String, format = DateTime)]
    withdrawn_at: String,
    /// Whether everyone has answered and the receipt is signed.
    done: bool,
    /// Services that have not answered yet.
    missing: Vec<&'static str>,
    /// Brokers that keep copies and are away or behind, once every service has answered: the receipt waits for them.
    pending: BTreeSet<String>,
    /// What each service removed.
    answers: Vec<Answer>,
    /// What stays.
    receipt: Option<ReceiptView>,
}

/// What a service removed.
#[derive(Debug, Serialize, ToSchema)]
struct Answer {
    service: String,
    /// RFC 3339.
    #[schema(value_type = String, format = DateTime)]
    erased_at: String,
    removed: Vec<RemovedThings>,
}

/// So many of what.
#[derive(Debug, Serialize, ToSchema)]
struct RemovedThings {
    what: String,
    count: u64,
}

/// The signed statement that it was done.
#[derive(Debug, Serialize, ToSchema)]
struct ReceiptView {
    /// RFC 3339.
    #[schema(value_type = String, format = DateTime)]
    signed_at: String,
    /// Whether it was signed by the key that it names.
    genuine: bool,
    /// The statement as it was signed, the key and the signature (Ed25519), in hex.
    statement: String,
    public_key: String,
    signature: String,
}

/// Tells everyone that somebody withdrew, as `avzeus erase` does; under way already, it changes nothing.
#[utoipa::path(post, path = "/api/v1/admin/people/{person}/erase", operation_id = "erase",
    params(("person" = String, Path, pattern = "^[a-z0-9-]{1,64}$", example = "ada")), request_body = Erase,
    security(("operator" = [])), responses(
    (status = 202, body = Erasure, description = "services are at it; …/erasure tells how far they are"),
    (status = 404, body = Problem, content_type = "application/problem+json",
        description = "nothing is kept of anybody of that id; the nearest ids are named"),
    (status = 422, body = Problem, content_type = "application/problem+json",
        description = "what was typed is not their id"),
))]
pub(crate) async fn erase(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    mut body: JsonObject,
) -> Result<(StatusCode, Json<Erasure>), Problem> {
    let person = named(path)?;
    let confirm: String = body.take("confirm")?;
    if confirm != person.as_str() {
        let detail = "confirm must be the id of the person who is erased";
        return Err(Problem::bad_input(detail).field("confirm"));
    }
    if !app.bus.knows(&person).await.map_err(|e| Problem::of(&e))? {
        let nearest = app.bus.nearest_ids(&person).await.map_err(|e| Problem::of(&e))?;
        let question = domain::id::question(&nearest);
        return Err(Problem::not_found(format!(
            "nothing is kept of anybody of that id and nothing was erased{question}"
        )));
    }
    app.bus.withdraw(&person).await.map_err(|e| Problem::of(&e))?;
    Ok((StatusCode::ACCEPTED, Json(erasure(&app, &person).await?)))
}

/// How far somebody's last erasure is, and its receipt.
#[utoipa::path(get, path = "/api/v1/admin/people/{person}/erasure", operation_id = "erasure",
    params(("person" = String, Path, pattern = "^[a-z0-9-]{1,64}$", example = "ada")), security(("operator" = [])), responses(
    (status = 200, body = Erasure, description = "how far it is"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "they never withdrew"),
))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Erasure>, Problem> {
    Ok(Json(erasure(&app, &named(path)?).await?))
}

async fn erasure(app: &App, person: &PersonId) -> Result<Erasure, Problem> {
    let withdrawn = app.bus.withdrawal(person).await.map_err(|e| Problem::of(&e))?;
    let withdrawn = withdrawn.ok_or_else(|| Problem::not_found("nobody of that id withdrew"))?;
    let receipt = withdrawn.receipts.last().filter(|_| !withdrawn.is_open());
    let signed = receipt.map(|receipt| Ok((receipt, receipt.statement()?))).transpose();
    let signed = signed.map_err(|e: proto::Malformed| Problem::bug(e))?;
    let answers = match &signed {
        Some((_, statement)) => statement.answers.clone(),
        None => app.bus.answers(&withdrawn).await.map_err(|e| Problem::of(&e))?,
    };
    let missing = match signed {
        Some(_) => Vec::new(),
        None => missing(answers.iter().map(|answer| answer.service.as_str())),
    };
    let pending = match &signed {
        None if missing.is_empty() => app.bus.absent_brokers().await.map_err(|e| Problem::of(&e))?,
        _ => BTreeSet::new(),
    };
    Ok(Erasure {
        withdrawn_at: rfc3339(withdrawn.withdrawn_at_ms),
        person: withdrawn.person,
        done: signed.is_some(),
        missing,
        pending,
        answers: answers.into_iter().map(Answer::from).collect(),
        receipt: signed.map(|(receipt, statement)| ReceiptView {
            signed_at: rfc3339(statement.signed_at_ms),
            genuine: receipt.is_genuine(),
            statement: Hex(&receipt.statement).to_string(),
            public_key: Hex(&receipt.public_key).to_string(),
            signature: Hex(&receipt.signature).to_string(),
        }),
    })
}

impl From<v1::PersonErased> for Answer {
    fn from(answer: v1::PersonErased) -> Self {
        let removed = answer.removed.into_iter();
        Self {
            service: answer.service,
            erased_at: rfc3339(answer.erased_at_ms),
            removed: removed.map(|v1::Removed { what, count }| RemovedThings { what, count }).collect(),
        }
    }
}
