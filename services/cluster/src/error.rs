//! What can go wrong while cataloguing.

use bus::BusError;
use domain::{CatalogueError, Class, Classified};
use proto::Malformed;
use runtime::grpc::GrpcError;
use store::StoreError;
use tokio::task::JoinError;
use vision::VisionError;

use crate::grouping::GroupingError;

/// A failure of the cataloguer.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The broker.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The object store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The profile.
    #[error(transparent)]
    Profile(#[from] VisionError),
    /// A snapshot that cannot be.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Too few people, or vectors that do not fit together.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A purify rule that is none.
    #[error(
        "purify rule {0:?} must be profile, core(T) or fixed(T) with T from -1 to 1 (AVZEUS_CLUSTER_PURIFY)"
    )]
    Purify(String),
    /// Alarms that ring.
    #[error(
        "the catalogue is not published: {0}; what served goes on serving, `avzeus catalogue rebuild --force` \
         publishes it all the same"
    )]
    Alarming(String),
    /// A question about a catalogue that is not there.
    #[error("there is no catalogue yet; `avzeus catalogue show` says who is left out, and why")]
    NoCatalogue,
    /// A range for the elbow that cannot be.
    #[error("k from {from} to {to} is no range: it must lie within 2 to {most}")]
    Range {
        /// First k.
        from: u32,
        /// Last k.
        to: u32,
        /// Largest k there can be.
        most: u32,
    },
    /// A group that there is not.
    #[error("there is no group {0}; groups are numbered 0 to {last}", last = domain::GROUPS - 1)]
    NoGroup(usize),
    /// An id that cannot be.
    #[error(transparent)]
    Id(#[from] domain::IdError),
    /// K-means.
    #[error("people could not be grouped: {0}")]
    Grouping(#[from] GroupingError),
    /// The gRPC server.
    #[error(transparent)]
    Grpc(#[from] GrpcError),
    /// Somebody who withdrew and could not be taken out of what serves.
    #[error("the catalogue that serves still names somebody who withdrew: {0}")]
    StillServed(String),
    /// Not ready to answer.
    #[error("the cataloguer is still reading the vector table; try again in a moment")]
    Reading,
    /// A task of ours ended badly.
    #[error("a task ended badly: {0}")]
    Panicked(#[from] JoinError),
}

impl Classified for ClusterError {
    fn class(&self) -> Class {
        match self {
            Self::Bus(e) => e.class(),
            Self::Store(e) => e.class(),
            Self::Profile(e) => e.class(),
            Self::Malformed(e) => e.class(),
            Self::Catalogue(_) | Self::Alarming(_) | Self::NoCatalogue => Class::Conflict,
            Self::Purify(_) | Self::Range { .. } | Self::NoGroup(_) | Self::Id(_) => Class::BadInput,
            Self::Grpc(_) | Self::Reading | Self::StillServed(_) => Class::Unavailable,
            Self::Grouping(e) => e.class(),
            Self::Panicked(_) => Class::Bug,
        }
    }
}
