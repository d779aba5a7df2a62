//! Headers of every answer: what a browser may do with it.

use axum::http::{HeaderValue, header};
use axum::response::Response;

/// Only what the page itself brings may run or be shown, and no script within a document; `blob:` is a photo
/// before it is sent, and the camera's picture.
const CONTENT_SECURITY: &str = "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; \
    object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const SECURITY: [(&str, &str); 6] = [
    ("content-security-policy", CONTENT_SECURITY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    (
        "permissions-policy",
        "camera=(self), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Puts them on.
pub(crate) async fn secured(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in SECURITY {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // An answer is as of now, unless its route says otherwise.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
