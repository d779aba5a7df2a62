//! What a route leaves unread of a body is taken in before the answer goes out: hung up on while it still sends,
//! a client's system throws away the answer that says why.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures::StreamExt;
use hyper::body::{Frame, SizeHint};

/// Most that is taken in, in bytes; nothing of it is kept.
const MOST: usize = 64 * 1024 * 1024;

/// Runs the route, then drains what it left, for no longer than `patience`.
pub(crate) async fn drained(State(patience): State<Duration>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let body = Left(Arc::new(Mutex::new(body)));
    let response = next.run(Request::from_parts(head, Body::new(body.clone()))).await;
    if !body.is_end_stream() {
        // Whoever sends more than that, or more slowly, is hung up on.
        let _late = tokio::time::timeout(patience, drain(body)).await;
    }
    response
}

async fn drain(left: Left) {
    let mut taken = 0;
    let mut chunks = Body::new(left).into_data_stream();
    while let Some(Ok(chunk)) = chunks.next().await {
        taken += chunk.len();
        if taken > MOST {
            return;
        }
    }
}

/// A body that outlives the route that reads it.
#[derive(Clone)]
struct Left(Arc<Mutex<Body>>);

impl Left {
    fn with<T>(&self, read: impl FnOnce(&mut Body) -> T) -> T {
        read(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl HttpBody for Left {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.with(|body| Pin::new(body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.with(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.with(|body| body.size_hint())
    }
}
