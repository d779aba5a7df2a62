//! Callers who ask too often, and callers who ask the same again.

use reqwest::{Client, Response};
use serde_json::{Value, json};
use tests::{Demo, System, Visitor};

/// Requests a minute.
const MOST: usize = 20;

/// Somebody behind a trusted proxy.
struct Caller<'a> {
    client: Client,
    http: &'a str,
    address: &'a str,
}

impl Caller<'_> {
    async fn policy(&self) -> Response {
        let asked = self.client.get(format!("{}/api/v1/policy", self.http));
        asked.header("x-forwarded-for", self.address).send().await.unwrap()
    }

    async fn recommend(&self, key: &str, body: &Value) -> Response {
        let asked = self.client.post(format!("{}/api/v1/recommendations", self.http)).json(body);
        asked.header("x-forwarded-for", self.address).header("idempotency-key", key).send().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_often_is_429_and_the_same_again_is_the_same_answer() {
    let env = vec![
        ("AVZEUS_GATEWAY_CLIENT_REQUESTS_PER_MINUTE", MOST.to_string()),
        ("AVZEUS_GATEWAY_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
    ];
    let system = System::demo(Demo { env, ..Demo::default() });
    let caller = |address| Caller { client: runtime::web::client(), http: &system.http, address };
    too_often(&caller("203.0.113.1"), &caller("203.0.113.2")).await;

    let faces = Visitor::of(&system.http).representatives().await;
    let body = json!({ "catalogue_version": faces["catalogue_version"], "ranking": [0, 1, 2, 3, 4] });
    the_same_again(&caller("203.0.113.3"), &body).await;
}

async fn too_often(one: &Caller<'_>, other: &Caller<'_>) {
    let first = one.policy().await;
    assert_eq!(first.headers()["ratelimit-policy"], format!("\"client\";q={MOST};w=60"));
    let left = first.headers()["ratelimit"].to_str().unwrap();
    assert!(left.starts_with(&format!("\"client\";r={};t=", MOST - 1)), "{left}");
    // Within a minute they fall into two windows at most.
    let mut refused = None;
    for _ in 0..=2 * MOST {
        let answer = one.policy().await;
        if answer.status() != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a caller is held back in the end");
    assert_eq!(refused.status(), 429);
    let seconds: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    assert!(refused.headers()["ratelimit"].to_str().unwrap().starts_with("\"client\";r=0;t="));
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["status"], 429);
    assert_eq!(other.policy().await.status(), 200, "another caller is not held back");
}

async fn the_same_again(caller: &Caller<'_>, body: &Value) {
    let first = caller.recommend("order-1", body).await;
    assert!(first.status() == 200 && !first.headers().contains_key("idempotency-replayed"));
    let first = first.text().await.unwrap();
    let again = caller.recommend("order-1", body).await;
    assert_eq!(
        (again.status().as_u16(), &again.headers()["idempotency-replayed"]),
        (200, &"true".parse().unwrap())
    );
    assert_eq!(again.text().await.unwrap(), first);

    let mut other = body.clone();
    other["ranking"] = json!([4, 3, 2, 1, 0]);
    let refused = caller.recommend("order-1", &other).await;
    assert_eq!(refused.status(), 422);
    let another = caller.recommend("order-2", &other).await;
    assert!(another.status() == 200 && another.text().await.unwrap() != first);
    // What was refused may go otherwise when it is asked again.
    let gone = json!({ "catalogue_version": "gone", "ranking": [0, 1, 2, 3, 4] });
    assert_eq!(caller.recommend("order-3", &gone).await.status(), 409);
    assert_eq!(caller.recommend("order-3", body).await.status(), 200);
}
