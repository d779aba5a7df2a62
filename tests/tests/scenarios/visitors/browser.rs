//! A visitor in a real browser: first visit, five taps, ten people, a click, and the policy panel moves.

use tests::browser::Browser;
use tests::page::Page;
use tests::{Demo, Events, System};

async fn rank_and_click(http: &str, width: u32, height: u32, name: &str) {
    let page = Page::visit(Browser::open(width, height).await, http).await;
    page.find("gate").await;
    let asked = "return performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)
        .filter((path) => !path.startsWith('/assets/'))";
    assert_eq!(page.eval(asked).await, serde_json::json!([]), "something was fetched before the gate");
    page.begin().await;
    assert_eq!(page.count("representative").await, 9);
    let small = "return [...document.querySelectorAll('.tile img')].every((image) =>
        image.naturalWidth > 0 && /[?]width=(160|320|400)$/.test(image.currentSrc))";
    page.until_eval(small, |yes| yes == true).await;
    page.rank([4, 0, 8, 2, 6]).await;
    page.browser.screenshot(&format!("{name}-ranked")).await;
    page.click("recommend").await;
    page.find("person").await;
    assert_eq!(page.count("person").await, 10);
    let version = page.until("policy-version", |v| v.parse::<u64>().is_ok()).await;
    let clicks = page.until("policy-clicks", |c| c.parse::<u64>().is_ok()).await;
    let number = |text: &str| text.parse::<u64>().unwrap_or_default();
    page.browser.screenshot(&format!("{name}-ten")).await;
    page.click_nth("choose", 2).await;
    page.until("chosen", |earned| earned.contains("rank 3") && earned.contains("0.2")).await;
    page.until("policy-version", |v| number(v) > number(&version)).await;
    page.until("policy-clicks", |c| number(c) == number(&clicks) + 1).await;
    page.browser.screenshot(&format!("{name}-moved")).await;
    page.browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_taps_ten_people_one_click_on_a_phone_and_on_a_desk() {
    let system = System::demo(Demo::default());
    rank_and_click(&system.http, 390, 844, "phone").await;
    rank_and_click(&system.http, 1280, 900, "desk").await;
    a_link_is_followed_as_the_page_closes(&system.http).await;
}

/// The click is on its way, and its answer is waited for by nobody.
async fn a_link_is_followed_as_the_page_closes(http: &str) {
    let mut events = Events::open(http).await;
    let before = events.next("policy", |_| true).await["clicks_applied"].as_u64();
    let page = Page::visit(Browser::open(1280, 900).await, http).await;
    page.begin().await;
    page.rank([0, 1, 2, 3, 4]).await;
    page.click("recommend").await;
    page.find("link").await;
    let leave = "const link = document.querySelector('[data-testid=link]');
        link.addEventListener('click', (event) => event.preventDefault());
        link.click();
        location.assign('/nowhere');";
    page.eval(leave).await;
    let clicked = |policy: &serde_json::Value| policy["clicks_applied"].as_u64() > before;
    let after = events.next("policy", clicked).await["clicks_applied"].as_u64();
    // Sent twice, it counts once.
    assert_eq!(after, before.map(|clicks| clicks + 1));
    page.browser.close().await;
}
