//! `GET /` and `GET /assets/{name}`: the page.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::built_in::{PAGE, missing};
use crate::problem::Problem;

/// The page.
pub(crate) async fn index(headers: HeaderMap) -> Result<Response, Problem> {
    PAGE.file("index.html", &headers)
}

/// One of the page's files.
pub(crate) async fn asset(
    name: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(name) = name.map_err(|_| missing())?;
    PAGE.file(&name, &headers)
}
