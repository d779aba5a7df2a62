//! What every answer carries: an id, and headers that say what a browser may do with it.

use axum::body::Body;
use axum::http::Request;

use super::Edge;

#[tokio::test]
async fn every_answer_carries_security_headers_and_an_id() {
    let edge = Edge::alone().await;
    for path in ["/", "/assets/page.css", "/api/v1/policy", "/api/v1/representatives", "/nothing"] {
        let answer = edge.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'self'; ") && !policy.contains("unsafe"), "{path}");
        assert!(policy.contains("frame-ancestors 'none'"));
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        assert!(answer.header("permissions-policy").starts_with("camera=(self), "));
        assert!(!answer.header("cache-control").is_empty());
        assert!(!answer.header("x-request-id").is_empty());
    }
}

#[tokio::test]
async fn an_id_that_is_one_plain_word_is_kept() {
    let edge = Edge::alone().await;
    let id = async |given: &str| {
        let request = Request::get("/api/v1/policy").header("x-request-id", given);
        edge.send(request.body(Body::empty()).unwrap()).await.header("x-request-id").to_owned()
    };
    assert_eq!(id("front-7").await, "front-7");
    assert_ne!(id("two words").await, "two words");
    assert_ne!(id(&"x".repeat(65)).await, "x".repeat(65));
    assert_ne!(id("").await, id("").await);
}

#[tokio::test]
async fn a_problem_names_the_request_that_it_answers() {
    let edge = Edge::alone().await;
    for path in ["/nothing", "/api/v1/clicks", "/api/v1/representatives", "/media/crops/p/short"] {
        let answer = edge.get(path).await;
        assert!(!answer.status.is_success());
        assert_eq!(answer.json()["request_id"], answer.header("x-request-id"), "{path}");
    }
}
