//! Callers that ask and then take in nothing of the answer.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures::stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::serving::{self, Bounds};

/// A part of an answer that never ends.
const PART: &[u8] = &[b'.'; 64 << 10];

async fn endless() -> Body {
    Body::from_stream(stream::repeat(Ok::<_, Infallible>(Bytes::from_static(PART))))
}

async fn asked(addr: std::net::SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    stream
}

#[tokio::test]
async fn whoever_takes_in_nothing_gives_the_place_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let bounds = Bounds { connections: 1, unread: Duration::from_millis(100) };
    let router = Router::new().route("/", get(endless));
    let mut served = JoinSet::new();
    served.spawn(serving::serve(listener, router, bounds, CancellationToken::new()));

    let mut idle = asked(addr).await;
    // There is one place: the next caller is heard when the first one has lost it.
    let mut next = asked(addr).await;
    let mut head = [0; 12];
    next.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");

    // What lay in the systems' buffers comes through, or not even that; then it is over.
    let mut taken = Vec::new();
    let _cut = idle.read_to_end(&mut taken).await;
    assert!(!taken.ends_with(b"\r\n0\r\n\r\n"), "a cut answer may not look whole");
}
