//! The page, the console and their files.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::Edge;
use crate::built_in::{CONSOLE, PAGE};

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
fn every_module_of_the_console_imports_what_there_is() {
    let there = |name: &str| match name.strip_prefix("/assets/") {
        Some(name) => PAGE.0.iter().any(|(known, ..)| *known == name),
        None => CONSOLE.0.iter().any(|(known, ..)| Some(*known) == name.strip_prefix("./")),
    };
    for (name, _, bytes) in CONSOLE.0.iter().filter(|(name, ..)| name.ends_with(".js")) {
        let text = std::str::from_utf8(bytes).unwrap();
        let imported =
            text.lines().filter(|line| line.starts_with("import ") || line.starts_with("export {"));
        for path in imported.filter_map(|line| line.split(" from '").nth(1)?.split('\'').next()) {
            assert!(there(path), "{name} imports {path}");
        }
    }
}
