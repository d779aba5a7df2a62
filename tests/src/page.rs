//! The visitors' page in a real browser, as somebody uses it.

use std::path::PathBuf;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::browser::Browser;

/// Time the page has to show what it should.
const PATIENCE: Duration = Duration::from_secs(30);
/// A page tells nobody outside of it that it has changed.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A page that somebody visits.
pub struct Page {
    /// What it is looked at with.
    pub browser: Browser,
}

/// The elements that the page names for tests.
fn by(id: &str) -> String {
    format!("[data-testid={id}]")
}

impl Page {
    /// Goes to `url`.
    pub async fn visit(browser: Browser, url: &str) -> Self {
        browser.client.goto(url).await.expect("the browser goes there");
        Self { browser }
    }

    fn client(&self) -> &Client {
        &self.browser.client
    }

    /// The first element called `id`, once it is there.
    pub async fn find(&self, id: &str) -> Element {
        let found = self.client().wait().at_most(PATIENCE).every(LOOK_AGAIN);
        found.for_element(Locator::Css(&by(id))).await.unwrap_or_else(|e| panic!("no {id}: {e}"))
    }

    /// How many elements are called `id` now.
    pub async fn count(&self, id: &str) -> usize {
        self.client().find_all(Locator::Css(&by(id))).await.expect("the page can be searched").len()
    }

    /// What a script that returns a value returns.
    pub async fn eval(&self, script: &str) -> Value {
        let told = self.client().execute(script, vec![]).await;
        told.unwrap_or_else(|e| panic!("{script}: {e}"))
    }

    /// Waits until an element's text is what `wanted` says.
    pub async fn until(&self, id: &str, wanted: impl Fn(&str) -> bool) -> String {
        self.find(id).await;
        let script = format!("return document.querySelector('{}')?.textContent ?? ''", by(id));
        self.until_eval(&script, |text| wanted(text.as_str().unwrap_or_default()))
            .await
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Waits until a script returns what `wanted` says.
    pub async fn until_eval(&self, script: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let now = self.eval(script).await;
            if wanted(&now) {
                return now;
            }
            assert!(Instant::now() < end, "{script} stayed {now}");
            sleep(LOOK_AGAIN).await;
        }
    }

    /// Waits until the page says `words` to its visitor.
    pub async fn says(&self, words: &str) {
        self.until_eval("return document.getElementById('stage').textContent", |text| {
            text.as_str().is_some_and(|text| text.contains(words))
        })
        .await;
    }

    /// Clicks on the first element called `id`.
    pub async fn click(&self, id: &str) {
        self.click_nth(id, 0).await;
    }

    /// Clicks on the `n`th of them, counted from 0: on its successor, where the page made it anew meanwhile.
    pub async fn click_nth(&self, id: &str, n: usize) {
        let end = Instant::now() + PATIENCE;
        loop {
            self.find(id).await;
            let all = self.client().find_all(Locator::Css(&by(id))).await.expect("the page can be searched");
            let clicked = match all.get(n) {
                Some(element) => element.click().await,
                None => panic!("{id}: {} of them, none {n}", all.len()),
            };
            match clicked {
                Ok(()) => return,
                Err(gone) if gone.is_stale_element_reference() && Instant::now() < end => {}
                Err(error) => panic!("{id} {n}: {error}"),
            }
        }
    }

    /// Says to be of age, and goes on to the faces.
    pub async fn begin(&self) {
        self.click("adult").await;
        self.click("begin").await;
        self.find("representative").await;
    }

    /// Taps five faces.
    pub async fn rank(&self, faces: [usize; 5]) {
        for face in faces {
            self.click_nth("representative", face).await;
        }
        self.until("count", |count| count.starts_with('5')).await;
    }

    /// Which step is shown.
    pub async fn step(&self, wanted: &str) {
        self.until_eval("return document.body.dataset.step", |step| step == wanted).await;
    }

    /// Presses a key where the focus is.
    pub async fn press(&self, key: &str) {
        let focused = self.client().active_element().await.expect("something has the focus");
        focused.send_keys(key).await.unwrap_or_else(|e| panic!("{key:?}: {e}"));
    }

    /// Gives the page's file field a file.
    pub async fn choose_file(&self, path: &std::path::Path) {
        self.find("file").await.send_keys(&path.display().to_string()).await.expect("the field takes a file");
    }

    /// What axe-core finds that keeps people out: rule, and where.
    pub async fn violations(&self) -> Vec<String> {
        if self.eval("return typeof axe").await == "undefined" {
            self.client().execute(&axe(), vec![]).await.expect("axe-core can be run");
        }
        let run = "const done = arguments[arguments.length - 1];
            axe.run(document).then(({ violations }) => done(violations.map(({ id, nodes }) =>
              `${id}: ${nodes.map(({ target, any }) => `${target} (${any[0]?.message ?? ''})`).join(', ')}`)));";
        let found = self.client().execute_async(run, vec![json!(null)]).await.expect("axe-core ends");
        serde_json::from_value(found).expect("a list of violations")
    }
}

/// axe-core as `make setup-test` fetches it: …/<target>/axe, above the running test.
fn axe() -> String {
    let test = std::env::current_exe().expect("a test knows its program");
    let mut places = test.ancestors().map(|dir| dir.join("axe/node_modules/axe-core/axe.min.js"));
    let script: Option<PathBuf> = places.find(|path| path.is_file());
    let script = script.expect("axe-core is not there: run `make setup-test`");
    std::fs::read_to_string(script).expect("axe-core can be read")
}
