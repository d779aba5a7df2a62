//! `GET /api` and `GET /api/assets/{name}`: the contract to be read by people. Its script reads /api/openapi.json, and nothing
//! of any other site.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::built_in::{API_PAGE, missing};
use crate::problem::Problem;

/// The page.
pub(crate) async fn index(headers: HeaderMap) -> Result<Response, Problem> {
    API_PAGE.file("index.html", &headers)
}

/// One of its files.
pub(crate) async fn asset(
    name: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(name) = name.map_err(|_| missing())?;
    API_PAGE.file(&name, &headers)
}
