//! A file of clicks as it is made, part by part: so many clicks are in memory at a time, however many there are.

use bytes::Bytes;

use super::parquet::Rows;
use super::{Format, SequencedClick, jsonl};
use crate::PoliciesError;

/// A file under way.
pub struct Export(Under);

enum Under {
    Lines,
    Rows(Box<Rows>),
}

impl Export {
    /// Clicks of one part: a reader of Parquet holds as many at a time.
    pub const TOGETHER: usize = 8192;

    /// Begins a file.
    pub fn new(format: Format) -> Result<Self, PoliciesError> {
        Ok(Self(match format {
            Format::Jsonl => Under::Lines,
            Format::Parquet => Under::Rows(Box::new(Rows::new()?)),
        }))
    }

    /// The next bytes of the file, which hold `clicks`.
    pub fn take(&mut self, clicks: &[SequencedClick]) -> Result<Bytes, PoliciesError> {
        match &mut self.0 {
            Under::Lines => Ok(jsonl::lines(clicks)?),
            Under::Rows(rows) => Ok(rows.take(clicks)?),
        }
    }

    /// The last bytes of the file.
    pub fn end(self) -> Result<Bytes, PoliciesError> {
        match self.0 {
            Under::Lines => Ok(Bytes::new()),
            Under::Rows(rows) => Ok(rows.end()?),
        }
    }
}
