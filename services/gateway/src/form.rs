//! A body that is multipart/form-data, part by part.

use std::sync::Arc;

use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;

use crate::app::App;
use crate::json::too_large;
use crate::problem::Problem;

/// Its media type.
pub(crate) const MEDIA_TYPE: &str = "multipart/form-data";

/// Returns the parts of `request`.
///
/// # Errors
/// When it does not say where its parts end.
pub(crate) async fn parts(request: Request, app: &Arc<App>) -> Result<Multipart, Problem> {
    let parts = Multipart::from_request(request, app).await;
    parts.map_err(|rejection| Problem::bad_request(rejection.body_text()))
}

/// Returns what is wrong with a body of which `most` bytes are taken in; where it has more, `large` is the field at fault.
pub(crate) fn broken(most: usize, large: Option<&'static str>, error: &MultipartError) -> Problem {
    match (error.status(), large) {
        (StatusCode::PAYLOAD_TOO_LARGE, Some(field)) => too_large(most).field(field),
        (StatusCode::PAYLOAD_TOO_LARGE, None) => too_large(most),
        _ => Problem::bad_request(format!("the body is no multipart/form-data: {}", error.body_text())),
    }
}
