//! What a request that fails gets: RFC 9457 problem+json, one shape for all.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{Class, Classified};
use runtime::failure::{class_of, code_of, http_status, told};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

/// After how many seconds a bounded queue may have a place again.
const RETRY_OVERLOADED_SECONDS: u64 = 1;
/// After how many seconds something that is away may be back.
const RETRY_UNAVAILABLE_SECONDS: u64 = 2;

/// A failed request, in the words of RFC 9457. `field` names the part of the request that is at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "about:blank", "title": "Unprocessable Entity", "status": 422,
    "code": "bad_input", "detail": "ranking must name 5 groups, it names 4", "field": "ranking",
    "request_id": "019c1a2b-3c4d-7e8f-9a0b-1c2d3e4f5061"
}))]
pub(crate) struct Problem {
    /// `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A stable word for what is wrong: what programs, and pages in other languages, go by.
    #[schema(value_type = String)]
    code: Box<str>,
    /// What is wrong with which thing, and what mends it.
    #[schema(value_type = String)]
    detail: Box<str>,
    /// The field at fault, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    /// The id of the request, as in the header `x-request-id` and in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    request_id: Option<Box<str>>,
    #[serde(skip)]
    retry_after_seconds: Option<u64>,
}

impl Problem {
    /// A problem of HTTP itself; what falls into a class is made by [`Problem::of`] and its kin.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let retry_after_seconds = match status {
            StatusCode::TOO_MANY_REQUESTS => Some(RETRY_OVERLOADED_SECONDS),
            StatusCode::SERVICE_UNAVAILABLE => Some(RETRY_UNAVAILABLE_SECONDS),
            _ => None,
        };
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Failed"),
            status: status.as_u16(),
            code: word(status).into_boxed_str(),
            detail: detail.into().into_boxed_str(),
            field: None,
            request_id: None,
            retry_after_seconds,
        }
    }

    /// A body of the wrong shape.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// Well formed, and can never work.
    pub(crate) fn bad_input(detail: impl Into<String>) -> Self {
        Self::new(http_status(Class::BadInput), detail)
    }

    /// Not there, or no longer.
    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(http_status(Class::NotFound), detail)
    }

    /// Against the present state.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(http_status(Class::Conflict), detail)
    }

    /// A bounded queue is full.
    pub(crate) fn overloaded(detail: impl Into<String>) -> Self {
        Self::new(http_status(Class::Overloaded), detail)
    }

    /// Something we depend on does not answer now.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(http_status(Class::Unavailable), detail)
    }

    /// Ours: the log says what, the caller only that it is.
    pub(crate) fn bug(what: impl std::fmt::Display) -> Self {
        tracing::error!("a bug answered a request: {what}");
        let detail = "an invariant did not hold; the log says which, under this answer's x-request-id";
        Self::new(http_status(Class::Bug), detail)
    }

    /// An error by its class.
    pub(crate) fn of(error: &impl Classified) -> Self {
        match error.class() {
            Class::Bug => Self::bug(told(error)),
            class => Self::new(http_status(class), error.to_string()).code(error.code()),
        }
    }

    /// What the peer called `who` answered instead of an answer.
    pub(crate) fn of_peer(who: &str, status: &Status) -> Self {
        let told_by_peer = std::error::Error::source(status).is_none() && !status.message().is_empty();
        match class_of(status) {
            Class::Bug => Self::bug(format!("{who}: {status}")),
            Class::Unavailable if !told_by_peer => {
                tracing::debug!(who, %status, "no answer");
                Self::unavailable(format!("the {who} does not answer now; try again in a moment"))
            }
            class => Self::new(http_status(class), status.message()).code(code_of(status)),
        }
    }

    /// `response`; where it is a problem, it names the request that it answers.
    pub(crate) fn naming(mut response: Response, request_id: &str) -> Response {
        if let Some(problem) = response.extensions_mut().remove::<Self>() {
            let problem = Self { request_id: Some(request_id.into()), ..problem };
            // The length was that of the body without the id.
            response.headers_mut().remove(header::CONTENT_LENGTH);
            *response.body_mut() = problem.body();
        }
        response
    }

    fn body(&self) -> Body {
        Body::from(serde_json::to_vec(self).unwrap_or_default())
    }

    /// The same problem, to be tried again after so many seconds.
    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after_seconds: Some(seconds), ..self }
    }

    /// The same problem, under a word of its own.
    pub(crate) fn code(self, code: impl Into<String>) -> Self {
        Self { code: code.into().into_boxed_str(), ..self }
    }

    /// Whether it goes by this code.
    pub(crate) fn is(&self, code: &str) -> bool {
        *self.code == *code
    }

    /// The same problem, naming the field at fault.
    pub(crate) fn field(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }
}

/// The code of what has no better one: its class's name, or else its status in words.
fn word(status: StatusCode) -> String {
    use Class::{BadInput, Bug, Conflict, NotFound, Overloaded, Unavailable};
    let classes = [BadInput, NotFound, Conflict, Overloaded, Unavailable, Bug];
    match classes.into_iter().find(|&class| http_status(class) == status) {
        Some(class) => class.name().to_owned(),
        None => status.canonical_reason().unwrap_or("failed").to_lowercase().replace(' ', "_"),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let content_type = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, content_type, self.body()).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        // For whoever knows the request's id: see `naming`.
        response.extensions_mut().insert(self);
        response
    }
}
