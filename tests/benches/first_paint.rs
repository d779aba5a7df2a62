//! When a phone on a slow line has painted the largest thing of the page: four times slower a processor, 1.6 Mbit/s,
//! 150 ms to the server and back. The page promises 1.5 s.
//!
//! `cargo bench -p tests --bench first_paint`, with a demo that it starts itself.

use serde_json::json;
use tests::browser::Browser;
use tests::page::Page;
use tests::{Demo, System, Visitor};

const VISITS: usize = 5;
/// Bytes a second of 1.6 Mbit/s, and of a phone's way back.
const DOWN: u64 = 1_600_000 / 8;
const UP: u64 = 750_000 / 8;

/// Largest contentful paint so far, in milliseconds; 0 before the first.
const PAINTED: &str = "window.painted ??= 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ startTime }) => { window.painted = startTime; }))
      .observe({ type: 'largest-contentful-paint', buffered: true });";

/// One visit of `url` with nothing in the cache, until `shown` is there.
async fn visit(url: &str, adult: bool, shown: &str) -> u64 {
    let browser = Browser::open(390, 844).await;
    let answered = if adult { "localStorage.setItem('avzeus.adult', 'yes');" } else { "" };
    let source = json!({ "source": format!("{answered} {PAINTED}") });
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", source).await;
    let line =
        json!({ "offline": false, "latency": 150, "downloadThroughput": DOWN, "uploadThroughput": UP });
    browser.line(line).await;
    browser.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": 4 })).await;
    let page = Page::visit(browser, url).await;
    page.find(shown).await;
    let loaded =
        "return document.readyState === 'complete' && [...document.images].every((image) => image.complete)";
    page.until_eval(loaded, |yes| yes == true).await;
    // A frame later it is painted, and told of.
    let frame = "const done = arguments[0]; requestAnimationFrame(() => setTimeout(done, 100))";
    page.browser.client.execute_async(frame, vec![]).await.expect("a frame comes");
    page.eval("return Math.round(window.painted)").await.as_u64().expect("milliseconds")
}

async fn report(state: &str, url: &str, adult: bool, shown: &str) {
    let mut painted = Vec::new();
    for _ in 0..VISITS {
        painted.push(visit(url, adult, shown).await);
    }
    painted.sort_unstable();
    println!("{state:<22} median {:>5} ms, of {painted:?}", painted[VISITS / 2]);
}

#[tokio::main]
async fn main() {
    let system = System::demo(Demo::default());
    let faces = Visitor::of(&system.http).representatives().await;
    let version = faces["catalogue_version"].as_str().expect("it names its catalogue");
    let link = format!("{}/#ranking=4-0-8-2-6&catalogue={version}", system.http);
    report("first visit, the gate", &system.http, false, "adult").await;
    report("again, the explanation", &system.http, true, "begin").await;
    report("a link, nine faces", &link, true, "representative").await;
}
