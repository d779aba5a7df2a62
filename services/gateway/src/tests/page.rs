//! The page and its files.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::Edge;
use crate::http_page::FILES;

#[tokio::test]
async fn everything_the_page_names_is_served_and_cached_by_its_content() {
    let edge = Edge::alone().await;
    let page = edge.get("/").await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    let text = String::from_utf8(page.body).unwrap();
    let named: Vec<&str> = text.split('"').filter(|word| word.starts_with("/assets/")).collect();
    assert!(named.len() > 3, "{named:?}");
    for path in named {
        let first = edge.get(path).await;
        assert_eq!((first.status, first.header("cache-control")), (StatusCode::OK, "no-cache"), "{path}");
        let again =
            Request::get(path).header("if-none-match", format!("\"other\", W/{}", first.header("etag")));
        let again = edge.send(again.body(Body::empty()).unwrap()).await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
        assert_eq!(again.header("etag"), first.header("etag"));
    }
    let script = FILES.iter().find(|(name, ..)| name.ends_with(".js")).unwrap();
    let answer = edge.get(&format!("/assets/{}", script.0)).await;
    assert_eq!((answer.header("content-type"), &*answer.body), ("text/javascript; charset=utf-8", script.2));
}
