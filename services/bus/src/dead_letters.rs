//! Dead letters, page by page: what could not be handled, and why.

use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::RawMessageErrorKind;

use crate::work::{CLASS, REASON};
use crate::{Bus, BusError, Stream};

/// A message that nothing could be done with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its place among the dead letters.
    pub sequence: u64,
    /// The subject that it came under, without namespace.
    pub subject: String,
    /// Name of the failure's class.
    pub class: String,
    /// Why nothing could be done.
    pub reason: String,
    /// When it was given up, in milliseconds since 1970.
    pub at_ms: i64,
    /// Length of what it said, in bytes.
    pub bytes: usize,
}

impl Bus {
    /// At most `most` dead letters behind sequence `after`, oldest first.
    pub async fn dead_letters(&self, after: u64, most: usize) -> Result<Vec<DeadLetter>, BusError> {
        let stream = self.stream(Stream::DeadLetters).await?;
        let subjects = self.spelled(Stream::DeadLetters.filter());
        let (mut letters, mut next) = (Vec::new(), after.saturating_add(1));
        while letters.len() < most {
            match stream.get_first_raw_message_by_subject(&subjects, next).await {
                Ok(raw) => {
                    next = raw.sequence + 1;
                    letters.push(self.letter(&raw));
                }
                Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => break,
                Err(error) => return Err(BusError::failed("read the dead letters", error)),
            }
        }
        Ok(letters)
    }

    fn letter(&self, raw: &StreamMessage) -> DeadLetter {
        let header = |name: &str| raw.headers.get(name).map_or_else(String::new, ToString::to_string);
        let subject = self.unspelled(&raw.subject);
        DeadLetter {
            sequence: raw.sequence,
            subject: subject.strip_prefix("dead.").unwrap_or(subject).to_owned(),
            class: header(CLASS),
            reason: header(REASON),
            at_ms: raw.time.unix_timestamp() * 1000 + i64::from(raw.time.millisecond()),
            bytes: raw.payload.len(),
        }
    }
}
