//! What operators see, and who is kept out, on a whole system.

use std::path::Path;

use bus::BusError;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use tests::{System, crowd};

const TOKEN: &str = "correct-horse-battery";
const LETTERS: usize = 5;

/// Wrong tokens after which a minute has to pass.
const TRIES: usize = 10;

fn asked(system: &System, query: &str) -> RequestBuilder {
    runtime::web::client().get(format!("{}/api/v1/admin/dead-letters?{query}", system.http))
}

async fn page(system: &System, token: &str, query: &str) -> (StatusCode, Value) {
    let answer = asked(system, query).bearer_auth(token).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_read_dead_letters_page_by_page_and_few_wrong_tokens_are_heard() {
    let system = System::up_with(vec![("AVZEUS_GATEWAY_ADMIN_TOKEN", TOKEN.to_owned())]);
    alerts_read_counters_that_are_there(&system).await;
    let bus = crowd::bus(&system.endpoints().nats).await;
    for n in 0..LETTERS {
        bus.dead_letter("crop.stored.ada.x", vec![0; n].into(), &BusError::Token(n.to_string()))
            .await
            .unwrap();
    }
    let (mut cursor, mut told) = (0, Vec::new());
    loop {
        let (status, page) = page(&system, TOKEN, &format!("limit=2&cursor={cursor}")).await;
        assert_eq!(status, 200, "{page}");
        told.extend(page["dead_letters"].as_array().unwrap().clone());
        match page["next"].as_u64() {
            Some(next) => cursor = next,
            None => break,
        }
    }
    assert_eq!(told.len(), LETTERS);
    for (n, letter) in told.iter().enumerate() {
        assert_eq!(letter["subject"], "crop.stored.ada.x");
        assert_eq!((&letter["class"], &letter["bytes"]), (&"not_found".into(), &n.into()));
        assert!(letter["reason"].as_str().unwrap().starts_with(&format!("\"{n}\" cannot name")), "{letter}");
    }

    // What offers no token, or comes from another site's page, is sent away and uses up nothing.
    for _ in 0..=TRIES {
        assert_eq!(asked(&system, "").send().await.unwrap().status(), 401);
        let of_another = asked(&system, "").bearer_auth("x").header("sec-fetch-site", "cross-site");
        assert_eq!(of_another.send().await.unwrap().status(), 403);
    }
    assert_eq!(page(&system, TOKEN, "").await.0, 200);

    // After some wrong tokens not even the right one is let in, or it could be guessed. Should a minute end in
    // between, they begin anew.
    while page(&system, TOKEN, "").await.0 != 429 {
        let mut refused = 0;
        while page(&system, "a-wrong-token", "").await.0 == 403 {
            refused += 1;
            assert!(refused <= 2 * TRIES, "wrong tokens are not counted");
        }
    }
    let log = std::fs::read_to_string(system.data().join("avzeus.log")).unwrap();
    assert!(log.contains("was not let in") && !log.contains(TOKEN) && !log.contains("a-wrong-token"));
}

/// Before anything has happened every counter that an alert reads stands at 0, or its first event would be no increase;
/// every histogram has buckets; and the ops port alone tells of them.
async fn alerts_read_counters_that_are_there(system: &System) {
    let client = runtime::web::client();
    let read = async |url: String| client.get(url).send().await.unwrap();
    let mut pages = String::new();
    for ops in system.endpoints().services.values().filter_map(|service| service.ops.as_deref()) {
        pages += &read(format!("{ops}/metrics")).await.text().await.unwrap();
    }
    let alerts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/prometheus/alerts.yml");
    let alerts = std::fs::read_to_string(alerts).unwrap();
    let words = alerts.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let counters: Vec<_> =
        words.filter(|word| word.starts_with("avzeus_") && word.ends_with("_total")).collect();
    assert!(!counters.is_empty());
    for counter in counters {
        let of_it = |line: &&str| line.split(['{', ' ']).next() == Some(counter);
        let values: Vec<_> = pages.lines().filter(of_it).filter_map(|line| line.rsplit(' ').next()).collect();
        assert!(!values.is_empty() && values.iter().all(|&value| value == "0"), "{counter}: {values:?}");
    }
    assert!(pages.contains("# TYPE") && !pages.contains(" summary"), "{pages}");
    assert_eq!(read(format!("{}/healthz", system.http)).await.status(), 200);
    assert_eq!(read(format!("{}/metrics", system.http)).await.status(), 404);
}
