//! JSON bodies as they come from outside: read field by field, so that a wrong one is named.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::app::App;
use crate::problem::Problem;

/// A JSON object from a request's body.
pub(crate) struct JsonObject(Map<String, Value>);

impl JsonObject {
    /// Takes `field` out as a `T`; the problem names the field when it is missing or of another shape.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, field: &'static str) -> Result<T, Problem> {
        let value = self.0.remove(field);
        let value = value.ok_or_else(|| Problem::bad_request(format!("{field} is missing")).field(field))?;
        serde_json::from_value(value).map_err(|e| Problem::bad_request(format!("{field}: {e}")).field(field))
    }
}

impl FromRequest<Arc<App>> for JsonObject {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        if media_type(request.headers()) != "application/json" {
            let detail = "the body must be JSON, with content-type: application/json";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        let body = Bytes::from_request(request, app).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(app.limits.json_bytes),
            _ => Problem::bad_request("the body ended before it was whole"),
        })?;
        match serde_json::from_slice(&body) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Problem::bad_request("the body must be a JSON object")),
            Err(error) => Err(Problem::bad_request(format!("the body is no JSON: {error}"))),
        }
    }
}

/// The answer to a body over its limit.
pub(crate) fn too_large(limit: usize) -> Problem {
    let detail = format!("the body is larger than the {limit} bytes taken here");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

/// The content type without its parameters, in lower case; empty where there is none.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
