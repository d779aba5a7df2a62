//! Every section of the operators' console, and the contract's page, in a real browser, on a desk and on a phone: axe-core finds nothing that keeps
//! anybody out, and what serves is changed and changed back.

use tests::browser::Browser;
use tests::page::Page;
use tests::{Demo, System, Visitor};

const TOKEN: &str = "correct-horse-battery";

/// Where each section is, and an element with a word of its text that stands there once all of it does.
const SECTIONS: [(&str, &str, &str); 9] = [
    ("people", "[data-testid=enrolled]", "14 people"),
    ("crops", "[data-testid=crops-of]", ""),
    ("groups", "[data-testid=group-8]", "Members of group 8"),
    ("groups/0", "[data-testid=member]", ""),
    ("collection", "[data-testid=import]", ""),
    ("policies", "[data-testid=judged-by]", "By the same 9 clicks"),
    ("clicks", "[data-testid=calibration] tbody tr:nth-child(10)", ""),
    ("dead-letters", "#section-dead-letters", "everything was handled"),
    ("health", "[data-testid=services]", "learn"),
];

/// Looks at what is shown, light and dark.
async fn looked_at(page: &Page, screen: &str, name: &str) {
    for (theme, dark) in [("light", false), ("dark", true)] {
        page.browser.dark(dark).await;
        let found = page.violations().await;
        assert!(found.is_empty(), "{screen}, {name}, {theme}: {found:#?}");
        page.browser.screenshot(&format!("{screen}-console-{}-{theme}", name.replace('/', "-"))).await;
    }
}

async fn signed_in(page: &Page, screen: &str) {
    page.find("token").await.send_keys(TOKEN).await.unwrap();
    looked_at(page, screen, "sign-in").await;
    page.click("sign-in").await;
    page.until("enrolled", |words| words.starts_with("14 people")).await;
}

/// The contract's page, with what there is for operators: every operation with an example and a call.
async fn contracts_page(page: &Page, screen: &str, http: &str) {
    page.browser.client.goto(&format!("{http}/api")).await.unwrap();
    page.until_eval("return document.querySelectorAll('[data-testid=tag]').length", |tags| {
        tags.as_u64() == Some(8)
    })
    .await;
    let counted = "return ['operation', 'call', 'example'].map((id) => document.querySelectorAll(`[data-testid=${id}]`).length)";
    let counted: Vec<u64> = serde_json::from_value(page.eval(counted).await).unwrap();
    let contract = runtime::web::client().get(format!("{http}/api/openapi.json")).send().await.unwrap();
    let contract: serde_json::Value = contract.json().await.unwrap();
    let paths = contract["paths"].as_object().unwrap().values();
    let operations = paths.map(|item| item.as_object().unwrap().len() as u64).sum::<u64>();
    assert_eq!(counted[..2], [operations, operations]);
    assert!(counted[2] > 30, "{counted:?}");
    // Folded, a schema is not looked at.
    page.eval("document.querySelectorAll('details').forEach((folded) => { folded.open = true; })").await;
    looked_at(page, screen, "api").await;
}

async fn go(page: &Page, section: &str) {
    page.eval(&format!("location.hash = '{section}'")).await;
}

async fn every_section(page: &Page, screen: &str) {
    for (section, element, word) in SECTIONS {
        go(page, section).await;
        let text = format!("return document.querySelector('{element}')?.textContent");
        page.until_eval(&text, |text| text.as_str().is_some_and(|text| text.contains(word))).await;
        looked_at(page, screen, section).await;
    }
}

/// Makes the initial policy serve, and goes back.
async fn promoted_and_back(page: &Page, visitor: &Visitor) {
    go(page, "policies").await;
    let offered =
        "return document.querySelectorAll('[data-testid=promote-policy] option[value=initial]').length";
    page.until_eval(offered, |offered| offered.as_u64() == Some(1)).await;
    page.find("promote-policy").await.select_by_value("initial").await.unwrap();
    page.click("promote").await;
    page.until("status", |word| word.contains("initial serves")).await;
    page.until("serving", |policy| policy == "initial").await;
    assert_eq!(visitor.recommend([0, 1, 2, 3, 4]).await["policy"], "initial");
    page.click("rollback").await;
    page.click("confirm").await;
    page.until("status", |word| word.contains("live serves")).await;
    page.until("serving", |policy| policy == "live").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_section_is_for_everyone_and_what_serves_is_decided_in_one() {
    let system =
        System::demo(Demo { env: vec![("AVZEUS_GATEWAY_ADMIN_TOKEN", TOKEN.to_owned())], ..Demo::default() });
    let visitor = Visitor::of(&system.http);
    for first in 0..9 {
        let slate = visitor.recommend([0, 1, 2, 3, 4].map(|pick| (first + pick) % 9)).await;
        assert_eq!(visitor.click(&slate, 1 + first).await.0, 202);
    }
    for (screen, width, height) in [("desk", 1280, 900), ("phone", 390, 844)] {
        let page = Page::visit(Browser::open(width, height).await, &format!("{}/admin", system.http)).await;
        signed_in(&page, screen).await;
        every_section(&page, screen).await;
        if screen == "desk" {
            promoted_and_back(&page, &visitor).await;
        }
        contracts_page(&page, screen, &system.http).await;
        page.browser.close().await;
    }
}
