//! What can go wrong in an embedding worker.

use bus::BusError;
use domain::{Class, Classified};
use proto::Malformed;
use runtime::grpc::GrpcError;
use store::StoreError;
use tokio::task::JoinError;
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
    /// A photo without the face that is meant.
    #[error("the picture has {faces} faces, none is number {number}; they are counted from 0, largest first")]
    NoSuchFace {
        /// Faces in the picture.
        faces: usize,
        /// The one asked for.
        number: u32,
    },
    /// Every photo net is busy and the line is full.
    #[error("too many photos at once; try again in a second")]
    Busy,
    /// A vector that is not of unit length cannot go into a catalogue.
    #[error("the net gave no vector of length one")]
    NoVector,
    /// A crop's event says that its face lies beside the crop.
    #[error("the face lies outside of its crop of {width}×{height} pixels")]
    FaceOutside {
        /// Width of the crop in pixels.
        width: u32,
        /// Height of the crop in pixels.
        height: u32,
    },
    /// A photo's vector is wanted in a profile whose net cannot be opened here.
    #[error("photos cannot be embedded with profile {profile} here: {source}")]
    OtherProfile {
        /// The profile that was asked for.
        profile: String,
        /// Why not.
        source: VisionError,
    },
    /// The thread of the net is gone: the service is ending.
    #[error("the net is no longer run; try again in a moment")]
    NetEnded,
    /// A task of ours ended badly.
    #[error("a task ended badly: {0}")]
    Panicked(String),
}

impl From<JoinError> for EmbedError {
    fn from(error: JoinError) -> Self {
        Self::Panicked(error.to_string())
    }
}

impl Classified for EmbedError {
    fn class(&self) -> Class {
        match self {
            Self::Bus(e) => e.class(),
            Self::Store(e) => e.class(),
            Self::Vision(e) => e.class(),
            Self::Malformed(_)
            | Self::Id(_)
            | Self::Picture(_)
            | Self::NoFace
            | Self::NoSuchFace { .. }
            | Self::FaceOutside { .. }
            | Self::NoVector => Class::BadInput,
            Self::Grpc(_) | Self::OtherProfile { .. } | Self::NetEnded => Class::Unavailable,
            Self::Busy => Class::Overloaded,
            Self::Panicked(_) => Class::Bug,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Picture(e) => e.code(),
            Self::NoFace => "no_face",
            Self::NoSuchFace { .. } => "no_such_face",
            _ => self.class().name(),
        }
    }
}
