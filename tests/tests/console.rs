//! An operator in a real browser: signed in, a roster imported, crops looked at, a representative replaced, somebody erased.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::Duration;

use cli::portrait::{Identity, Sitting, portrait};
use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use serde_json::Value;
use tests::browser::Browser;
use tests::{Demo, System, Visitor};

const TOKEN: &str = "correct-horse-battery";
const PATIENCE: Duration = Duration::from_secs(40);
const HEADER: &str = "id,name,links,sources,attested_by,attested_on,consent_reference,consent_scope,consent_granted_on,consent_withdrawn_on";

fn by(id: &str) -> String {
    format!("[data-testid={id}]")
}

/// The element that `css` finds, as soon as it is there.
async fn found(client: &Client, css: &str) -> Element {
    let wait = client.wait().at_most(PATIENCE).every(Duration::from_millis(50));
    wait.for_element(Locator::Css(css)).await.unwrap_or_else(|e| panic!("no {css}: {e}"))
}

async fn click(client: &Client, id: &str) {
    found(client, &by(id)).await.click().await.unwrap();
}

/// Waits until what the page shows under `id` is what `wanted` says.
async fn until(client: &Client, id: &str, wanted: impl Fn(&str) -> bool) -> String {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        // It may be replaced between being found and being read.
        let now = found(client, &by(id)).await.text().await.unwrap_or_default();
        if wanted(&now) {
            return now;
        }
        assert!(tokio::time::Instant::now() < end, "{id} stayed {now:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until every picture on the page that was asked for is there.
async fn pictures(client: &Client) -> u64 {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        let script =
            "return [...document.querySelectorAll('.picture img')].filter((i) => i.naturalWidth).length";
        let shown = client.execute(script, vec![]).await.unwrap().as_u64().unwrap();
        let gone = client.execute("return document.body.innerText.includes('gone')", vec![]).await.unwrap();
        assert_eq!(gone, false, "a picture was not to be had");
        if shown > 0 {
            return shown;
        }
        assert!(tokio::time::Instant::now() < end, "no picture came");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn go(client: &Client, http: &str, hash: &str) {
    client.goto(&format!("{http}/admin#{hash}")).await.unwrap();
}

/// A roster of one person with pictures and one whom nobody attested.
fn roster(folder: &Path) -> (String, String) {
    let photos = folder.join("photos/new-face");
    std::fs::create_dir_all(&photos).unwrap();
    for picture in 0..4 {
        let drawn = portrait(&Identity::drawn(900_001), &Sitting::drawn(picture), 320);
        drawn.save(photos.join(format!("own-{picture}.png"))).unwrap();
    }
    let rows = [
        "new-face,New Face,,folder,Studio,2026-01-31,C-1,template display,2026-02-01,",
        "unasked,Un Asked,,folder,,,C-2,template display,2026-02-01,",
    ];
    let file = folder.join("new.csv");
    std::fs::write(&file, format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
    (file.display().to_string(), folder.join("photos").display().to_string())
}

async fn sign_in(client: &Client, http: &str) {
    client.goto(&format!("{http}/admin")).await.unwrap();
    let token = found(client, &by("token")).await;
    token.send_keys("not-the-operators-token").await.unwrap();
    click(client, "sign-in").await;
    until(client, "refusal", |word| word.contains("not the operator")).await;
    token.clear().await.unwrap();
    token.send_keys(TOKEN).await.unwrap();
    click(client, "keep").await;
    click(client, "sign-in").await;
    until(client, "enrolled", |words| words.starts_with("14 people")).await;
    // Kept for this tab, it need not be typed again.
    client.refresh().await.unwrap();
    until(client, "enrolled", |words| words.starts_with("14 people")).await;
}

async fn import(system: &System, client: &Client) {
    let (file, photos) = roster(system.scratch());
    click(client, "to-collection").await;
    found(client, &by("roster-file")).await.send_keys(&file).await.unwrap();
    found(client, &by("photos")).await.send_keys(&photos).await.unwrap();
    click(client, "import").await;
    until(client, "status", |word| word.contains("4 crops stored, 1 row refused")).await;
    let rows = until(client, "rows", |_| true).await;
    assert!(rows.contains("new-face") && rows.contains("accepted") && rows.contains("refused"), "{rows}");
    assert!(rows.contains("attested_by"), "{rows}");
}

/// A group with more than its representative, and somebody in it who is not that.
fn another(catalogue: &Value) -> (u64, String) {
    let represents = |id: &Value| catalogue["representatives"].as_array().unwrap().contains(id);
    let people = catalogue["people"].as_array().unwrap().iter();
    let other = people.into_iter().find(|p| p["group"].is_u64() && !represents(&p["person"])).unwrap();
    (other["group"].as_u64().unwrap(), other["person"].as_str().unwrap().to_owned())
}

async fn shown(visitor: &Visitor, group: u64) -> String {
    let faces = visitor.representatives().await;
    faces["representatives"][group as usize]["person"]["id"].as_str().unwrap().to_owned()
}

/// Waits until visitors see `person` stand for `group`, or anybody else where they should not.
async fn until_shown(visitor: &Visitor, group: u64, person: &str, should: bool) {
    let end = tokio::time::Instant::now() + PATIENCE;
    while (shown(visitor, group).await == person) != should {
        assert!(tokio::time::Instant::now() < end, "{person} stands for group {group}: {}", !should);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until the cataloguer, started again, has looked at everyone; the catalogue and the group of `person`.
async fn until_catalogued(system: &System, person: &str) -> (Value, u64) {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        let (_, catalogue) = system.avzeus(&["catalogue", "show"]);
        let people = catalogue["people"].as_array().map(Vec::as_slice).unwrap_or_default();
        let group = people.iter().find(|p| p["person"] == person).and_then(|p| p["group"].as_u64());
        if let Some(group) = group {
            return (catalogue, group);
        }
        assert!(tokio::time::Instant::now() < end, "{person} is in no group: {catalogue}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_imports_looks_replaces_and_erases() {
    let system =
        System::demo(Demo { env: vec![("AVZEUS_GATEWAY_ADMIN_TOKEN", TOKEN.to_owned())], ..Demo::default() });
    let (http, visitor) = (system.http.clone(), Visitor::of(&system.http));
    let browser = Browser::open(1280, 900).await;
    let client = &browser.client;
    sign_in(client, &http).await;
    browser.screenshot("console-people").await;
    import(&system, client).await;
    browser.screenshot("console-import").await;

    // Crops, kept and dropped, with their pictures and the reason of each that was dropped.
    let (_, catalogue) = system.avzeus(&["catalogue", "show"]);
    let (group, person) = another(&catalogue);
    go(client, &http, &format!("crops/{person}")).await;
    until(client, "kept", |text| text.contains("cosine")).await;
    let dropped = until(client, "dropped", |text| text.contains("cosine")).await;
    assert!(dropped.contains("is needed") || dropped.contains("are needed"), "{dropped}");
    assert!(pictures(client).await > 0);
    browser.screenshot("console-crops").await;

    // A representative by hand: visitors see it, and it survives a grouping anew and a restart.
    go(client, &http, &format!("groups/{group}")).await;
    click(client, &format!("represent-{person}")).await;
    until(client, "status", |word| word.contains(&format!("{person} stands for group {group}"))).await;
    until_shown(&visitor, group, &person, true).await;
    go(client, &http, "groups").await;
    until(client, &format!("group-{group}"), |text| {
        text.contains("chosen by hand") && text.contains(&person)
    })
    .await;
    pictures(client).await;
    browser.screenshot("console-groups").await;
    click(client, "rebuild").await;
    until(client, "status", |word| word.contains("Everyone is grouped anew.")).await;
    let pid = system.kill("cluster");
    system.started_again("cluster", pid).await;
    let (catalogue, group) = until_catalogued(&system, &person).await;
    assert_eq!(catalogue["representatives"][group as usize], person.as_str(), "{catalogue}");
    assert_eq!(catalogue["chosen"], serde_json::json!([group]));

    // Erased: every service says what it removed, and the receipt is signed. The choice goes with them.
    go(client, &http, &format!("people/{person}")).await;
    click(client, "erase").await;
    let typed = found(client, &by("confirm-typed")).await;
    typed.send_keys("somebody").await.unwrap();
    assert!(!found(client, &by("confirm")).await.is_enabled().await.unwrap());
    typed.clear().await.unwrap();
    typed.send_keys(&person).await.unwrap();
    click(client, "confirm").await;
    let receipt = until(client, "receipt", |text| text.contains("signed")).await;
    assert!(!receipt.contains("not signed"), "{receipt}");
    let erasure = until(client, "erasure", |text| text.contains("Every service has answered")).await;
    for service in ["cluster", "gateway", "ingest", "recommend", "stored crops"] {
        assert!(erasure.contains(service), "{service} in {erasure}");
    }
    browser.screenshot("console-erased").await;
    until_shown(&visitor, group, &person, false).await;
    let (_, catalogue) = system.avzeus(&["catalogue", "show"]);
    assert_eq!(catalogue["chosen"], serde_json::json!([]));
    let log = std::fs::read_to_string(system.data().join("avzeus.log")).unwrap();
    assert!(log.contains("an operator was let in") && !log.contains(&person) && !log.contains(TOKEN));

    go(client, &http, "health").await;
    let services = until(client, "services", |text| text.matches("ready").count() == 6).await;
    assert!(services.contains("learn") && services.contains("embed"), "{services}");
    until(client, "streams", |text| text.contains("CROPS_STORED") && text.contains("ingest-withdrawals"))
        .await;
    browser.screenshot("console-health").await;

    click(client, "sign-out").await;
    until(client, "refusal", |word| word.contains("signed out")).await;
    browser.screenshot("console-sign-in").await;
    browser.close().await;
}
