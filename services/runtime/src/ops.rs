//! /healthz, /readyz and /metrics.

use std::net::SocketAddr;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::Health;
use crate::telemetry::MetricsPage;

/// /healthz and /readyz, to be merged into a service's own routes. /metrics is not among them: it tells how the inside
/// is, and to the ops port alone.
pub fn health_routes(health: Health) -> Router {
    let ready = move || {
        let unmet = health.unmet();
        async move {
            let status = if unmet.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            (status, Json(unmet)).into_response()
        }
    };
    Router::new().route("/healthz", get(|| async { "alive\n" })).route("/readyz", get(ready))
}

/// The three routes, for a listener of their own.
fn router(health: Health, metrics: MetricsPage) -> Router {
    let metrics = move || {
        let page = metrics.render();
        async move { ([("content-type", "text/plain; version=0.0.4")], page) }
    };
    health_routes(health).route("/metrics", get(metrics))
}

/// Serves the routes on `addr` until `shutdown`.
pub(crate) async fn serve(
    addr: SocketAddr,
    health: Health,
    metrics: MetricsPage,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let listener = TcpListener::bind(addr).await.map_err(|e| {
        std::io::Error::new(e.kind(), format!("cannot listen on {addr} (AVZEUS_OPS_ADDR): {e}"))
    })?;
    let router = router(health, metrics.clone());
    tokio::select! {
        ended = axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned()) => ended,
        () = metrics.keep_small() => Ok(()),
    }
}
