//! A visitor in a real browser: five taps, ten people, a click, and the policy panel moves.

#![allow(clippy::unwrap_used)]

use std::time::Duration;

use fantoccini::{Client, Locator};
use tests::browser::Browser;
use tests::{Demo, System};

fn by(id: &str) -> String {
    format!("[data-testid={id}]")
}

async fn text(client: &Client, id: &str) -> String {
    client.find(Locator::Css(&by(id))).await.unwrap().text().await.unwrap()
}

/// Waits until an element's text is what `wanted` says.
async fn until(client: &Client, id: &str, wanted: impl Fn(&str) -> bool) -> String {
    let found = client.wait().at_most(Duration::from_secs(20)).every(Duration::from_millis(50));
    found.for_element(Locator::Css(&by(id))).await.unwrap_or_else(|e| panic!("no {id}: {e}"));
    let end = tokio::time::Instant::now() + Duration::from_secs(20);
    loop {
        let now = text(client, id).await;
        if wanted(&now) {
            return now;
        }
        assert!(tokio::time::Instant::now() < end, "{id} stayed {now:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn click_nth(client: &Client, id: &str, n: usize) {
    client.find_all(Locator::Css(&by(id))).await.unwrap()[n].click().await.unwrap();
}

async fn rank_and_click(http: &str, width: u32, height: u32, name: &str) {
    let browser = Browser::open(width, height).await;
    let client = &browser.client;
    client.goto(http).await.unwrap();
    until(client, "representative", |_| true).await;
    let version: u64 = until(client, "policy-version", |v| v.parse::<u64>().is_ok()).await.parse().unwrap();
    let clicks: u64 = text(client, "policy-clicks").await.parse().unwrap();
    assert_eq!(client.find_all(Locator::Css(&by("representative"))).await.unwrap().len(), 9);
    for face in [4, 0, 8, 2, 6] {
        click_nth(client, "representative", face).await;
    }
    browser.screenshot(&format!("{name}-ranked")).await;
    click_nth(client, "recommend", 0).await;
    until(client, "person", |_| true).await;
    assert_eq!(client.find_all(Locator::Css(&by("person"))).await.unwrap().len(), 10);
    browser.screenshot(&format!("{name}-ten")).await;
    click_nth(client, "choose", 2).await;
    until(client, "chosen", |earned| earned.contains("rank 3") && earned.contains("0.2")).await;
    until(client, "policy-version", |v| v.parse::<u64>().is_ok_and(|v| v > version)).await;
    until(client, "policy-clicks", |c| c.parse::<u64>().is_ok_and(|c| c == clicks + 1)).await;
    browser.screenshot(&format!("{name}-moved")).await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_taps_ten_people_one_click_on_a_phone_and_on_a_desk() {
    let system = System::demo(Demo::default());
    rank_and_click(&system.http, 390, 844, "phone").await;
    rank_and_click(&system.http, 1280, 900, "desk").await;
}
