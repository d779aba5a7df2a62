//! /healthz, /readyz and /metrics.

use std::net::SocketAddr;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{Health, MetricsPage};

/// The three routes, for a listener of their own or to be merged into a service's.
pub fn router(health: Health, metrics: MetricsPage) -> Router {
    let ready = move || {
        let unmet = health.unmet();
        async move {
            let status = if unmet.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            (status, Json(unmet)).into_response()
        }
    };
    let metrics = move || {
        let page = metrics.render();
        async move { ([("content-type", "text/plain; version=0.0.4")], page) }
    };
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// Serves the routes on `addr` until `shutdown`.
pub(crate) async fn serve(
    addr: SocketAddr,
    router: Router,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let listener = TcpListener::bind(addr).await.map_err(|e| {
        std::io::Error::new(e.kind(), format!("cannot listen on {addr} (AVZEUS_OPS_ADDR): {e}"))
    })?;
    axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned()).await
}
