//! A gRPC server under the service's token.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::{Router, TcpIncoming};
use tonic::transport::{Channel, Endpoint};

use crate::Condition;

/// Why a server did not serve, or an address cannot be called.
#[derive(Debug, thiserror::Error)]
pub enum GrpcError {
    /// The address is taken or not ours.
    #[error("cannot listen on {addr} (AVZEUS_GRPC_ADDR): {source}")]
    Bind {
        /// Address asked for.
        addr: SocketAddr,
        /// The system's words.
        source: std::io::Error,
    },
    /// The server ended on its own.
    #[error("the gRPC server ended: {0}")]
    Serve(tonic::transport::Error),
    /// Not an address.
    #[error("{url:?} is not an address like http://127.0.0.1:50051")]
    Address {
        /// What was given.
        url: String,
    },
}

/// Serves `router` on `addr` until `shutdown`, then lets running calls end; `listening` is met from the moment calls
/// are taken.
pub async fn serve(
    addr: SocketAddr,
    router: Router,
    listening: Condition,
    shutdown: CancellationToken,
) -> Result<(), GrpcError> {
    let listener = TcpListener::bind(addr).await.map_err(|source| GrpcError::Bind { addr, source })?;
    tracing::info!(%addr, "gRPC is served");
    listening.met();
    // An answer is a few small frames: held back until the caller acknowledges the first, they take 40 ms.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    router.serve_with_incoming_shutdown(incoming, shutdown.cancelled_owned()).await.map_err(GrpcError::Serve)
}

/// A channel that connects when first used and again whenever it must.
pub fn channel(url: &str, timeout: Duration) -> Result<Channel, GrpcError> {
    let endpoint =
        Endpoint::from_shared(url.to_owned()).map_err(|_| GrpcError::Address { url: url.to_owned() })?;
    let endpoint = endpoint.timeout(timeout).connect_timeout(Duration::from_secs(2)).tcp_nodelay(true);
    Ok(endpoint.connect_lazy())
}
