//! What operators ask of policies, clicks and single dead letters, while the broker is away.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, to_value};

use super::{Answer, Edge};
use crate::openapi::document;

const TOKEN: &str = "correct-horse-battery";
const PROMOTE: &str = "/api/v1/admin/policies/promote";

/// Every call of these, each with a body that it takes.
const CALLS: [(&str, &str, &str); 12] = [
    ("GET", "/api/v1/admin/policies", ""),
    ("GET", "/api/v1/admin/policies/values", ""),
    ("POST", PROMOTE, r#"{"policy":"live","canary":0.1,"tolerance":0,"force":true}"#),
    ("POST", "/api/v1/admin/policies/rollback", ""),
    ("GET", "/api/v1/admin/policies/curve", ""),
    ("GET", "/api/v1/admin/policies/weights?policy=live", ""),
    ("GET", "/api/v1/admin/policies/calibration", ""),
    ("GET", "/api/v1/admin/clicks.parquet?from=1&to=9", ""),
    ("GET", "/api/v1/admin/clicks.jsonl", ""),
    ("GET", "/api/v1/admin/dead-letters/7", ""),
    ("POST", "/api/v1/admin/dead-letters/7/retry", ""),
    ("DELETE", "/api/v1/admin/dead-letters/7", ""),
];

async fn call(edge: &Edge, method: &str, path: &str, body: &str, token: Option<&str>) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    edge.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn with_token() -> Edge {
    Edge::with(&["--admin-token", TOKEN]).await
}

#[tokio::test]
async fn every_call_is_behind_the_door_and_says_that_the_broker_is_away() {
    let (edge, alone) = (with_token().await, Edge::alone().await);
    for (method, path, body) in CALLS {
        call(&edge, method, path, body, None).await.problem(401);
        call(&edge, method, path, body, Some("a-wrong-token-of-length")).await.problem(403);
        let (_, detail) = call(&edge, method, path, body, Some(TOKEN)).await.problem(503);
        assert_eq!(detail, "the broker is not reachable", "{method} {path}");
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        alone.unchecked(request).await.problem(404);
    }
}

#[tokio::test]
async fn a_promotion_that_cannot_be_meant_is_told_which_field_is_at_fault() {
    let edge = with_token().await;
    for (body, status, field) in [
        (r#"{"canary":0.1}"#, 400, Some("policy")),
        (r#"{"policy":7}"#, 400, Some("policy")),
        (r#"{"policy":"live","canary":"much"}"#, 400, Some("canary")),
        (r#"{"policy":"live","force":"yes"}"#, 400, Some("force")),
        (r#"{"policy":"live","canary":0}"#, 422, Some("canary")),
        (r#"{"policy":"live","canary":0.51}"#, 422, Some("canary")),
        (r#"{"policy":"live","tolerance":-0.1}"#, 422, Some("tolerance")),
        (r#"{"policy":"serving"}"#, 404, Some("policy")),
        (r#"{"policy":"candidate.*"}"#, 404, Some("policy")),
        ("[]", 400, None),
        ("{", 400, None),
    ] {
        let (found, detail) = call(&edge, "POST", PROMOTE, body, Some(TOKEN)).await.problem(status);
        assert_eq!(found.as_deref(), field, "{body}: {detail}");
    }
    // Left out or null are the same, and then the broker is asked.
    for body in [r#"{"policy":"live"}"#, r#"{"policy":"live","canary":null,"tolerance":null,"force":null}"#] {
        call(&edge, "POST", PROMOTE, body, Some(TOKEN)).await.problem(503);
    }
    let plain = Request::post(PROMOTE).header("authorization", format!("Bearer {TOKEN}"));
    edge.send(plain.body(Body::from("{}")).unwrap()).await.problem(415);
}

#[tokio::test]
async fn clicks_states_and_letters_that_cannot_be_are_refused() {
    let edge = with_token().await;
    for (path, status) in [
        ("/api/v1/admin/clicks.parquet?from=0", 400),
        ("/api/v1/admin/clicks.jsonl?to=last", 400),
        ("/api/v1/admin/clicks.jsonl?page=2", 400),
        ("/api/v1/admin/policies/weights?line=live", 400),
        ("/api/v1/admin/policies/weights?policy=%3E", 404),
        ("/api/v1/admin/dead-letters/0", 404),
        ("/api/v1/admin/dead-letters/first", 404),
        ("/api/v1/admin/dead-letters/9007199254740992", 404),
    ] {
        call(&edge, "GET", path, "", Some(TOKEN)).await.problem(status);
    }
}

#[tokio::test]
async fn one_judgement_is_made_at_a_time() {
    let edge = with_token().await;
    let _under_way = edge.app.judging.hold().await;
    for path in ["values", "curve", "weights", "calibration"] {
        let path = format!("/api/v1/admin/policies/{path}");
        // Whatever needs the broker first says that it is away.
        let answer = call(&edge, "GET", &path, "", Some(TOKEN)).await;
        let expected = if path.ends_with("calibration") { 429 } else { 503 };
        answer.problem(expected);
    }
}

#[test]
fn every_answer_to_operators_has_an_example() {
    let contract = to_value(document(true)).unwrap();
    for name in [
        "Policies",
        "PolicyValues",
        "PromotionRequest",
        "PromotionView",
        "RollbackView",
        "PolicyCurve",
        "WeightsView",
        "CalibrationView",
        "DeadLetterRead",
        "RetryView",
    ] {
        assert!(contract["components"]["schemas"][name]["example"].is_object(), "{name} has no example");
    }
    let (drop, asked) = (
        &contract["paths"]["/api/v1/admin/dead-letters/{sequence}"]["delete"],
        &CALLS.map(|(_, path, _)| path),
    );
    assert!(drop["responses"]["401"].is_object() && drop["responses"]["503"].is_object(), "{drop}");
    let is_asked = |path: &str| {
        asked.iter().any(|asked| asked.split('?').next() == Some(&path.replace("{sequence}", "7")))
    };
    let paths: Vec<&String> = contract["paths"].as_object().unwrap().keys().filter(|p| is_asked(p)).collect();
    assert_eq!(paths.len(), CALLS.len() - 1, "{paths:?}");
    let seven: &Value = &contract["paths"]["/api/v1/admin/dead-letters/{sequence}"];
    assert_eq!(seven.as_object().unwrap().len(), 2);
}
