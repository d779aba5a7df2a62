//! An operator in a real browser: signed in, a roster imported, crops looked at, a representative replaced, somebody erased.

use std::path::Path;
use std::time::Duration;

use cli::portrait::{Identity, Sitting, portrait};
use serde_json::Value;
use tests::browser::Browser;
use tests::page::Page;
use tests::{Demo, Events, Nginx, System, Visitor};

const TOKEN: &str = "correct-horse-battery";
const PATIENCE: Duration = Duration::from_secs(40);
const HEADER: &str = "id,name,links,sources,attested_by,attested_on,consent_reference,consent_scope,consent_granted_on,consent_withdrawn_on";

/// Waits until a picture that was asked for is there, and none is not to be had.
async fn pictures(page: &Page) {
    let shown = "return [[...document.querySelectorAll('.picture img')].filter((i) => i.naturalWidth).length,
        document.body.innerText.includes('gone')]";
    let found = page.until_eval(shown, |found| found[1] == true || found[0].as_u64() > Some(0)).await;
    assert_eq!(found[1], false, "a picture was not to be had");
}

async fn go(page: &Page, http: &str, hash: &str) {
    page.browser.client.goto(&format!("{http}/admin#{hash}")).await.unwrap();
}

/// A roster of one person with pictures and a list of addresses, dated as spreadsheets do, and one whom nobody attested.
fn roster(folder: &Path) -> (String, String) {
    let photos = folder.join("photos/new-face");
    std::fs::create_dir_all(&photos).unwrap();
    for picture in 0..4 {
        let drawn = portrait(&Identity::drawn(900_001), &Sitting::drawn(picture), 320);
        drawn.save(photos.join(format!("own-{picture}.png"))).unwrap();
    }
    let rows = [
        "new-face,New Face,,folder;list=own.txt,Studio,2026/1/31,C-1,template display,2026/02/01,",
        "unasked,Un Asked,,folder,,,C-2,template display,2026-02-01,",
    ];
    let file = folder.join("new.csv");
    std::fs::write(&file, format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
    std::fs::write(folder.join("own.txt"), "# none yet\n").unwrap();
    (file.display().to_string(), folder.join("photos").display().to_string())
}

async fn sign_in(page: &Page) {
    let token = page.find("token").await;
    token.send_keys("not-the-operators-token").await.unwrap();
    page.click("sign-in").await;
    page.until("refusal", |word| word.contains("not the operator")).await;
    token.clear().await.unwrap();
    token.send_keys(TOKEN).await.unwrap();
    page.click("keep").await;
    page.click("sign-in").await;
    page.until("enrolled", |words| words.starts_with("14 people")).await;
    // Kept for this tab, it need not be typed again.
    page.browser.client.refresh().await.unwrap();
    page.until("enrolled", |words| words.starts_with("14 people")).await;
}

async fn import(system: &System, page: &Page) {
    let (file, photos) = roster(system.scratch());
    page.click("to-collection").await;
    page.find("roster-file").await.send_keys(&file).await.unwrap();
    page.find("lists")
        .await
        .send_keys(&system.scratch().join("own.txt").display().to_string())
        .await
        .unwrap();
    page.find("photos").await.send_keys(&photos).await.unwrap();
    page.click("import").await;
    page.until("status", |word| word.contains("4 crops stored, 1 row refused")).await;
    let rows = page.until("rows", |_| true).await;
    assert!(rows.contains("new-face") && rows.contains("accepted") && rows.contains("refused"), "{rows}");
    assert!(rows.contains("attested_by"), "{rows}");
}

/// Imports a roster by which everyone withdrew, and thinks better of it.
async fn import_of_withdrawals(system: &System, page: &Page) {
    let drawn = std::fs::read_to_string(system.data().join("roster/roster.csv")).unwrap();
    let mut lines = drawn.lines();
    let mut withdrawn = format!("{}\n", lines.next().unwrap());
    for line in lines {
        withdrawn += &format!("{line}2026-03-01\n");
    }
    let file = system.scratch().join("withdrawn.csv");
    std::fs::write(&file, withdrawn).unwrap();
    page.find("roster-file").await.send_keys(&file.display().to_string()).await.unwrap();
    page.click("import").await;
    page.click("cancel").await;
    page.until("status", |word| word.contains("Nothing was changed")).await;
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
    // As operators reach it: through a proxy that passes requests on and does nothing else.
    let proxy = Nginx::before(&system.http).await;
    let (http, visitor) = (proxy.http.clone(), Visitor::of(&system.http));
    let mut events = Events::open(&http).await;
    let first = events.next("catalogue", |_| true).await;
    let page = Page::visit(Browser::open(1280, 900).await, &format!("{http}/admin")).await;
    sign_in(&page).await;
    page.browser.screenshot("console-people").await;
    import(&system, &page).await;
    page.browser.screenshot("console-import").await;
    import_of_withdrawals(&system, &page).await;

    // Crops, kept and dropped, with their pictures and the reason of each that was dropped.
    let (_, catalogue) = system.avzeus(&["catalogue", "show"]);
    let (group, person) = another(&catalogue);
    go(&page, &http, &format!("crops/{person}")).await;
    page.until("kept", |text| text.contains("cosine")).await;
    let dropped = page.until("dropped", |text| text.contains("cosine")).await;
    assert!(dropped.contains("is needed") || dropped.contains("are needed"), "{dropped}");
    pictures(&page).await;
    page.browser.screenshot("console-crops").await;

    // A representative by hand: visitors see it, and it survives a grouping anew and a restart.
    go(&page, &http, &format!("groups/{group}")).await;
    page.click(&format!("represent-{person}")).await;
    page.until("status", |word| word.contains(&format!("{person} stands for group {group}"))).await;
    until_shown(&visitor, group, &person, true).await;
    events.next("catalogue", |told| told["catalogue_version"] != first["catalogue_version"]).await;
    go(&page, &http, "groups").await;
    page.until(&format!("group-{group}"), |text| text.contains("chosen by hand") && text.contains(&person))
        .await;
    pictures(&page).await;
    page.browser.screenshot("console-groups").await;
    page.click("rebuild").await;
    page.until("status", |word| word.contains("Everyone is grouped anew.")).await;
    let pid = system.kill("cluster");
    system.started_again("cluster", pid).await;
    let (catalogue, group) = until_catalogued(&system, &person).await;
    assert_eq!(catalogue["representatives"][group as usize], person.as_str(), "{catalogue}");
    assert_eq!(catalogue["chosen"], serde_json::json!([group]));

    // An id that nothing is kept of is refused, and the nearest are named.
    let (client, path) = (runtime::web::client(), format!("{http}/api/v1/admin/people"));
    let typo = format!("{person}x");
    let refused = client.post(format!("{path}/{typo}/erase")).bearer_auth(TOKEN);
    let refused = refused.json(&serde_json::json!({ "confirm": typo })).send().await.unwrap();
    let (status, problem) = (refused.status().as_u16(), refused.json::<Value>().await.unwrap());
    assert!(status == 404 && problem["detail"].as_str().unwrap().contains(&person), "{problem}");
    let never = client.get(format!("{path}/{typo}/erasure")).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(never.status().as_u16(), 404);

    // Erased: every service says what it removed, and the receipt is signed. The choice goes with them.
    go(&page, &http, &format!("people/{person}")).await;
    page.click("erase").await;
    let typed = page.find("confirm-typed").await;
    typed.send_keys("somebody").await.unwrap();
    assert!(!page.find("confirm").await.is_enabled().await.unwrap());
    typed.clear().await.unwrap();
    typed.send_keys(&person).await.unwrap();
    page.click("confirm").await;
    let receipt = page.until("receipt", |text| text.contains("signed")).await;
    assert!(!receipt.contains("not signed"), "{receipt}");
    let erasure = page.until("erasure", |text| text.contains("Every service has answered")).await;
    for service in ["cluster", "gateway", "ingest", "recommend", "stored crops"] {
        assert!(erasure.contains(service), "{service} in {erasure}");
    }
    page.browser.screenshot("console-erased").await;
    until_shown(&visitor, group, &person, false).await;
    let (_, catalogue) = system.avzeus(&["catalogue", "show"]);
    assert_eq!(catalogue["chosen"], serde_json::json!([]));
    let log = std::fs::read_to_string(system.data().join("avzeus.log")).unwrap();
    assert!(log.contains("an operator was let in") && !log.contains(&person) && !log.contains(TOKEN));

    go(&page, &http, "health").await;
    let services = page.until("services", |text| text.matches("ready").count() == 6).await;
    assert!(services.contains("learn") && services.contains("embed"), "{services}");
    page.until("streams", |text| text.contains("CROPS_STORED") && text.contains("ingest-withdrawals")).await;
    page.browser.screenshot("console-health").await;

    page.click("sign-out").await;
    page.until("refusal", |word| word.contains("signed out")).await;
    page.browser.screenshot("console-sign-in").await;
    page.browser.close().await;
}
