//! Why the gateway cannot run. What a request gets is a [`Problem`](crate::problem::Problem).

use std::net::SocketAddr;

use bus::BusError;
use domain::{Class, Classified};
use runtime::grpc::GrpcError;
use store::StoreError;

/// A failure that ends the gateway.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The address is taken or not ours.
    #[error("cannot listen on {addr} (AVZEUS_HTTP_ADDR): {source}")]
    Listen {
        /// Address asked for.
        addr: SocketAddr,
        /// The system's words.
        source: std::io::Error,
    },
    /// The broker's address cannot be used.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The object folder or Redis' address cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A peer's address cannot be used.
    #[error(transparent)]
    Grpc(#[from] GrpcError),
    /// The operators' token cannot be used.
    #[error(transparent)]
    Setting(#[from] runtime::Invalid),
    /// A watcher ended, though it follows the broker for ever.
    #[error("a watcher ended: {0}")]
    Watcher(String),
}

impl Classified for GatewayError {
    fn class(&self) -> Class {
        match self {
            Self::Listen { .. } => Class::Unavailable,
            Self::Bus(error) => error.class(),
            Self::Store(error) => error.class(),
            Self::Grpc(_) | Self::Setting(_) => Class::BadInput,
            Self::Watcher(_) => Class::Bug,
        }
    }
}
