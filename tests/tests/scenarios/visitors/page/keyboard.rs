//! Everything without a mouse, and what a screen reader is told meanwhile.

use serde_json::json;
use tests::browser::Browser;
use tests::page::Page;
use tests::{Demo, System};

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const SPACE: &str = " ";
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";
/// More stops than any step has.
const STOPS: usize = 60;

/// Presses Tab until what is called `id` has the focus.
async fn tab_to(page: &Page, id: &str) {
    for _ in 0..STOPS {
        page.press(TAB).await;
        if focused(page).await == id {
            return;
        }
    }
    panic!("Tab does not reach {id}");
}

async fn focused(page: &Page) -> String {
    let called =
        page.eval("return document.activeElement.dataset.testid ?? document.activeElement.tagName").await;
    called.as_str().expect("a word").to_owned()
}

/// Waits until the step's heading has the focus: there a reader goes on reading.
async fn reads_heading(page: &Page, heading: &str) {
    let shown = "return document.activeElement.tagName === 'H1' && document.activeElement.textContent";
    page.until_eval(shown, |text| text == heading).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_by_keyboard_alone() {
    let system = System::demo(Demo::default());
    let page = Page::visit(Browser::open(1280, 900).await, &system.http).await;
    page.find("gate").await;
    tab_to(&page, "adult").await;
    page.press(ENTER).await;
    reads_heading(&page, "Five faces, ten people").await;
    tab_to(&page, "begin").await;
    page.press(ENTER).await;
    reads_heading(&page, "Which faces draw you in?").await;
    page.find("representative").await;

    // Space ranks; arrows walk the grid as it is seen.
    tab_to(&page, "representative").await;
    page.press(SPACE).await;
    page.until("said", |said| said.contains("is number 1") && said.contains("1 of 5 chosen")).await;
    page.press(SPACE).await;
    page.until("said", |said| said.contains("is taken back") && said.contains("0 of 5 chosen")).await;
    for (key, chosen) in [(RIGHT, 1), (RIGHT, 2), (DOWN, 3), (DOWN, 4)] {
        page.press(key).await;
        page.press(SPACE).await;
        page.until("said", |said| said.contains(&format!("{chosen} of 5 chosen"))).await;
    }
    let at = "return [...document.querySelectorAll('[data-testid=representative]')].indexOf(document.activeElement)";
    assert_eq!(page.eval(at).await, json!(8));
    page.press(RIGHT).await;
    assert_eq!(page.eval(at).await, json!(8), "the last face has none after it");
    tab_to(&page, "clear").await;
    page.press(ENTER).await;
    page.until("said", |said| said.contains("0 of 5 chosen")).await;
    reads_heading(&page, "Which faces draw you in?").await;
    for _ in 0..5 {
        tab_to(&page, "representative").await;
        page.press(SPACE).await;
    }
    tab_to(&page, "representative").await;
    page.press(SPACE).await;
    page.until("said", |said| said.contains("Five are chosen")).await;

    tab_to(&page, "recommend").await;
    page.press(ENTER).await;
    reads_heading(&page, "Your ten").await;
    tab_to(&page, "choose").await;
    page.press(SPACE).await;
    page.until("chosen", |earned| earned.contains("rank 1")).await;
    page.until_eval("return document.querySelector('.said[role=status]').textContent", |said| {
        said.as_str().is_some_and(|said| said.starts_with("You chose"))
    })
    .await;
    page.browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_already_stays_when_the_steps_come() {
    let system = System::up();
    let page = Page::visit(Browser::open(1280, 900).await, &system.http).await;
    page.find("adult").await;
    let early = "document.querySelector('[data-testid=adult]').click();
        window.early = document.querySelector('[data-testid=begin]');
        early.focus();
        return document.body.dataset.step ?? 'none yet'";
    assert_eq!(page.eval(early).await, "none yet", "the steps were there before the explanation");
    page.step("explanation").await;
    assert_eq!(page.eval("return document.activeElement === early").await, json!(true));
    page.press(ENTER).await;
    page.step("selection").await;
    page.browser.close().await;
}
