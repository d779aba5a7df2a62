//! What can go wrong while recommending.

use bus::BusError;
use domain::{Class, Classified, RankingError};
use proto::Malformed;
use runtime::grpc::GrpcError;
use store::StoreError;
use tokio::task::JoinError;

/// A failure of the recommender.
#[derive(Debug, thiserror::Error)]
pub enum RecommendError {
    /// The broker.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The object store or Redis.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A snapshot that cannot be.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The visitor's ranking.
    #[error(transparent)]
    Ranking(#[from] RankingError),
    /// Nothing to recommend from yet.
    #[error("no catalogue is published yet; try again when one is")]
    NoCatalogue,
    /// A catalogue that is not held.
    #[error("catalogue {0:?} is not held any more; ask for the representatives again")]
    NotHeld(String),
    /// Too many of a catalogue may not be shown any more.
    #[error("fewer than ten people of the catalogue may still be shown; try again when another is published")]
    FewLeft,
    /// The gRPC server.
    #[error(transparent)]
    Grpc(#[from] GrpcError),
    /// A task of ours ended badly.
    #[error("a task ended badly: {0}")]
    Panicked(#[from] JoinError),
}

impl Classified for RecommendError {
    fn class(&self) -> Class {
        match self {
            Self::Bus(e) => e.class(),
            Self::Store(e) => e.class(),
            Self::Malformed(_) | Self::Ranking(_) => Class::BadInput,
            Self::NotHeld(_) => Class::Conflict,
            Self::NoCatalogue | Self::FewLeft | Self::Grpc(_) => Class::Unavailable,
            Self::Panicked(_) => Class::Bug,
        }
    }
}
