//! The contract against what routes answer: whatever a test of this crate is answered must be documented.

use std::collections::HashSet;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, to_value};
use tower::ServiceExt;

use super::{Answer, Edge};
use crate::openapi::document;

/// Panics where `answer`, to `method path`, is of a status or content type that the contract does not name. Pages and
/// methods that there are not are no part of it.
pub(super) fn check(method: &Method, path: &str, answer: &Answer) {
    let contract = to_value(document(true)).unwrap();
    let paths = contract["paths"].as_object().unwrap();
    let route = paths.iter().find(|(template, _)| is_at(path, template));
    let Some(operation) = route.and_then(|(_, item)| item.get(method.as_str().to_lowercase())) else {
        return;
    };
    let responses = &operation["responses"][answer.status.as_str()];
    assert!(responses.is_object(), "{method} {path}: the contract has no {}", answer.status);
    let content_type = answer.header("content-type").split(';').next().unwrap_or_default();
    let documented = responses["content"].as_object().map(|kinds| kinds.contains_key(content_type));
    assert!(
        documented.unwrap_or(answer.body.is_empty()),
        "{method} {path}: {} with {content_type}",
        answer.status
    );
}

fn is_at(path: &str, template: &str) -> bool {
    let (path, template) = (path.split('/'), template.split('/'));
    path.clone().count() == template.clone().count()
        && path.zip(template).all(|(part, named)| part == named || named.starts_with('{'))
}

/// One value a line: an example of a line is there where the lines have a schema.
const JSON_LINES: &str = "application/x-ndjson";

/// Content types of a body with what is said of each.
fn kinds(body: &Value) -> impl Iterator<Item = (&String, &Value)> {
    body["content"].as_object().into_iter().flatten()
}

/// Every operation with its path.
fn operations(contract: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let items = contract["paths"].as_object().unwrap().iter();
    items.flat_map(|(path, item)| item.as_object().unwrap().values().map(move |operation| (path, operation)))
}

#[tokio::test]
async fn every_route_that_is_documented_is_there() {
    let edge = Edge::with(&["--admin-token", "a token of sixteen".replace(' ', "-").as_str()]).await;
    let contract = edge.get("/api/openapi.json").await.json();
    let paths = contract["paths"].as_object().unwrap();
    assert_eq!(paths.keys().filter(|path| !path.starts_with("/api/v1/admin/")).count(), 9);
    for (path, methods) in paths {
        let at = path.replace("{person}", "p").replace("{sequence}", "7").replace("{group}", "0");
        let at = at.replace("{crop}", &"0".repeat(32));
        for method in methods.as_object().unwrap().keys() {
            let request = Request::builder().method(method.to_uppercase().as_str()).uri(&at);
            let mut request = request.body(Body::empty()).unwrap();
            request.extensions_mut().insert(super::HERE);
            // The stream of events never ends: its head is enough.
            let answer = edge.router.clone().oneshot(request).await.unwrap();
            assert!(![404, 405].contains(&answer.status().as_u16()), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_call_has_an_example_and_says_what_it_may_answer() {
    let visitors = Edge::alone().await.get("/api/openapi.json").await.json();
    assert!(!visitors["paths"].as_object().unwrap().keys().any(|path| path.starts_with("/api/v1/admin/")));
    let contract = to_value(document(true)).unwrap();
    let schemas = contract["components"]["schemas"].as_object().unwrap();
    for name in [
        "Enrolled",
        "CollectLine",
        "Collection",
        "Catalogued",
        "Crop",
        "Erase",
        "Erasure",
        "Rebuild",
        "Replacement",
        "RecommendationRequest",
        "ClickRequest",
        "Representatives",
        "Slate",
        "ClickAnswer",
        "PhotoFaces",
        "PolicyView",
        "Problem",
    ] {
        assert!(schemas[name]["example"].is_object(), "{name} has no example");
    }
    let tags = contract["tags"].as_array().unwrap();
    let ids: HashSet<_> = operations(&contract).map(|(_, operation)| &operation["operationId"]).collect();
    assert_eq!(ids.len(), operations(&contract).count(), "two calls have one name: {ids:?}");
    for (path, operation) in operations(&contract) {
        for (status, response) in operation["responses"].as_object().unwrap() {
            // OpenAPI 3.1 wants one of every answer, and tools refuse a contract without.
            let described = response["description"].as_str().is_some_and(|words| !words.is_empty());
            assert!(described, "{path}: {status} is not described");
            assert!(response["headers"]["x-request-id"].is_object(), "{path}: {status} has no id");
            let mut json = kinds(response).filter(|(kind, _)| kind.ends_with("json") && *kind != JSON_LINES);
            assert!(json.all(|(_, content)| content["example"].is_object()), "{path}: {status}: {response}");
        }
        assert!(operation["responses"]["503"].is_object(), "{path}");
        assert!(operation["summary"].as_str().is_some_and(|words| !words.contains('\n')), "{path}");
        assert!(operation["description"].is_string() && operation["security"].is_array(), "{path}");
        let tag = &operation["tags"][0];
        assert!(tags.iter().any(|described| described["name"] == *tag), "{path}: {tag} is not described");
        for (kind, content) in kinds(&operation["requestBody"]) {
            assert!(kind == "multipart/form-data" || !content["example"].is_null(), "{path}: {kind}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(!parameter["example"].is_null(), "{path}: {parameter} has no example");
        }
        let curl = operation["x-codeSamples"][0]["source"].as_str().unwrap();
        let called = curl.split('\'').nth(1).and_then(|url| url.strip_prefix("http://127.0.0.1:8080"));
        assert!(called.is_some_and(|called| is_at(called, path)), "{path}: {curl}");
    }
    assert!(contract["paths"]["/api/v1/clicks"]["post"]["responses"]["413"].is_object());
}

#[test]
fn the_contract_in_the_file_is_the_one_that_is_served() {
    let kept: Value = serde_json::from_str(include_str!("../../contract/openapi.json")).unwrap();
    assert!(
        kept == to_value(document(true)).unwrap(),
        "the contract has changed: `make contract` writes it anew"
    );
}
