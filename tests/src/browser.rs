//! A real headless Chromium, driven through chromedriver.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::http::Method;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::{ParseError, Url};

/// Time chromedriver has to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// A browser with a profile of its own; dropped, it is gone.
pub struct Browser {
    /// What it is driven by.
    pub client: Client,
    _driver: Driver,
    _profile: TempDir,
}

/// What a browser has for a camera.
pub enum Camera<'a> {
    /// None at all.
    Missing,
    /// One that pages may not use.
    Refused,
    /// One that shows the pictures of this MJPEG file, over and over.
    Film(&'a Path),
}

/// A chromedriver, for whoever opens browsers; dropped, it is gone with every browser that it opened.
pub struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// Starts one; it answers a moment later.
    pub fn start() -> Self {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port is free").port();
        let process = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed: `make setup-test` installs it");
        Self { process, port }
    }

    /// Where it is.
    pub fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Browser {
    /// Opens a window of `width` × `height` pixels, of somebody who reads English.
    pub async fn open(width: u32, height: u32) -> Self {
        Self::open_in("en", width, height).await
    }

    /// The same, of somebody who reads `language`.
    pub async fn open_in(language: &str, width: u32, height: u32) -> Self {
        Self::opened(language, width, height, &Camera::Missing).await
    }

    /// The same, of somebody who reads English and has `camera`.
    pub async fn open_with(camera: &Camera<'_>, width: u32, height: u32) -> Self {
        Self::opened("en", width, height, camera).await
    }

    async fn opened(language: &str, width: u32, height: u32, camera: &Camera<'_>) -> Self {
        let driver = Driver::start();
        let profile = tempfile::tempdir().expect("a temporary folder can be made");
        let capabilities = capabilities(language, width, height, camera, profile.path());
        let client = connect(&driver.http(), capabilities).await;
        Self { client, _driver: driver, _profile: profile }
    }

    /// Calls a method of the Chrome DevTools Protocol: what WebDriver has no words for.
    pub async fn devtools(&self, method: &'static str, params: Value) -> Value {
        let told = self.client.issue_cmd(DevTools { method, params }).await;
        told.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Whether the page is told that its visitor likes dark windows.
    pub async fn dark(&self, yes: bool) {
        let scheme = if yes { "dark" } else { "light" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Gives the page this line to its server: `offline`, `latency` in milliseconds, `downloadThroughput` and
    /// `uploadThroughput` in bytes a second, -1 for as many as there are.
    pub async fn line(&self, conditions: Value) {
        self.devtools("Network.enable", json!({})).await;
        self.devtools("Network.emulateNetworkConditions", conditions).await;
    }

    /// Whether the page has no connection.
    pub async fn offline(&self, yes: bool) {
        let line = json!({ "offline": yes, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.line(line).await;
    }

    /// Whether the server cannot be heard, though there is a connection.
    pub async fn unheard(&self, yes: bool) {
        let urls = if yes { json!(["*/api/*"]) } else { json!([]) };
        self.devtools("Network.enable", json!({})).await;
        self.devtools("Network.setBlockedURLs", json!({ "urls": urls })).await;
    }

    /// Writes what the window shows to `target/screens/<name>.png`.
    pub async fn screenshot(&self, name: &str) {
        let png = self.client.screenshot().await.expect("the window can be pictured");
        let folder = crate::program("avzeus").with_file_name("").join("../screens");
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        std::fs::write(folder.join(format!("{name}.png")), png).expect("the picture can be written");
    }

    /// Closes the window and waits until it is closed.
    pub async fn close(self) {
        let _ = self.client.clone().close().await;
    }
}

/// One call of the Chrome DevTools Protocol, through chromedriver.
#[derive(Debug)]
struct DevTools {
    method: &'static str,
    params: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({ "cmd": self.method, "params": self.params });
        (Method::POST, Some(body.to_string()))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Killed, the driver would leave its browser behind; asked, it closes it and ends.
        let asked = TcpStream::connect(("127.0.0.1", self.port)).and_then(|mut driver| {
            driver.set_read_timeout(Some(PATIENCE))?;
            driver.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
            driver.read_to_end(&mut Vec::new())
        });
        if asked.is_err() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

fn capabilities(
    language: &str,
    width: u32,
    height: u32,
    camera: &Camera<'_>,
    profile: &Path,
) -> Capabilities {
    let cameras = match camera {
        Camera::Missing => 0,
        Camera::Refused | Camera::Film(_) => 1,
    };
    let mut args = vec![
        "--headless".to_owned(),
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--no-first-run".to_owned(),
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-sync".to_owned(),
        // Pictures of a page at rest, and no test that waits for a transition.
        "--force-prefers-reduced-motion".to_owned(),
        "--hide-scrollbars".to_owned(),
        format!("--user-data-dir={}", profile.display()),
        format!("--window-size={width},{height}"),
        // Never the machine's own.
        format!("--use-fake-device-for-media-stream=device-count={cameras}"),
    ];
    if let Camera::Film(film) = camera {
        args.push(format!("--use-file-for-fake-video-capture={}", film.display()));
    }
    // A window cannot be made as narrow as a phone; an emulated screen can.
    let screen = json!({ "deviceMetrics": { "width": width, "height": height, "pixelRatio": 2, "touch": width < 600 } });
    let mut capabilities = Capabilities::new();
    capabilities.insert("browserName".to_owned(), json!("chrome"));
    let (allowed, blocked) = (1, 2);
    let may_film = if matches!(camera, Camera::Refused) { blocked } else { allowed };
    let prefs = json!({
        "intl.accept_languages": language,
        "profile.default_content_setting_values.clipboard": allowed,
        "profile.default_content_setting_values.media_stream_camera": may_film,
    });
    let options = json!({ "args": args, "mobileEmulation": screen, "prefs": prefs });
    capabilities.insert("goog:chromeOptions".to_owned(), options);
    capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
    capabilities
}

async fn connect(driver: &str, capabilities: Capabilities) -> Client {
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities);
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        match builder.connect(driver).await {
            Ok(client) => return client,
            Err(error) => assert!(tokio::time::Instant::now() < end, "chromedriver did not answer: {error}"),
        }
        // chromedriver says nothing when it is ready.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
