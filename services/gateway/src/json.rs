//! JSON bodies as they come from outside: read field by field, so that a wrong one is named.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

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

    /// The same for a field that may be left out or null.
    pub(crate) fn take_if_there<T: DeserializeOwned>(
        &mut self,
        field: &'static str,
    ) -> Result<Option<T>, Problem> {
        if self.0.get(field).is_none_or(Value::is_null) { Ok(None) } else { self.take(field).map(Some) }
    }
}

/// A whole number however it is spelled: to JSON, 4 and 4.0 are the same.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Number")]
pub(crate) struct Whole(pub(crate) i64);

impl TryFrom<Number> for Whole {
    type Error = String;

    fn try_from(number: Number) -> Result<Self, String> {
        // Numbers of 2^53 and more are not told apart by every reader, and none of them means anything here.
        let spelled_out =
            || number.as_f64().filter(|x| x.fract() == 0.0 && x.abs() < 2f64.powi(53)).map(|x| x as i64);
        let whole = number.as_i64().or_else(spelled_out);
        whole.map(Self).ok_or_else(|| format!("{number} is no whole number that could be meant"))
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
