//! `GET /` and `GET /assets/{name}`: the page, built into the binary.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::etag::held;
use crate::problem::Problem;

/// Name, content type and bytes of every file of the page, and the bytes made small by gzip.
pub(crate) static FILES: &[(&str, &str, &[u8], &[u8])] = include!(concat!(env!("OUT_DIR"), "/page_files.rs"));

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
    let (_, content_type, whole, small) =
        FILES.iter().find(|(known, ..)| *known == name).ok_or_else(missing)?;
    let gzip = takes_gzip(headers);
    let bytes = if gzip { *small } else { *whole };
    let tag = tag(bytes);
    let mut answer = if held(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, *content_type)], bytes).into_response()
    };
    if gzip {
        answer.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let about = [
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "accept-encoding"),
        (header::ETAG, tag.as_str()),
    ];
    Ok((about, answer).into_response())
}

/// Whether the caller says that it takes gzip, and not that it does so never (`q=0`).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let named = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|list| list.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let refused =
            |part: &str| part.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q == 0.0));
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip")) && !parts.any(refused)
    })
}

fn tag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}
