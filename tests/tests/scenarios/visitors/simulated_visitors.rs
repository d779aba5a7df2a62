//! `avzeus simulate --against`: visitors of known taste drive a whole system, which learns from them as from anybody.

use serde_json::Value;
use tests::{Demo, Events, System};

const CLICKS: u64 = 200;
const PARTS: u64 = 10;

fn simulated(system: &System, args: &[&str]) -> (i32, Value) {
    let asked = ["simulate", "--clicks", "200", "--seed", "7"];
    system.avzeus(&[&asked[..], args].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn simulated_visitors_are_learnt_from() {
    let system = System::demo(Demo::default());
    let (code, report) = simulated(&system, &["--against", &system.http, "--populations", "one-favourite"]);
    assert_eq!((code, &report["clicks"]), (0, &CLICKS.into()), "{report}");
    let parts = report["parts"].as_array().expect("parts");
    let told: Vec<_> = parts.iter().map(|part| part["clicks"].as_u64().expect("a number")).collect();
    assert_eq!(told, (1..=PARTS).map(|part| part * CLICKS / PARTS).collect::<Vec<_>>());
    let mean = |name: &str| {
        let figures = parts.iter().map(|part| part["figures"][name].as_f64().expect("a figure"));
        figures.sum::<f64>() / PARTS as f64
    };
    // A click's reward is told by its rank, and whoever is shown first is liked more than the ten are on the whole.
    assert!((mean("reward") - (1.0 - mean("click_rank")) / 10.0).abs() < 1e-6, "{report}");
    assert!(mean("utility_first") > mean("utility_ten"), "{report}");
    let mut events = Events::open(&system.http).await;
    let policy = events.next("policy", |policy| policy["clicks_applied"].as_u64() >= Some(CLICKS)).await;
    assert_eq!((&policy["clicks_applied"], &policy["last_sequence"]), (&CLICKS.into(), &CLICKS.into()));

    // Two populations at a time would be told apart by nobody; and nobody is at the address.
    let (code, refused) = simulated(&system, &["--against", &system.http, "--populations", "blend,distance"]);
    assert!(code == 2 && refused.as_str().is_some_and(|why| why.contains("--against")), "{refused}");
    let (code, away) = simulated(&system, &["--against", "http://127.0.0.1:9", "--populations", "blend"]);
    assert!(code == 1 && away.as_str().is_some_and(|why| why.contains("--against")), "{away}");
}
