//! What a visitor can send wrongly, against the whole system: a status and a problem that names the field.

use std::process::Stdio;

use serde_json::{Value, json};
use tests::{Demo, System, Visitor};

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_request_is_told_what_is_wrong() {
    let system = System::demo(Demo::default());
    let visitor = Visitor::of(&system.http);
    let version = visitor.representatives().await["catalogue_version"].clone();
    let ranking = |ranking: Value| json!({ "catalogue_version": version, "ranking": ranking });
    let slate = visitor.recommend([0, 1, 2, 3, 4]).await;
    let id = &slate["recommendation_id"];
    let cases = [
        ("recommendations", ranking(json!([0, 1, 2, 3])), 422, "ranking"),
        ("recommendations", ranking(json!([0, 1, 2, 3, 4, 5])), 422, "ranking"),
        ("recommendations", ranking(json!([0, 1, 2, 3, 3])), 422, "ranking"),
        ("recommendations", ranking(json!([0, 1, 2, 3, 9])), 422, "ranking"),
        ("recommendations", ranking(json!([0, 1, 2, 3, -1])), 422, "ranking"),
        (
            "recommendations",
            json!({ "catalogue_version": "gone", "ranking": [0, 1, 2, 3, 4] }),
            409,
            "catalogue_version",
        ),
        ("clicks", json!({ "recommendation_id": "unknown", "person_id": "x" }), 404, "recommendation_id"),
        ("clicks", json!({ "recommendation_id": "*", "person_id": "x" }), 404, "recommendation_id"),
        ("clicks", json!({ "recommendation_id": "a.b", "person_id": "x" }), 404, "recommendation_id"),
        ("clicks", json!({ "recommendation_id": id, "person_id": "nobody" }), 422, "person_id"),
        ("clicks", json!({ "recommendation_id": id, "person_id": "../.." }), 422, "person_id"),
    ];
    for (route, body, status, field) in cases {
        let (got, problem) = visitor.post(&format!("/api/v1/{route}"), &body).await;
        assert_eq!((got.as_u16(), problem["field"].as_str()), (status, Some(field)), "{body}: {problem}");
        assert_eq!(problem["status"], status);
        assert!(problem["detail"].as_str().is_some_and(|d| !d.is_empty()), "{problem}");
    }

    let client = runtime::web::client();
    for (body, status) in [("{", 400), ("[]", 400), ("{\"ranking\":\"x\"}", 400), ("\u{0}", 400)] {
        let url = format!("{}/api/v1/recommendations", system.http);
        let answer =
            client.post(url).header("content-type", "application/json").body(body).send().await.unwrap();
        assert_eq!(answer.status(), status, "{body:?}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    // Far more than is taken: it is sent whole before the answer, which must get through all the same.
    let large =
        client.post(format!("{}/api/v1/clicks", system.http)).header("content-type", "application/json");
    assert_eq!(large.body(" ".repeat(20 * 1024 * 1024)).send().await.unwrap().status(), 413);
    for path in
        ["/media/crops/nobody/00000000000000000000000000000000", "/media/crops/..%2f..%2f/x", "/nowhere"]
    {
        assert_eq!(visitor.get(path).await.0, 404, "{path}");
    }
    a_reader_that_leaves_is_no_failure(&system);
    // After all that the system is as it was.
    assert_eq!(visitor.click(&slate, 1).await.0, 202);
}

/// `avzeus … | head`, once `head` has left: the command ends as it would have, without a word about it.
fn a_reader_that_leaves_is_no_failure(system: &System) {
    let cases = [
        (&["models", "list"][..], 0),
        (&["catalogue", "show"], 0),
        (&["roster", "template"], 0),
        (&["roster", "check", "there-is-no.csv"], 2),
        (&["--help"], 0),
    ];
    let left = || Stdio::from(std::io::pipe().unwrap().1);
    for (args, code) in cases {
        let plain =
            tests::avzeus().args(args).env("AVZEUS_DATA", system.data()).stdout(left()).output().unwrap();
        let told = String::from_utf8_lossy(&plain.stderr);
        assert_eq!(plain.status.code(), Some(code), "{args:?}: {told}");
        assert!(!told.contains("panicked"), "{args:?}: {told}");
        let mut silent = tests::avzeus();
        silent.args(args).env("AVZEUS_DATA", system.data()).stdout(left()).stderr(left());
        assert_eq!(silent.status().unwrap().code(), Some(code), "{args:?} with neither reader");
    }
}
