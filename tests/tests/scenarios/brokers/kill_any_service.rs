//! `kill -9` on each of the six services while visitors come and go: every acknowledged click is applied
//! exactly once, and none more.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tests::{Demo, Events, System, Visitor};
use tokio::task::JoinSet;

/// Visitors in all, and how many come at the same time.
const VISITORS: usize = 200;
const TOGETHER: usize = 4;
/// Pause of a visitor who found a service away.
const AGAIN: Duration = Duration::from_millis(50);

/// Ranks, gets ten people and clicks, asking again for as long as a service is away. A click whose
/// answer was lost is sent again, as a page would: it counts once, whichever answer says so.
async fn visit(visitor: &Visitor, number: usize) {
    let ranking: Vec<usize> = (0..5).map(|i| (number * 7 + i * 2) % 9).collect();
    let slate = loop {
        if let Some((status, faces)) = visitor.try_get("/api/v1/representatives").await
            && status == 200
        {
            let body = json!({ "catalogue_version": faces["catalogue_version"], "ranking": ranking });
            if let Some((status, slate)) = visitor.try_post("/api/v1/recommendations", &body).await
                && status == 200
            {
                break slate;
            }
        }
        tokio::time::sleep(AGAIN).await;
    };
    let click = Visitor::click_body(&slate, 1 + number % 10);
    loop {
        if let Some((status, answer)) = visitor.try_post("/api/v1/clicks", &click).await
            && (status == 202 || status == 200)
        {
            assert_eq!(answer["rank"], 1 + number % 10);
            return;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_clicks_are_applied_exactly_once_whoever_dies() {
    let system = System::demo(Demo::default());
    let done = Arc::new(AtomicUsize::new(0));
    let mut visitors = JoinSet::new();
    for first in 0..TOGETHER {
        let (visitor, done) = (Visitor::of(&system.http), done.clone());
        visitors.spawn(async move {
            for number in (first..VISITORS).step_by(TOGETHER) {
                visit(&visitor, number).await;
                done.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    // One after the other dies, each after a further share of the visitors.
    let mut killed = Vec::new();
    for (i, service) in
        ["learn", "gateway", "recommend", "cluster", "embed", "ingest"].into_iter().enumerate()
    {
        while done.load(Ordering::SeqCst) < (i + 1) * VISITORS / 8 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        killed.push((service, system.kill(service)));
    }
    while let Some(visitor) = visitors.join_next().await {
        visitor.expect("a visitor comes through");
    }
    let mut events = Events::open(&system.http).await;
    let policy = events.next("policy", |p| p["clicks_applied"].as_u64() >= Some(VISITORS as u64)).await;
    assert_eq!(policy["clicks_applied"], VISITORS, "every acknowledged click, and none more");
    assert_eq!(policy["last_sequence"], VISITORS, "the stream holds no other click");
    for (service, pid) in killed {
        system.started_again(service, pid).await;
    }
}
