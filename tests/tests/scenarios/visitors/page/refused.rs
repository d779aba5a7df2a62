//! What a visitor is told when the server cannot answer, and how it goes on from there.

use serde_json::Value;
use tests::browser::Browser;
use tests::page::Page;
use tests::{Demo, System};

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_that_is_gone_is_told_of_and_replaced() {
    let system = System::demo(Demo { people: 16, ..Demo::default() });
    let page = Page::visit(Browser::open(1280, 900).await, &system.http).await;
    page.begin().await;
    page.rank([4, 0, 8, 2, 6]).await;
    let shown = "return document.querySelector('[data-testid=representative] img').src.split('/')[5]";
    let person = page.eval(shown).await;
    let (code, receipt) = system.avzeus(&["erase", "--yes", person.as_str().expect("a person")]);
    assert_eq!(code, 0, "{receipt}");
    page.click("recommend").await;
    page.says("The catalogue has changed").await;
    page.find("representative").await;
    let pictures =
        "return [...document.querySelectorAll('[data-testid=representative] img')].map(({ src }) => src)";
    let pictures: Vec<String> = serde_json::from_value(page.eval(pictures).await).expect("addresses");
    let whose = format!("/{}/", person.as_str().expect("a person"));
    assert!(pictures.len() == 9 && pictures.iter().all(|src| !src.contains(&whose)), "{pictures:?}");
    page.rank([0, 1, 2, 3, 4]).await;
    page.click("recommend").await;
    page.find("person").await;
    page.browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_ready_or_too_busy_says_so() {
    // Nobody is enrolled, and a caller may ask five times a minute.
    let limit = ("AVZEUS_GATEWAY_CLIENT_REQUESTS_PER_MINUTE", "5".to_owned());
    let system = System::up_with(vec![limit]);
    let page = Page::visit(Browser::open(390, 844).await, &system.http).await;
    page.click("adult").await;
    page.click("begin").await;
    page.says("The catalogue is still being prepared").await;
    assert_eq!(page.violations().await, Vec::<String>::new());
    page.browser.screenshot("phone-preparing").await;
    // It asks again by itself, until that is too often.
    page.says("Many people are here right now").await;
    let disabled = page.eval("return document.querySelector('[data-testid=retry]').disabled").await;
    assert_eq!(disabled, Value::Bool(true), "not before the server said that it may");
    page.until("retry", |label| label.starts_with("Try again in ")).await;
    assert_eq!(page.violations().await, Vec::<String>::new());
    page.browser.screenshot("phone-busy").await;
    page.browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ranking_survives_a_recommender_that_does_not_answer() {
    // Nobody waits long for it.
    let env = vec![("AVZEUS_GATEWAY_REQUEST_SECONDS", "1".to_owned())];
    let system = System::demo(Demo { env, ..Demo::default() });
    let page = Page::visit(Browser::open(390, 844).await, &system.http).await;
    page.begin().await;
    page.rank([4, 0, 8, 2, 6]).await;
    system.hold("recommend");
    page.click("recommend").await;
    page.says("Not ready just now").await;
    assert_eq!(page.violations().await, Vec::<String>::new());
    page.browser.screenshot("phone-unavailable").await;
    page.until("count", |count| count.starts_with('5')).await;
    system.let_go("recommend");
    // Not before the server said that it may.
    page.until_eval("return document.querySelector('[data-testid=retry]').disabled", |off| off == false)
        .await;
    page.click("retry").await;
    page.find("person").await;
    assert_eq!(page.count("person").await, 10);
    page.browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_heard_again_is_gone_on_with_by_itself() {
    let system = System::demo(Demo::default());
    let page = Page::visit(Browser::open(390, 844).await, &system.http).await;
    page.begin().await;
    page.rank([4, 0, 8, 2, 6]).await;
    page.browser.unheard(true).await;
    page.click("recommend").await;
    page.find("retry").await;
    assert_eq!(page.violations().await, Vec::<String>::new());
    page.browser.screenshot("phone-unheard").await;
    page.browser.unheard(false).await;
    page.find("person").await;
    assert_eq!(page.count("person").await, 10);
    page.browser.close().await;
}
