//! What can go wrong in an embedding worker.

use bus::BusError;
use domain::{Class, Classified};
use proto::Malformed;
use runtime::grpc::GrpcError;
use store::StoreError;
use vision::{PictureError, VisionError};

/// A failure of the embedding worker.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The broker.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The object store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A net or its files.
    #[error(transparent)]
    Vision(#[from] VisionError),
    /// An event that cannot be.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// An event's ids.
    #[error(transparent)]
    Id(#[from] domain::IdError),
    /// A stored crop or an uploaded photo that is no picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The gRPC server.
    #[error(transparent)]
    Grpc(#[from] GrpcError),
    /// A photo without a face.
    #[error("no face was found in the picture; use one that shows a face from the front")]
    NoFace,
    /// Every photo net is busy and the line is full.
    #[error("too many photos at once; try again in a second")]
    Busy,
    /// A vector that is not of unit length cannot go into a catalogue.
    #[error("the net gave no usable vector for this crop")]
    NoVector,
    /// A task of ours ended badly.
    #[error("a task ended badly: {0}")]
    Panicked(String),
}

impl Classified for EmbedError {
    fn class(&self) -> Class {
        match self {
            Self::Bus(e) => e.class(),
            Self::Store(e) => e.class(),
            Self::Vision(e) => e.class(),
            Self::Malformed(_) | Self::Id(_) | Self::Picture(_) | Self::NoFace | Self::NoVector => {
                Class::BadInput
            }
            Self::Grpc(_) => Class::Unavailable,
            Self::Busy => Class::Overloaded,
            Self::Panicked(_) => Class::Bug,
        }
    }
}
