//! Entity tags: a caller that holds the present version is told so instead of being sent it again.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The tag of `bytes`: the same bytes have the same tag in every gateway of one build.
pub(crate) fn of(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

/// Whether the caller holds the version tagged `tag`.
pub(crate) fn held(headers: &HeaderMap, tag: &str) -> bool {
    let named = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok());
    let mut tags = named.flat_map(|list| list.split(',')).map(|t| t.trim().trim_start_matches("W/"));
    tags.any(|named| named == tag || named == "*")
}

/// `body` of `content_type`, or 304 where `asked` holds it already; either way to be asked for again before it is
/// used again.
pub(crate) fn fresh(asked: &HeaderMap, content_type: &'static str, body: Vec<u8>) -> Response {
    let tag = of(&body);
    let mut answer = if held(asked, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, content_type)], body).into_response()
    };
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::ETAG, HeaderValue::from_str(&tag).expect("a tag is plain"));
    answer
}
