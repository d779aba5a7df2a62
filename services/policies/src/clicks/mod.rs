//! Recorded clicks: what policies are learned from and judged by.

mod export;
mod file;
mod jsonl;
mod log;
mod parquet;
mod range;
mod recent;
mod sieve;
mod stream;
#[cfg(test)]
pub(crate) mod tests;

pub use export::Export;
pub use file::{Format, read_file, write_file};
pub use learning::admissibility::Rewards;
pub use log::{ClickLog, SequencedClick};
pub use range::{Moment, Range};
pub use recent::{RecentClick, RecentClicks};
pub use sieve::Refusal;
pub use stream::{StreamReader, read_stream};
