//! Other sites' pages that may call the API. Without any, browsers keep it to this gateway's own page.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower::layer::util::Identity;
use tower::util::{Either, option_layer};
use tower_http::cors::CorsLayer;

use crate::observe::REQUEST_ID;

/// How long a browser may go by one answer.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

/// An origin as browsers spell it: scheme, host and a port where it is not the scheme's own.
pub(crate) fn origin(text: &str) -> Result<HeaderValue, String> {
    let refused = || format!("{text:?} is not an origin like https://www.example.org");
    let (scheme, host) = text.split_once("://").ok_or_else(refused)?;
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:[]".contains(&b);
    if !["http", "https"].contains(&scheme) || host.is_empty() || !host.bytes().all(plain) {
        return Err(refused());
    }
    HeaderValue::from_str(text).map_err(|_| refused())
}

/// Lets `origins` in; without any it lets everything pass as it is. No cookie or password is ever sent along.
pub(crate) fn layer(origins: &[HeaderValue]) -> Either<CorsLayer, Identity> {
    let told = ["ratelimit", "ratelimit-policy", "idempotency-replayed"].map(HeaderName::from_static);
    let open = CorsLayer::new()
        .allow_origin(origins.to_vec())
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE, HeaderName::from_static("idempotency-key"), REQUEST_ID])
        .expose_headers([&[header::ETAG, header::RETRY_AFTER, REQUEST_ID][..], &told].concat())
        .max_age(REMEMBERED);
    option_layer((!origins.is_empty()).then_some(open))
}
