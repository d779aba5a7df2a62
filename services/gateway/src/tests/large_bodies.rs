//! Bodies that are too large, over a real connection: whoever sends first and listens then still hears why.

use axum::http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::Edge;
use crate::serving::{self, Bounds, READER_PATIENCE};

/// Far more than the two systems' buffers hold.
const LARGE: usize = 40 << 20;

/// Sends a body of `bytes` to `path`, all of it before anything is read; the answer until the gateway hangs up.
async fn sent_whole(edge: &Edge, path: &str, content_type: &str, bytes: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let mut served = JoinSet::new();
    let bounds = Bounds { connections: 8, unread: READER_PATIENCE };
    served.spawn(serving::serve(listener, edge.router.clone(), bounds, edge.app.shutdown.clone()));
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {content_type}\r\ncontent-length: {bytes}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = vec![b' '; 1 << 20];
    for _ in 0..bytes / chunk.len() {
        stream.write_all(&chunk).await.unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_body_over_its_limit_is_413_for_whoever_sends_it_whole() {
    let edge = Edge::alone().await;
    let json = sent_whole(&edge, "/api/v1/clicks", "application/json", LARGE).await;
    assert!(json.starts_with("HTTP/1.1 413 "), "{json}");
}

#[tokio::test]
async fn a_body_that_nobody_reads_is_taken_in_too() {
    let edge = Edge::alone().await;
    for (path, status) in [("/api/v1/clicks", "415"), ("/nothing", "404"), ("/", "405")] {
        let answer = sent_whole(&edge, path, "text/plain", LARGE).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
    }
    assert_eq!(edge.get("/").await.status, StatusCode::OK);
}
