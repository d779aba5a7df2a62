//! Nobody is there: what can be answered is, the rest is told to come again.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::{Router, routing::get};
use futures::StreamExt;
use tower::ServiceExt;

use super::Edge;
use super::recommender::groups;
use crate::http_policy::PolicyView;
use crate::served_catalogue::ServedCatalogue;

#[tokio::test]
async fn what_needs_a_peer_is_503_with_retry_after() {
    let edge = Edge::alone().await;
    let ranking = r#"{"catalogue_version":"v","ranking":[0,1,2,3,4]}"#;
    let click = r#"{"recommendation_id":"r","person_id":"p"}"#;
    let (_, detail) = edge.get("/api/v1/representatives").await.problem(503);
    assert_eq!(detail, "the recommender does not answer now; try again in a moment");
    edge.post("/api/v1/recommendations", ranking).await.problem(503);
    assert_eq!(edge.post("/api/v1/clicks", click).await.problem(503).1, "the broker is not reachable");
    edge.get(&format!("/media/crops/p/{}", "0".repeat(32))).await.problem(503);
    edge.app.groups.hold(groups("held", "dlib"));
    let photo = "--b\r\ncontent-disposition: form-data; name=\"image\"\r\n\r\nx\r\n--b--\r\n";
    let request = Request::post("/api/v1/recommendations/photo")
        .header("content-type", "multipart/form-data; boundary=b");
    let (_, detail) = edge.send(request.body(Body::from(photo)).unwrap()).await.problem(503);
    assert_eq!(detail, "the embedder does not answer now; try again in a moment");
}

#[tokio::test]
async fn before_the_first_publication_the_policy_is_half_of_every_cap() {
    let answer = Edge::alone().await.get("/api/v1/policy").await;
    let expected = concat!(
        r#"{"version":0,"policy":"initial","clicks_applied":0,"last_sequence":0,"mean_reward_recent":null,"#,
        r#""updated_at":null,"weights":[1.0,0.45,0.35,0.25,0.15],"learner":""}"#
    );
    assert_eq!(String::from_utf8(answer.body).unwrap(), expected);
}

#[tokio::test]
async fn listeners_hear_what_stands_then_the_newest_change_and_the_end() {
    let edge = Edge::alone().await;
    let answer = edge.router.clone().oneshot(Request::get("/api/v1/events").body(Body::empty()).unwrap());
    let answer = answer.await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut events = answer
        .into_body()
        .into_data_stream()
        .map(|chunk| String::from_utf8(chunk.unwrap().to_vec()).unwrap());
    let first = events.next().await.unwrap();
    assert!(first.starts_with("event: policy\ndata: {\"version\":0,"), "{first}");

    for version in 1..=3 {
        let wire = proto::v1::PolicyPublished { leaning: vec![1.0; 5], ..Default::default() };
        edge.app.policy.send_replace(PolicyView::of("live", version, &wire).unwrap());
    }
    let second = events.next().await.unwrap();
    assert!(second.starts_with("event: policy\ndata: {\"version\":3,"), "{second}");

    let served = ServedCatalogue { catalogue_version: "c1".into(), people: 45 };
    edge.app.served.send_replace(Some(served));
    let third = events.next().await.unwrap();
    assert_eq!(third, "event: catalogue\ndata: {\"catalogue_version\":\"c1\",\"people\":45}\n\n");

    edge.app.shutdown.cancel();
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn a_listener_too_many_is_503_until_another_leaves() {
    let edge = Edge::with(&["--listeners", "1"]).await;
    let listen = || edge.router.clone().oneshot(Request::get("/api/v1/events").body(Body::empty()).unwrap());
    let first = listen().await.unwrap();
    edge.get("/api/v1/events").await.problem(503);
    drop(first);
    assert_eq!(listen().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_request_too_many_is_429() {
    let edge = Edge::with(&["--in-flight", "1"]).await;
    // Its body never ends, so it holds the only place for as long as it is polled.
    let endless = Body::from_stream(futures::stream::pending::<Result<&str, std::io::Error>>());
    let slow = edge.post("/api/v1/clicks", endless);
    let mut slow = std::pin::pin!(slow);
    assert!(futures::poll!(slow.as_mut()).is_pending());
    edge.get("/api/v1/policy").await.problem(429);
    assert_eq!(edge.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let edge = Edge::with(&["--request-seconds", "1"]).await;
    let endless = Body::from_stream(futures::stream::pending::<Result<&str, std::io::Error>>());
    let (_, detail) = edge.post("/api/v1/clicks", endless).await.problem(503);
    assert_eq!(detail, "there was no answer within 1 s; try again");
}

#[tokio::test]
async fn a_panic_is_a_500_that_keeps_its_words_to_the_log() {
    let edge = Edge::alone().await;
    let panics = Router::new().route("/panics", get(async || panic!("secret") as ()));
    let edge = Edge { router: crate::routes::router(edge.app.clone(), panics), ..edge };
    let answer = edge.get("/panics").await;
    let (_, detail) = answer.problem(500);
    assert!(!detail.contains("secret") && !answer.header("x-request-id").is_empty());
}
