//! `GET /admin` and `GET /admin/assets/{name}`: the operators' console. It holds no secret: what it asks for is behind
//! the door.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::built_in::{CONSOLE, missing};
use crate::problem::Problem;

/// The console.
pub(crate) async fn index(headers: HeaderMap) -> Result<Response, Problem> {
    CONSOLE.file("index.html", &headers)
}

/// One of its files.
pub(crate) async fn asset(
    name: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(name) = name.map_err(|_| missing())?;
    CONSOLE.file(&name, &headers)
}
