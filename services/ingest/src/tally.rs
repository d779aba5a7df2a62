//! Counting an import as it goes.

use proto::v1::ImportCount;

use crate::metrics;
use crate::picture_collected::Collected;

/// The counts so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally(pub(crate) ImportCount);

impl Tally {
    /// Counts one picture; `None` is one that could not be read.
    pub(crate) fn count(&mut self, outcome: Option<Collected>) {
        let (slot, name) = match outcome {
            Some(Collected::Stored) => (&mut self.0.stored, "stored"),
            Some(Collected::Known) => (&mut self.0.known, "known"),
            Some(Collected::NoFace) => (&mut self.0.no_face, "no_face"),
            None => (&mut self.0.unreadable, "unreadable"),
        };
        *slot += 1;
        ::metrics::counter!(metrics::PICTURES, "outcome" => name).increment(1);
    }
}
