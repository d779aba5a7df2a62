//! The page, the console and their files.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::Edge;
use crate::built_in::{API_PAGE, CONSOLE, PAGE};

const TOKEN: &str = "correct-horse-battery";

/// Checks that the document at `path` and everything it names is served, and cached by its content.
async fn whole(edge: &Edge, path: &str, assets: &str) {
    let page = edge.get(path).await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    let text = String::from_utf8(page.body).unwrap();
    let named: Vec<&str> = text.split('"').filter(|word| word.contains("/assets/")).collect();
    assert!(named.iter().filter(|path| path.starts_with(assets)).count() > 1, "{named:?}");
    for path in named {
        let first = edge.get(path).await;
        assert_eq!((first.status, first.header("cache-control")), (StatusCode::OK, "no-cache"), "{path}");
        let again =
            Request::get(path).header("if-none-match", format!("\"other\", W/{}", first.header("etag")));
        let again = edge.send(again.body(Body::empty()).unwrap()).await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
        assert_eq!(again.header("etag"), first.header("etag"));
    }
}

#[tokio::test]
async fn everything_the_page_names_is_served_and_cached_by_its_content() {
    let edge = Edge::alone().await;
    whole(&edge, "/", "/assets/").await;
    let script = PAGE.0.iter().find(|(name, ..)| name.ends_with(".js")).unwrap();
    let answer = edge.get(&format!("/assets/{}", script.0)).await;
    assert_eq!((answer.header("content-type"), &*answer.body), ("text/javascript; charset=utf-8", script.2));
}

#[tokio::test]
async fn the_contracts_page_is_there() {
    whole(&Edge::alone().await, "/api", "/api/assets/").await;
}

#[tokio::test]
async fn the_console_is_there_where_there_are_operators() {
    let edge = Edge::with(&["--admin-token", TOKEN]).await;
    whole(&edge, "/admin", "/admin/assets/").await;
    edge.get("/admin/assets/nothing.js").await.problem(404);
    edge.get("/admin/assets/%ff").await.problem(404);
    let alone = Edge::alone().await;
    for path in ["/admin", "/admin/assets/main.js"] {
        alone.get(path).await.problem(404);
    }
}

/// A module that is not there is found by nobody but a browser.
#[test]
fn every_module_imports_what_there_is() {
    let modules = [CONSOLE.0, API_PAGE.0]
        .into_iter()
        .flat_map(|folder| folder.iter().map(move |file| (folder, file)))
        .filter(|(_, (name, ..))| name.ends_with(".js"));
    for (folder, (name, _, bytes, _)) in modules {
        let there = |name: &str| match name.strip_prefix("/assets/") {
            Some(name) => PAGE.0.iter().any(|(known, ..)| *known == name),
            None => folder.iter().any(|(known, ..)| Some(*known) == name.strip_prefix("./")),
        };
        let text = std::str::from_utf8(bytes).unwrap();
        let imported =
            text.lines().filter(|line| line.starts_with("import ") || line.starts_with("export {"));
        for path in imported.filter_map(|line| line.split(" from '").nth(1)?.split('\'').next()) {
            assert!(there(path), "{name} imports {path}");
        }
    }
}

#[tokio::test]
async fn whoever_takes_gzip_gets_less() {
    let edge = Edge::alone().await;
    let taking = async |coding: &str| {
        let request = Request::get("/assets/page.css").header("accept-encoding", coding);
        edge.send(request.body(Body::empty()).unwrap()).await
    };
    let whole = edge.get("/assets/page.css").await;
    let small = taking("br, gzip;q=0.8").await;
    assert_eq!((small.header("content-encoding"), small.header("vary")), ("gzip", "accept-encoding"));
    assert!(small.body.starts_with(&[0x1f, 0x8b]) && small.body.len() * 2 < whole.body.len());
    assert_ne!(small.header("etag"), whole.header("etag"));
    for coding in ["identity", "gzip;q=0", "br", ""] {
        assert_eq!(taking(coding).await.body, whole.body, "{coding}");
    }
}

/// The visitors' page: `index.html` and everything that it names.
async fn own_files(edge: &Edge) -> Vec<(&'static str, &'static [u8])> {
    let page = String::from_utf8(edge.get("/").await.body).unwrap();
    let named = |name: &str| name == "index.html" || page.contains(&format!("\"/assets/{name}\""));
    PAGE.0.iter().filter(|(name, ..)| named(name)).map(|&(name, _, bytes, _)| (name, bytes)).collect()
}

#[tokio::test]
async fn the_page_is_small_and_its_modules_are() {
    let files = own_files(&Edge::alone().await).await;
    let code = files.iter().filter(|(name, _)| !name.ends_with(".svg"));
    let bytes: usize = code.map(|(_, bytes)| bytes.len()).sum();
    assert!((10_000..105_000).contains(&bytes), "{bytes} bytes of own code");
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".js")) {
        let lines = bytes.iter().filter(|&&byte| byte == b'\n').count();
        assert!(lines <= 200, "{name} has {lines} lines");
    }
}

/// A module that nobody named beforehand is fetched only when the one that imports it is there: a round trip more.
#[tokio::test]
async fn every_module_is_named_before_it_is_imported() {
    let files = own_files(&Edge::alone().await).await;
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".js")) {
        let script = std::str::from_utf8(bytes).unwrap();
        for imported in script.split(['\'', '"']).filter_map(|word| word.strip_prefix("./")) {
            assert!(files.iter().any(|(known, _)| *known == imported), "{name} imports {imported}");
        }
    }
}

#[tokio::test]
async fn both_languages_have_words_for_the_same_things() {
    let keys = |name: &str| {
        let (_, _, bytes, _) = PAGE.0.iter().find(|(known, ..)| *known == name).unwrap();
        let lines = std::str::from_utf8(bytes).unwrap().lines();
        let keyed = lines.filter_map(|line| line.starts_with("  ").then(|| line.split_once(':')).flatten());
        keyed.map(|(key, _)| key.to_owned()).collect::<Vec<_>>()
    };
    let english = keys("words_en.js");
    assert!(english.len() > 100);
    assert_eq!(english, keys("words_ja.js"));
}
