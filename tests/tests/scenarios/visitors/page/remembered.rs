//! What stays: language, ranking and step, over a switch, a reload, the browser's back and forward, and a link.

use serde_json::{Value, json};
use tests::browser::Browser;
use tests::page::Page;
use tests::{Demo, System};

const RANKING: &str =
    "return [...document.querySelectorAll('.tile .badge')].map((badge) => Number(badge.textContent))";

#[tokio::test(flavor = "multi_thread")]
async fn a_ranking_survives_and_a_link_restores_it() {
    let system = System::demo(Demo::default());
    let page = Page::visit(Browser::open_in("ja", 390, 844).await, &system.http).await;
    page.says("18歳以上").await;
    page.begin().await;
    assert_eq!(page.eval("return document.documentElement.lang").await, "ja");
    for face in [7, 1, 3] {
        page.click_nth("representative", face).await;
    }
    let ranked = json!([0, 2, 0, 3, 0, 0, 0, 1, 0]);
    assert_eq!(page.eval(RANKING).await, ranked);

    page.click("language").await;
    page.until("count", |count| count == "3 of 5 chosen").await;
    assert_eq!(page.eval(RANKING).await, ranked, "after the language");
    let client = &page.browser.client;
    client.back().await.expect("the browser goes back");
    page.step("explanation").await;
    client.forward().await.expect("the browser goes forward");
    page.step("selection").await;
    assert_eq!(page.eval(RANKING).await, ranked, "after going back and forward");
    client.refresh().await.expect("the browser reloads");
    page.until("count", |count| count == "3 of 5 chosen").await;
    assert_eq!(page.eval(RANKING).await, ranked, "after a reload: neither gate nor language are asked again");

    page.click_nth("representative", 0).await;
    page.click_nth("representative", 8).await;
    let ranked = json!([4, 2, 0, 3, 0, 0, 0, 1, 5]);
    page.click("recommend").await;
    page.find("person").await;
    let link = page.eval("return document.querySelector('.share').dataset.url").await;
    let link = link.as_str().expect("an address");
    client.back().await.expect("the browser goes back");
    page.step("selection").await;
    assert_eq!(page.eval(RANKING).await, ranked, "back from the results");
    client.forward().await.expect("the browser goes forward");
    page.step("results").await;
    assert_eq!(page.count("person").await, 10);
    page.browser.close().await;

    followed(link, &ranked).await;
}

/// Somebody else follows the link: past the gate they find the ranking.
async fn followed(link: &str, ranked: &Value) {
    let page = Page::visit(Browser::open(1280, 900).await, link).await;
    page.click("adult").await;
    page.says("This is the ranking of your link").await;
    assert_eq!(&page.eval(RANKING).await, ranked);
    assert_eq!(page.eval("return location.hash").await, "");
    page.click("recommend").await;
    page.find("person").await;

    let (address, _) = link.split_once("&catalogue=").expect("it names a catalogue");
    for (wrong, words) in [
        (format!("{address}&catalogue=000000000000"), "This link is from an older catalogue"),
        (link.replacen("#ranking=", "#ranking=9-", 1), "This link names no ranking"),
    ] {
        page.browser.client.goto(&wrong).await.expect("the browser goes there");
        page.says(words).await;
        page.find("representative").await;
        assert_eq!(page.eval(RANKING).await, json!([0, 0, 0, 0, 0, 0, 0, 0, 0]), "{wrong}");
    }
    page.browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_where_storage_is_refused() {
    let system = System::demo(Demo::default());
    let browser = Browser::open(390, 844).await;
    let refuse = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });";
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": refuse })).await;
    let page = Page::visit(browser, &system.http).await;
    page.begin().await;
    page.click("language").await;
    page.says("惹かれる顔は").await;
    page.browser.client.refresh().await.expect("the browser reloads");
    // Nothing was kept, so it is asked again.
    page.find("gate").await;
    page.browser.close().await;
}
