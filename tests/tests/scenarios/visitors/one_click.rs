//! One image and one click, end to end: nine faces, a ranking, ten people, a click, a policy that moved.

use serde_json::{Value, json};
use tests::{Demo, Events, System, Visitor};

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|n| n.as_f64().expect("a number")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_moves_the_policy_and_counts_once() {
    let system = System::demo(Demo::default());
    let visitor = Visitor::of(&system.http);

    let faces = visitor.representatives().await;
    let shown = faces["representatives"].as_array().expect("nine faces");
    let groups: Vec<_> = shown.iter().map(|f| f["group"].as_u64().expect("a group")).collect();
    assert_eq!(groups, (0..9).collect::<Vec<_>>());
    for face in shown {
        let url = face["person"]["image_url"].as_str().expect("an address");
        let answer = runtime::web::client()
            .get(format!("{}{url}", system.http))
            .send()
            .await
            .expect("pictures are served");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "image/png");
        let picture = image::load_from_memory(&answer.bytes().await.expect("bytes")).expect("a picture");
        assert!(picture.width() <= 400 && picture.height() <= 400);
    }

    let mut events = Events::open(&system.http).await;
    let before = events.next("policy", |_| true).await;
    let slate = visitor.recommend([8, 0, 4, 2, 6]).await;
    let people = slate["people"].as_array().expect("people");
    assert_eq!(
        people.iter().map(|p| p["rank"].as_u64()).collect::<Vec<_>>(),
        (1..=10).map(Some).collect::<Vec<_>>()
    );
    let scores: Vec<f64> = people.iter().map(|p| p["score"].as_f64().expect("a score")).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    assert!(people.iter().all(|p| p["links"][0]["url"].as_str().is_some_and(|u| u.starts_with("https://"))));
    let weights = numbers(&slate["weights"]);
    assert_eq!(weights[0], 1.0);
    for (weight, cap) in weights[1..].iter().zip([0.9, 0.7, 0.5, 0.3]) {
        assert!((0.0..cap).contains(weight), "{weights:?}");
    }

    let (status, earned) = visitor.click(&slate, 4).await;
    assert_eq!((status.as_u16(), &earned), (202, &json!({ "rank": 4, "reward": -0.3 })));
    let version = before["version"].as_u64().expect("a version");
    let after = events.next("policy", |p| p["version"].as_u64() > Some(version)).await;
    assert_eq!(after["clicks_applied"], 1);
    assert_ne!(after["weights"], before["weights"], "the policy did not move");
    assert_eq!(visitor.get("/api/v1/policy").await.1["version"], after["version"]);

    // The same click again, and a click on somebody else: the first stands.
    for rank in [4, 9] {
        let (status, again) = visitor.click(&slate, rank).await;
        assert_eq!(
            (status.as_u16(), &again),
            (200, &json!({ "duplicate": true, "rank": 4, "reward": -0.3 }))
        );
    }
    // A further click is folded next, so nothing of the duplicates can still be on its way.
    let another = visitor.recommend([1, 2, 3, 4, 5]).await;
    assert_eq!(
        visitor.click(&another, 1).await,
        (reqwest::StatusCode::ACCEPTED, json!({ "rank": 1, "reward": 0.0 }))
    );
    let after = events.next("policy", |p| p["clicks_applied"].as_u64() > Some(1)).await;
    assert_eq!(after["clicks_applied"], 2);
}
