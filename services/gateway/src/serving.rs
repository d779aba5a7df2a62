//! Connections: bounded in number, with a time to send a request's head in and one to take an answer in, and drained at
//! the end.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::client::Peer;
use crate::metrics::Open;

/// How long a connection may stay silent before or between requests.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// How long an answer waits for its reader to take more of it in: it may hold one of few places.
pub(crate) const READER_PATIENCE: Duration = Duration::from_secs(30);
/// Pause after a connection could not be taken, for instance because files have run out.
const BREATH: Duration = Duration::from_millis(100);

/// What a connection may not exceed.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    /// Open connections.
    pub(crate) connections: usize,
    /// Time that an answer waits for its reader.
    pub(crate) unread: Duration,
}

/// Serves `router` within `bounds` until `shutdown`, then ends idle connections at once and the others after their
/// request.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    shutdown: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(bounds.connections));
    let mut open = JoinSet::new();
    loop {
        let next = tokio::select! {
            () = shutdown.cancelled() => break,
            Some(_) = open.join_next() => continue,
            next = accept(&listener, &places) => next,
        };
        match next {
            Ok((stream, peer, place)) => {
                let stream = patient(stream, bounds.unread);
                open.spawn(connection(stream, peer, place, router.clone(), shutdown.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, Peer, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // Events are small and must not wait for more of them.
    stream.set_nodelay(true)?;
    Ok((stream, Peer(peer.ip()), place))
}

/// `stream`, broken when its peer takes in nothing for as long as `unread`.
fn patient(stream: TcpStream, unread: Duration) -> Pin<Box<TimeoutStream<TcpStream>>> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(unread));
    Box::pin(stream)
}

async fn connection(
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    peer: Peer,
    _place: OwnedSemaphorePermit,
    router: Router,
    shutdown: CancellationToken,
) {
    let _open = Open::connection();
    let router = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        request
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke");
    }
}
