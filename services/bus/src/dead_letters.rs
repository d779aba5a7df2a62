//! Dead letters: what could not be handled, and why; read page by page or one by one, retried or dropped.

use std::collections::BTreeSet;

use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_MESSAGE_ID};
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::RawMessageErrorKind;
use async_nats::{HeaderMap, HeaderValue};
use bytes::Bytes;
use futures::TryStreamExt;
use prost::Message;
use proto::convert::decode;
use proto::convert::impression::RecordedClick;
use proto::{Malformed, v1};

use crate::subject::kind;
use crate::work::{CLASS, REASON};
use crate::{Bucket, Bus, BusError, Stream};

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

/// All of a dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedLetter {
    /// What the list tells of it.
    pub letter: DeadLetter,
    /// Its headers, each with its first value.
    pub headers: Vec<(String, String)>,
    /// What it says.
    pub payload: Bytes,
}

/// What came of a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retried {
    /// It was published again.
    Published,
    /// Its stream has it, and takes it only once: it was done before.
    AlreadyThere,
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

    /// The subjects of `stream`, without namespace, that a dead letter came of, each once.
    pub async fn dead_subjects(&self, stream: Stream) -> Result<BTreeSet<String>, BusError> {
        let failed = |e: &dyn std::fmt::Display| BusError::failed("count the dead letters", e);
        let filter = self.spelled(&format!("dead.{}", stream.filter()));
        let letters = self.stream(Stream::DeadLetters).await?;
        let counted = letters.info_with_subjects(filter).await.map_err(|e| failed(&e))?;
        let counted: Vec<(String, usize)> = counted.try_collect().await.map_err(|e| failed(&e))?;
        let subject = |(subject, _): (String, usize)| {
            let subject = self.unspelled(&subject);
            subject.strip_prefix("dead.").unwrap_or(subject).to_owned()
        };
        Ok(counted.into_iter().map(subject).collect())
    }

    /// All of the dead letter at `sequence`, if there is one.
    pub async fn open_dead_letter(&self, sequence: u64) -> Result<Option<OpenedLetter>, BusError> {
        let stream = self.stream(Stream::DeadLetters).await?;
        let raw = match stream.get_raw_message(sequence).await {
            Ok(raw) => raw,
            Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => return Ok(None),
            Err(error) => return Err(BusError::failed("read a dead letter", error)),
        };
        let first = |values: &[HeaderValue]| values.first().map(ToString::to_string);
        let headers =
            raw.headers.iter().filter_map(|(name, values)| Some((name.to_string(), first(values)?)));
        Ok(Some(OpenedLetter { letter: self.letter(&raw), headers: headers.collect(), payload: raw.payload }))
    }

    /// Publishes the dead letter at `sequence` again under its own subject, then drops it; `None` where there is none. Safe
    /// to repeat: given up in between, it is published once all the same.
    ///
    /// - A click or an impression is kept once and for ever: where its stream has it, it is done. (A learner that refused a
    ///   click has passed it by for good; what is learned is a fold.)
    /// - Everything else replaces what stands under its subject, and whoever works on it gets it once more: so it must be
    ///   what stands there, or nothing may. [`BusError::Superseded`] otherwise.
    /// - [`BusError::NotRetriable`] where it would only come back, or bring somebody back who is not enrolled any more.
    pub async fn retry_dead_letter(&self, sequence: u64) -> Result<Option<Retried>, BusError> {
        let Some(OpenedLetter { letter, payload, .. }) = self.open_dead_letter(sequence).await? else {
            return Ok(None);
        };
        let kind = kind(&letter.subject).to_owned();
        let refused = |why: String| BusError::NotRetriable { kind: kind.clone(), why };
        let stream = Stream::of_subject(&letter.subject)
            .ok_or_else(|| refused("no stream takes messages of that kind".to_owned()))?;
        let person = check(stream, &payload).map_err(|malformed| refused(malformed.to_string()))?;
        if let Some(person) = person
            && self.bucket(Bucket::Roster).get(&person).await?.is_none()
        {
            return Err(refused("whom it is about is not enrolled any more".to_owned()));
        }
        let retried = self.publish_again(stream, &letter, payload).await?;
        self.drop_dead_letter(sequence).await?;
        Ok(Some(retried))
    }

    /// Removes the dead letter at `sequence` so that no byte of it stays; returns whether there was one.
    pub async fn drop_dead_letter(&self, sequence: u64) -> Result<bool, BusError> {
        let present = self.open_dead_letter(sequence).await?.is_some();
        if present {
            self.overwrite(&self.stream_name(Stream::DeadLetters), sequence).await?;
        }
        Ok(present)
    }

    async fn publish_again(
        &self,
        stream: Stream,
        letter: &DeadLetter,
        payload: Bytes,
    ) -> Result<Retried, BusError> {
        let subject = self.spelled(&letter.subject);
        let standing = self.newest_under(stream, &subject).await?;
        let once = matches!(stream, Stream::Clicks | Stream::Recommendations);
        let expected = match standing {
            Some(_) if once => return Ok(Retried::AlreadyThere),
            Some(standing) if standing.payload != payload => {
                return Err(BusError::Superseded { kind: kind(&letter.subject).to_owned() });
            }
            standing => standing.map_or(0, |standing| standing.sequence),
        };
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, format!("dead-letter-{}", letter.sequence));
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, HeaderValue::from(expected));
        match self.send(&subject, payload, headers).await {
            Ok(_) => Ok(Retried::Published),
            // Somebody was faster, and a click counts once.
            Err(BusError::Taken { .. } | BusError::Superseded { .. }) if once => Ok(Retried::AlreadyThere),
            Err(error) => Err(error),
        }
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

/// Whether `payload` is what `stream` keeps; names the person whom it would bring back.
fn check(stream: Stream, payload: &[u8]) -> Result<Option<String>, Malformed> {
    fn read<M: Message + Default>(payload: &[u8]) -> Result<M, Malformed> {
        decode(std::any::type_name::<M>(), payload)
    }
    Ok(match stream {
        Stream::CropsStored => Some(read::<v1::CropStored>(payload)?.person),
        Stream::CropsEmbedded => Some(read::<v1::CropEmbedded>(payload)?.person),
        Stream::VectorsImported => Some(read::<v1::VectorImported>(payload)?.person),
        Stream::Clicks => {
            RecordedClick::try_from(&read::<v1::ClickRecorded>(payload)?)?;
            None
        }
        Stream::Recommendations => {
            domain::Impression::try_from(&read::<v1::Impression>(payload)?)?;
            None
        }
        Stream::Catalogues => read::<v1::CataloguePublished>(payload).map(|_| None)?,
        Stream::Withdrawals => read::<v1::PersonWithdrawn>(payload).map(|_| None)?,
        Stream::Erasures => read::<v1::PersonErased>(payload).map(|_| None)?,
        Stream::DeadLetters => None,
    })
}
