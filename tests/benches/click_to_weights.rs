//! From an accepted click to recommenders that use what was learned from it, at a steady pace of visitors.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bus::{Bucket, Change};
use proto::{Message, v1};
use tests::{Demo, System, Visitor, crowd};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

/// Visitors in all, those who come before anything is measured, and how many come a second.
const VISITORS: u64 = 1200;
const WARM: u64 = 200;
const A_SECOND: u64 = 50;

/// Between two looks at the recommender.
const LOOK: Duration = Duration::from_millis(1);
/// Time without a new version after which the last was seen.
const SILENCE: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() {
    let system = System::demo(Demo::default());
    let (used, learned) = (used(&system), learned(&system));
    let accepted = visitors(&system.http);
    let (accepted, used, learned) = tokio::join!(accepted, used, learned);
    let mut waits: Vec<f64> = accepted
        .iter()
        .skip(WARM as usize)
        .enumerate()
        // The stream numbers clicks as they are accepted.
        .filter_map(|(n, at)| {
            let version = learned.range(WARM + n as u64 + 1..).next()?.1;
            let swapped = used.range(version..).next()?.1;
            Some(swapped.saturating_duration_since(*at).as_secs_f64() * 1e3)
        })
        .collect();
    waits.sort_by(f64::total_cmp);
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
    println!(
        "click accepted → its weights serve, {A_SECOND} clicks/s, {} clicks: p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms",
        waits.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

/// When each click was accepted, in the order of acceptance.
async fn visitors(http: &str) -> Vec<Instant> {
    let visitor = Visitor::of(http);
    let mut pace = interval(Duration::from_secs(1) / A_SECOND as u32);
    pace.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut visits = JoinSet::new();
    for n in 0..VISITORS as usize {
        pace.tick().await;
        let visitor = visitor.clone();
        visits.spawn(async move {
            let slate = visitor.recommend(std::array::from_fn(|i| (n + 2 * i) % 9)).await;
            let (status, answer) = visitor.click(&slate, 1 + n % 10).await;
            assert_eq!(status, 202, "{answer}");
            Instant::now()
        });
    }
    let mut accepted = visits.join_all().await;
    accepted.sort();
    accepted
}

/// Clicks in a published policy → its version, until all are in.
async fn learned(system: &System) -> BTreeMap<u64, u64> {
    let bus = crowd::bus(&system.endpoints().nats).await;
    let mut versions = BTreeMap::new();
    let told = |change: Change| {
        if let Some(stored) = change.stored.filter(|_| change.key == domain::serving::LIVE) {
            let policy = v1::PolicyPublished::decode(stored.value).expect("it is a policy");
            versions.insert(policy.clicks_applied, stored.revision);
            return policy.clicks_applied < VISITORS;
        }
        true
    };
    bus.bucket(Bucket::Policy).watch(told).await;
    versions
}

/// Version of a policy → when the recommender was first seen to serve it.
async fn used(system: &System) -> BTreeMap<u64, Instant> {
    let ops = system.endpoints().services["recommend"].ops.clone().expect("it says how it is");
    let (client, page) = (runtime::web::client(), format!("{ops}/metrics"));
    let mut seen = BTreeMap::new();
    let mut last = Instant::now();
    while last.elapsed() < SILENCE {
        let text = client.get(&page).send().await.expect("metrics are served").text().await;
        let text = text.expect("they are text");
        let line = text.lines().find_map(|line| line.strip_prefix("avzeus_policy_version "));
        let version = line.and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0) as u64;
        seen.entry(version).or_insert_with(|| {
            last = Instant::now();
            last
        });
        tokio::time::sleep(LOOK).await;
    }
    seen
}
