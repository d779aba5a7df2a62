//! `GET /` and `GET /assets/{name}`: the page, built into the binary.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::etag::held;
use crate::problem::Problem;

/// Name, content type and bytes of every file of the page.
pub(crate) static FILES: &[(&str, &str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page_files.rs"));

/// The page.
pub(crate) async fn index(headers: HeaderMap) -> Result<Response, Problem> {
    file("index.html", &headers)
}

/// One of the page's files.
pub(crate) async fn asset(
    name: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(name) = name.map_err(|_| missing())?;
    file(&name, &headers)
}

fn missing() -> Problem {
    Problem::not_found("the page has no such file")
}

/// A browser asks each time whether its copy is still good: the names do not change with the content.
fn file(name: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let (_, content_type, bytes) = FILES.iter().find(|(known, ..)| *known == name).ok_or_else(missing)?;
    let tag = tag(bytes);
    let answer = if held(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, *content_type)], *bytes).into_response()
    };
    Ok(([(header::CACHE_CONTROL, "no-cache"), (header::ETAG, &tag)], answer).into_response())
}

fn tag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}
