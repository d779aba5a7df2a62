//! Other sites' pages, callers who ask too often, and keys of requests.

use axum::body::Body;
use axum::http::{Method, Request};

use super::{Answer, Edge};

const SITE: &str = "https://www.example.org";

async fn from(edge: &Edge, method: Method, origin: &str) -> Answer {
    let request = Request::builder().method(method).uri("/api/v1/recommendations").header("origin", origin);
    let request = request.header("access-control-request-method", "POST");
    edge.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn without_a_setting_no_other_site_is_let_in() {
    let edge = Edge::alone().await;
    from(&edge, Method::OPTIONS, SITE).await.problem(405);
    assert_eq!(from(&edge, Method::POST, SITE).await.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_site_that_is_set_is_let_in_and_no_other() {
    let edge = Edge::with(&["--cors-origins", "https://a.example, https://www.example.org"]).await;
    let asked = from(&edge, Method::OPTIONS, SITE).await;
    assert_eq!(asked.status, 200);
    assert_eq!(asked.header("access-control-allow-origin"), SITE);
    assert_eq!(asked.header("access-control-allow-credentials"), "");
    assert!(asked.header("access-control-allow-headers").contains("idempotency-key"));
    // A page must be able to read what it did wrong.
    let refused = from(&edge, Method::POST, SITE).await;
    refused.problem(415);
    assert_eq!(refused.header("access-control-allow-origin"), SITE);
    assert!(refused.header("access-control-expose-headers").contains("x-request-id"));
    for other in ["https://example.org", "http://www.example.org", "https://www.example.org.evil", "null"] {
        let answer = from(&edge, Method::POST, other).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{other}");
    }
}

#[test]
fn an_origin_that_no_browser_sends_is_refused() {
    use crate::cors::origin;
    for good in [SITE, "http://127.0.0.1:8080", "http://[::1]:8080"] {
        assert_eq!(origin(good).unwrap(), good);
    }
    for bad in
        ["*", "null", "example.org", "https://", "https://example.org/", "https://Example.org", "ftp://x"]
    {
        assert!(origin(bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn without_redis_nobody_is_held_back_and_no_key_is_kept() {
    let (edge, _peers) = super::recommender::peopled_with(&["--client-requests-per-minute", "1"]).await;
    let ask = async || {
        let body = r#"{"catalogue_version":"held","ranking":[4,0,8,2,6]}"#;
        let request = Request::post("/api/v1/recommendations").header("content-type", "application/json");
        edge.send(request.header("idempotency-key", "k").body(Body::from(body)).unwrap()).await
    };
    for _ in 0..3 {
        let answer = ask().await;
        assert_eq!((answer.status.as_u16(), answer.header("idempotency-replayed")), (200, ""));
        assert_eq!(answer.header("ratelimit"), "");
    }
}

#[tokio::test]
async fn a_key_that_is_no_word_is_400() {
    let edge = Edge::alone().await;
    for key in ["", "two words", "a\tb", "\u{e9}", &"x".repeat(129)] {
        let request = Request::post("/api/v1/recommendations").header("content-type", "application/json");
        let request = request.header("idempotency-key", key).body(Body::from("{}")).unwrap();
        assert!(edge.send(request).await.problem(400).1.contains("idempotency-key"), "{key}");
    }
}
