//! With no Redis everything still flows; with no broker the gateway says so and recovers by itself.

use std::time::Duration;

use serde_json::json;
use tests::{Demo, Events, System, Visitor};

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_and_after_a_broker_crash_clicks_still_count() {
    // Nothing listens on this port: Redis is away from the first moment to the last.
    let nowhere = ("AVZEUS_REDIS_URL", "redis://127.0.0.1:1".to_owned());
    let system = System::demo(Demo { env: vec![nowhere], ..Demo::default() });
    let visitor = Visitor::of(&system.http);
    let slate = visitor.recommend([3, 1, 4, 8, 5]).await;
    assert_eq!(
        visitor.click(&slate, 2).await,
        (reqwest::StatusCode::ACCEPTED, json!({ "rank": 2, "reward": -0.1 }))
    );

    let made = visitor.recommend([8, 7, 6, 5, 4]).await;
    system.kill("nats");
    // The broker is started again; until it is there, every answer is a 503 with Retry-After or a 202.
    let click = Visitor::click_body(&made, 5);
    loop {
        let (status, answer) = visitor.post("/api/v1/clicks", &click).await;
        match status.as_u16() {
            200 | 202 => break,
            503 => tokio::time::sleep(Duration::from_millis(20)).await,
            other => panic!("{other}: {answer}"),
        }
    }
    let mut events = Events::open(&system.http).await;
    let policy = events.next("policy", |p| p["clicks_applied"] == 2).await;
    assert_eq!(policy["last_sequence"], 2);
}
