use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::get;
use bytes::Bytes;
use futures::{StreamExt, stream};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::*;

/// What the server does with the next request, and the ranges it was asked for so far.
struct Script {
    file: Vec<u8>,
    tag: &'static str,
    /// Bytes after which the connection breaks.
    breaks_after: Option<usize>,
    /// Told when those bytes have arrived: a break before would take them with it.
    arrived: Arc<Notify>,
    asked: Vec<Option<String>>,
}

/// A file server on the loopback that stops with the test.
struct Server {
    script: Arc<Mutex<Script>>,
    address: String,
    folder: TempDir,
    _stops: DropGuard,
}

impl Server {
    async fn start() -> Server {
        let file = (0..100_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let script =
            Script { file, tag: "\"one\"", breaks_after: None, arrived: Arc::default(), asked: vec![] };
        let script = Arc::new(Mutex::new(script));
        let router = Router::new()
            .route("/weights.pt", get(weights))
            .route("/moved", get(|| async { moved("/weights.pt") }))
            .route("/round", get(|| async { moved("/round") }))
            .route("/away", get(|| async { moved("file:///etc/passwd") }))
            .with_state(script.clone());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
        Server { script, address, folder: tempfile::tempdir().unwrap(), _stops: stop.drop_guard() }
    }

    fn part(&self) -> PathBuf {
        self.folder.path().join("downloads/net.part")
    }

    async fn fetch(&self, path: &str) -> Result<(), FetchError> {
        fetch(&format!("{}{path}", self.address), &self.part(), |_, _| {}).await
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// A first attempt that got half of the file.
    async fn broken_off(&self) {
        self.script().breaks_after = Some(50_000);
        let arrived = self.script().arrived.clone();
        let told = |done, _| {
            if done == 50_000 {
                arrived.notify_one();
            }
        };
        let url = format!("{}/weights.pt", self.address);
        let error = fetch(&url, &self.part(), told).await.unwrap_err();
        assert!(matches!(error, FetchError::BrokeOff { done: 50_000, .. }), "{error}");
        assert!(error.to_string().contains("goes on from there"), "{error}");
        assert_eq!(std::fs::read(self.part()).unwrap(), self.script().file[..50_000]);
        self.script().breaks_after = None;
    }
}

fn moved(to: &str) -> Response<Body> {
    Response::builder().status(302).header(header::LOCATION, to).body(Body::empty()).unwrap()
}

/// Ranges as RFC 9110 has them: with If-Range, the rest only of the very same file.
async fn weights(State(script): State<Arc<Mutex<Script>>>, headers: HeaderMap) -> Response<Body> {
    let mut script = script.lock().unwrap();
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let range = text(header::RANGE);
    script.asked.push(range.map(str::to_owned));
    let from = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let from = from.filter(|_| text(header::IF_RANGE) == Some(script.tag));
    if from.is_some_and(|from| from >= script.file.len()) {
        return Response::builder().status(StatusCode::RANGE_NOT_SATISFIABLE).body(Body::empty()).unwrap();
    }
    let rest = script.file[from.unwrap_or(0)..].to_vec();
    let answer =
        Response::builder().header(header::ETAG, script.tag).header(header::CONTENT_LENGTH, rest.len());
    let answer = match from {
        Some(from) => {
            let (last, total) = (script.file.len() - 1, script.file.len());
            let range = format!("bytes {from}-{last}/{total}");
            answer.status(StatusCode::PARTIAL_CONTENT).header(header::CONTENT_RANGE, range)
        }
        None => answer,
    };
    let body = match script.breaks_after {
        Some(sent) => {
            let arrived = script.arrived.clone();
            let sent = stream::iter([Ok(Bytes::from(rest[..sent].to_vec()))]);
            let broken = stream::once(async move {
                arrived.notified().await;
                Err(std::io::Error::other("the cable is pulled"))
            });
            Body::from_stream(sent.chain(broken))
        }
        None => Body::from(rest),
    };
    answer.body(body).unwrap()
}

#[tokio::test]
async fn a_file_comes_whole_and_its_size_is_told() {
    let server = Server::start().await;
    let mut last = (0, 0);
    let url = format!("{}/moved", server.address);
    fetch(&url, &server.part(), |done, total| last = (done, total)).await.unwrap();
    assert_eq!(last, (100_000, 100_000));
    assert_eq!(std::fs::read(server.part()).unwrap(), server.script().file);
    let left = std::fs::read_dir(server.folder.path().join("downloads")).unwrap().count();
    assert_eq!(left, 1, "nothing stays beside it");
}

#[tokio::test]
async fn what_broke_off_goes_on_where_it_did() {
    let server = Server::start().await;
    server.broken_off().await;
    server.fetch("/weights.pt").await.unwrap();
    assert_eq!(std::fs::read(server.part()).unwrap(), server.script().file);
    assert_eq!(server.script().asked, [None, Some("bytes=50000-".to_owned())]);
}

#[tokio::test]
async fn another_file_by_now_is_fetched_from_its_start() {
    let server = Server::start().await;
    server.broken_off().await;
    let other = vec![7; 80_000];
    (server.script().file, server.script().tag) = (other.clone(), "\"two\"");
    server.fetch("/weights.pt").await.unwrap();
    assert_eq!(std::fs::read(server.part()).unwrap(), other);
}

#[tokio::test]
async fn a_part_longer_than_the_file_is_fetched_from_its_start() {
    let server = Server::start().await;
    server.broken_off().await;
    std::fs::write(server.part(), vec![1; 200_000]).unwrap();
    server.fetch("/weights.pt").await.unwrap();
    assert_eq!(std::fs::read(server.part()).unwrap(), server.script().file);
}

#[tokio::test]
async fn what_is_not_there_says_so_and_leaves_nothing() {
    let server = Server::start().await;
    let error = server.fetch("/nothing").await.unwrap_err();
    assert!(error.to_string().contains("/nothing answers 404 Not Found"), "{error}");
    assert_eq!(error.class(), Class::NotFound);
    assert!(!server.part().exists());
}

#[tokio::test]
async fn redirects_end_and_lead_nowhere_else() {
    let server = Server::start().await;
    let error = server.fetch("/round").await.unwrap_err();
    assert!(error.to_string().contains("redirects too often"), "{error}");
    let error = server.fetch("/away").await.unwrap_err();
    assert!(error.to_string().contains("file:///etc/passwd is not fetched"), "{error}");
    for url in ["ftp://localhost/x", "no url"] {
        assert!(matches!(fetch(url, &server.part(), |_, _| {}).await, Err(FetchError::Url { .. })), "{url}");
    }
    assert!(!server.part().exists());
}
