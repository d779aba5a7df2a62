//! What servers answer, honest and hostile.

use std::time::Duration;

use super::*;

const OK_PNG: &str = "200 OK\nContent-Type: image/png";

#[tokio::test]
async fn a_picture_is_fetched_with_its_address_and_time() {
    let before = runtime::now_ms();
    let server = Server::start(|_| Reply::with(OK_PNG, PNG)).await;
    let fetcher = fetcher(&eager(&[]), &[("img.test", &["127.0.0.1"])]);
    let address = server.address("img.test", "/a.png?size=2#top");
    let fetched = fetcher.fetch(&address, &hosts("img.test")).await.unwrap();
    assert_eq!(fetched.bytes, PNG);
    assert_eq!(fetched.address, server.address("img.test", "/a.png?size=2"));
    assert!(fetched.fetched_at_ms >= before);
    let asked = &server.asked()[0];
    assert_eq!(asked.path(), "/a.png?size=2");
    assert_eq!(asked.header("accept-encoding"), Some("identity"));
    assert_eq!(asked.header("accept"), Some("image/webp, image/png, image/jpeg"));
    assert_eq!(asked.header("referer"), None);
}

#[tokio::test]
async fn bytes_decide_not_the_content_type() {
    let fetched = answer(Reply::with("200 OK\nContent-Type: text/html", PNG)).await.unwrap();
    assert_eq!(fetched.bytes, PNG);
    let page = b"<!doctype html><title>Sign in</title>";
    let reason = reason(Reply::with(OK_PNG, page)).await;
    assert_eq!(reason, ("is a web page, not a PNG, JPEG or WebP picture".into(), true));
}

#[tokio::test]
async fn what_is_empty_is_no_picture() {
    let reason = reason(Reply::with(OK_PNG, b"")).await;
    assert_eq!(reason, ("is empty, not a PNG, JPEG or WebP picture".into(), true));
}

#[tokio::test]
async fn an_endless_body_ends_at_the_cap() {
    let endless = [b"HTTP/1.1 200 OK\r\n\r\n", PNG].concat();
    let reply = Reply::raw(endless).then_for_ever(&[7; 4096], Duration::ZERO);
    assert_eq!(reason(reply).await, ("is larger than 100000 bytes".into(), true));
}

#[tokio::test]
async fn an_endless_page_ends_at_its_first_bytes() {
    let reply = Reply::raw(b"HTTP/1.1 200 OK\r\n\r\n<html><body>").then_silence();
    assert_eq!(reason(reply).await, ("is a web page, not a PNG, JPEG or WebP picture".into(), true));
}

#[tokio::test]
async fn a_length_beyond_the_cap_is_refused_before_it_is_read() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n";
    let reply = Reply::raw([head, PNG].concat()).then_silence();
    assert_eq!(reason(reply).await, ("is larger than 100000 bytes".into(), true));
}
