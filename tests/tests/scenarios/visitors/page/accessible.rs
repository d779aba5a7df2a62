//! axe-core finds nothing on any state of the page; the language is switched in every one of them, and loses nothing.

use serde_json::json;
use tests::browser::Browser;
use tests::page::Page;
use tests::{Demo, System};

use super::SCREENS;
use super::by_photo::Photos;

/// What of the page's state a change of language must not touch.
const STATE: &str = "return [document.body.dataset.step ?? null,
    [...document.querySelectorAll('[aria-pressed]')].map((button) => button.getAttribute('aria-pressed')),
    document.querySelectorAll('canvas').length, document.querySelectorAll('.notice').length, location.href]";

/// Looks at the state called `name` in both languages, light and dark, and leaves it in English.
pub(super) async fn looked_at(page: &Page, screen: &str, name: &str) {
    let before = page.eval(STATE).await;
    for (language, dark) in [("en", false), ("ja", true), ("en", true), ("ja", false), ("en", false)] {
        if page.eval("return document.documentElement.lang").await != language {
            page.click("language").await;
        }
        page.browser.dark(dark).await;
        assert_eq!(page.eval(STATE).await, before, "{screen}, {name}, {language}");
        let found = page.violations().await;
        assert!(found.is_empty(), "{screen}, {name}, {language}, dark {dark}: {found:#?}");
        let theme = if dark { "dark" } else { "light" };
        page.browser.screenshot(&format!("{screen}-{name}-{language}-{theme}")).await;
    }
}

async fn every_state(system: &System, photos: &Photos, screen: (&str, u32, u32)) {
    let (screen, width, height) = screen;
    let page = Page::visit(Browser::open(width, height).await, &system.http).await;
    page.find("gate").await;
    looked_at(&page, screen, "gate").await;
    page.click("minor").await;
    looked_at(&page, screen, "minor").await;
    page.click("mistake").await;
    page.click("adult").await;
    page.find("begin").await;
    looked_at(&page, screen, "explanation").await;
    page.click("begin").await;
    page.find("representative").await;
    looked_at(&page, screen, "selection").await;
    page.rank([4, 0, 8, 2, 6]).await;
    looked_at(&page, screen, "full").await;

    page.browser.offline(true).await;
    page.click("recommend").await;
    page.find("retry").await;
    looked_at(&page, screen, "offline").await;
    // It goes on by itself.
    page.browser.offline(false).await;
    page.find("person").await;
    looked_at(&page, screen, "results").await;
    page.click_nth("choose", 2).await;
    page.find("chosen").await;
    looked_at(&page, screen, "chosen").await;

    page.click("restart").await;
    page.step("selection").await;
    page.click("photo-instead").await;
    page.find("pick").await;
    looked_at(&page, screen, "photo").await;
    page.choose_file(&photos.none).await;
    page.says("No face was found").await;
    looked_at(&page, screen, "photo-none").await;
    page.choose_file(&photos.no_picture).await;
    page.says("This file is no photo").await;
    looked_at(&page, screen, "photo-refused").await;
    page.choose_file(&photos.one).await;
    page.says("Is this the face?").await;
    looked_at(&page, screen, "photo-one").await;
    page.click("other").await;
    page.choose_file(&photos.two).await;
    page.says("Which face?").await;
    looked_at(&page, screen, "photo-several").await;
    page.click("use").await;
    page.find("resemblance").await;
    looked_at(&page, screen, "by-photo").await;
    assert_eq!(page.eval("return document.querySelectorAll('img:not([width])').length").await, json!(0));
    page.browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_on_the_page_keeps_anybody_out() {
    let system = System::demo(Demo::default());
    let photos = Photos::drawn(system.scratch());
    for screen in SCREENS {
        every_state(&system, &photos, screen).await;
    }
}
