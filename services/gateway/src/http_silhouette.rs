//! `GET /media/silhouette.svg`: the picture of people who are in the catalogue without one.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Where it is.
pub(crate) const PATH: &str = "/media/silhouette.svg";

/// A day: it is the same for everyone, and says nothing of anybody.
const CACHE: &str = "public, max-age=86400";

const SVG: &str = include_str!("silhouette.svg");

/// Head and shoulders of nobody.
#[utoipa::path(get, path = "/media/silhouette.svg", operation_id = "silhouette", responses(
    (status = 200, content_type = "image/svg+xml", description = "a neutral silhouette"),
))]
pub(crate) async fn show() -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, CACHE)], SVG).into_response()
}
