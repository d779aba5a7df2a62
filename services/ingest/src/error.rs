//! What can go wrong while collecting.

use bus::BusError;
use domain::{Class, Classified};
use runtime::grpc::GrpcError;
use store::StoreError;
use tokio::task::JoinError;
use vision::{PictureError, VisionError};

use crate::fetch::FetchError;

/// A failure of the collector.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The broker.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The object store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A net or its files.
    #[error(transparent)]
    Vision(#[from] VisionError),
    /// A file that is no usable picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// A picture that the web did not give.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A file that cannot be read, or a folder.
    #[error("cannot be read: {0}")]
    File(std::io::Error),
    /// A file too large to be a picture of ours.
    #[error("the file has {0} bytes, the most is {LARGEST_FILE}")]
    LargeFile(u64),
    /// A crop that could not be written as PNG.
    #[error("the crop could not be encoded: {0}")]
    Encode(image::ImageError),
    /// The folder of pictures. Whether there is something elsewhere is not told.
    #[error(
        "{folder} is no folder on the collector's machine within {root} (AVZEUS_INGEST_PHOTOS_ROOT); name one that is"
    )]
    NoFolder {
        /// What was named.
        folder: String,
        /// Where it would have to be.
        root: String,
    },
    /// A person's folder without pictures.
    #[error(
        "{folder} {what}; pictures lie in the folder that is named like the person's id, and nowhere below it"
    )]
    NoPictures {
        /// Which.
        folder: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The gRPC server.
    #[error(transparent)]
    Grpc(#[from] GrpcError),
    /// Somebody withdrew, or was taken off the roster.
    #[error("they left the roster, or their consent ended, while they were being collected")]
    Left,
    /// A message that cannot be what it claims to be.
    #[error(transparent)]
    Malformed(#[from] proto::Malformed),
    /// The file of the key that receipts are signed with.
    #[error("the key of receipts in {path} (AVZEUS_RECEIPT_KEY) cannot be used: {why}")]
    ReceiptKey {
        /// Which file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// Copies that an erasure has not reached.
    #[error("an erasure waits for the brokers {}, which keep copies and were away: the receipt is signed when they are back", .0.join(", "))]
    AwaitedBrokers(Vec<String>),
    /// Told to end while collecting.
    #[error("the collector was told to end; the same again collects the rest")]
    Interrupted,
    /// Nobody listens any more.
    #[error("the caller hung up; the same again collects the rest")]
    HungUp,
    /// Somebody else is collecting.
    #[error("a roster is being imported or collected; wait for it to end")]
    Busy,
    /// Somebody who was named.
    #[error("{0} is not on the roster; avzeus roster import enrols people")]
    NotEnrolled(String),
    /// The HTTP client.
    #[error("the fetcher does not open: {0}")]
    Fetcher(reqwest::Error),
    /// A task of ours ended badly.
    #[error("a task ended badly: {0}")]
    Panicked(#[from] JoinError),
}

/// Largest file read, in bytes.
pub(crate) const LARGEST_FILE: u64 = 100 << 20;

impl IngestError {
    /// Whether only this picture is at fault, so that the rest goes on.
    pub(crate) fn is_of_one_picture(&self) -> bool {
        matches!(
            self,
            Self::Picture(_)
                | Self::Fetch(_)
                | Self::File(_)
                | Self::LargeFile(_)
                | Self::Encode(_)
                | Self::Panicked(_)
        )
    }

    /// Whether the picture at fault will be so again.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Picture(_) | Self::LargeFile(_) => true,
            Self::Fetch(e) => e.is_final(),
            _ => false,
        }
    }
}

impl Classified for IngestError {
    fn class(&self) -> Class {
        match self {
            Self::Bus(e) => e.class(),
            Self::Store(e) => e.class(),
            Self::Vision(e) => e.class(),
            Self::Picture(_)
            | Self::File(_)
            | Self::LargeFile(_)
            | Self::NoFolder { .. }
            | Self::NoPictures { .. } => Class::BadInput,
            Self::Fetch(e) => e.class(),
            Self::NotEnrolled(_) | Self::Left => Class::NotFound,
            Self::Malformed(error) => error.class(),
            Self::ReceiptKey { .. } => Class::BadInput,
            Self::Grpc(_) | Self::Interrupted | Self::HungUp => Class::Unavailable,
            Self::AwaitedBrokers(_) => Class::Unavailable,
            Self::Busy => Class::Conflict,
            Self::Encode(_) | Self::Panicked(_) | Self::Fetcher(_) => Class::Bug,
        }
    }
}
