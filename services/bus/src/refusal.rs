//! What the broker means when it refuses a message.
//!
//! One code stands for a subject that is taken, a stream that is full and a disk that is full: only its words tell them
//! apart. As nats-server 2.9.10, 2.10.26, 2.12.2 and 2.15.1 answer, all alike but for the disk:
//!
//! | what | code | words |
//! |---|---|---|
//! | a subject of a stream with one message each | 10077 | maximum messages per subject exceeded |
//! | a stream at its most messages, or bytes | 10077 | maximum messages exceeded, maximum bytes exceeded |
//! | the server's or account's storage used up | 10023 | insufficient resources |
//! | no space on the disk: 2.10 and 2.12 | 10077 | write …: no space left on device |
//! | the same: 2.9 and 2.15 | | no answer at all, which is a failure like any other |
//! | another message than expected | 10071 | wrong last sequence: … |

use std::error::Error;

use async_nats::jetstream::context::{
    CreateStreamError, CreateStreamErrorKind, GetStreamError, GetStreamErrorKind,
};
use async_nats::jetstream::{self, ErrorCode};

use crate::{BusError, metrics};

/// The words for a subject that holds as many messages as it may.
const SUBJECT_HOLDS_ONE: &str = "maximum messages per subject exceeded";

/// Codes of an account or a server that has used up its storage.
const NO_STORAGE: [ErrorCode; 4] = [
    ErrorCode::ACCOUNT_RESOURCES_EXCEEDED,
    ErrorCode::INSUFFICIENT_RESOURCES,
    ErrorCode::MEMORY_RESOURCES_EXCEEDED,
    ErrorCode::STORAGE_RESOURCES_EXCEEDED,
];

/// Why a message was not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Its subject takes one message only, and has one.
    Taken,
    /// Another message than was expected stands under its subject.
    WrongLast,
    /// There is no room, in the broker's words.
    Full(String),
}

/// What `error` says of a message; `None` where it is no refusal that is known.
pub(crate) fn of(error: &(dyn Error + 'static)) -> Option<Refusal> {
    let told = told_by_broker(error)?;
    let words = told.to_string();
    match told.error_code() {
        ErrorCode::STREAM_STORE_FAILED if words.contains(SUBJECT_HOLDS_ONE) => Some(Refusal::Taken),
        ErrorCode::STREAM_WRONG_LAST_SEQUENCE => Some(Refusal::WrongLast),
        code if code == ErrorCode::STREAM_STORE_FAILED || NO_STORAGE.contains(&code) => {
            ::metrics::counter!(metrics::FULL).increment(1);
            tracing::error!(why = words, "the broker has no room for a message");
            Some(Refusal::Full(words))
        }
        _ => None,
    }
}

/// A failure of the client in which the broker's own answer may stand.
pub(crate) trait StreamFailure: std::fmt::Display {
    /// The broker's own answer; `None` where it gave none.
    fn answer(&self) -> Option<jetstream::Error>;
}

impl StreamFailure for CreateStreamError {
    fn answer(&self) -> Option<jetstream::Error> {
        match self.kind() {
            CreateStreamErrorKind::JetStream(answer) => Some(answer),
            _ => None,
        }
    }
}

impl StreamFailure for GetStreamError {
    fn answer(&self) -> Option<jetstream::Error> {
        match self.kind() {
            GetStreamErrorKind::JetStream(answer) => Some(answer),
            _ => None,
        }
    }
}

/// What `error` says of the stream called `name`, with what mends it.
pub(crate) fn of_stream(name: &str, error: impl StreamFailure) -> BusError {
    let Some(told) = error.answer() else {
        return BusError::failed(format!("prepare stream {name}"), error);
    };
    let mending = match told.error_code() {
        ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED => {
            Some("a single broker keeps one copy: set AVZEUS_STREAM_REPLICAS=1, or use a cluster")
        }
        ErrorCode::CLUSTER_NO_PEERS => Some(
            "as many brokers must run and have room as copies are asked for: start them, or lower AVZEUS_STREAM_REPLICAS",
        ),
        ErrorCode::STREAM_SUBJECT_OVERLAP => Some(
            "another system's stream takes its subjects: give this one a namespace of its own (AVZEUS_NAMESPACE)",
        ),
        ErrorCode::JETSTREAM_NOT_ENABLED => Some("start nats-server with JetStream (--jetstream)"),
        ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT => {
            Some("give the account of AVZEUS_NATS_URL JetStream in the broker's configuration")
        }
        code if NO_STORAGE.contains(&code) => Some("free disk space or raise the broker's limits"),
        _ => None,
    };
    BusError::StreamRefused { stream: name.to_owned(), why: told.to_string(), mending }
}

/// The broker's own error beneath the client's.
fn told_by_broker<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a jetstream::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(told) = error.downcast_ref() {
            return Some(told);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the client wraps what the broker said.
    #[derive(Debug, thiserror::Error)]
    #[error("it was not put")]
    struct Put(#[source] Box<dyn Error>);

    #[test]
    fn one_code_says_taken_or_full_by_its_words() {
        let full =
            |code: u64, words: &str| Some(Refusal::Full(format!("{words} (code 503, error code {code})")));
        for (code, words, expected) in [
            (10077, SUBJECT_HOLDS_ONE, Some(Refusal::Taken)),
            (10077, "maximum messages exceeded", full(10077, "maximum messages exceeded")),
            (10077, "maximum bytes exceeded", full(10077, "maximum bytes exceeded")),
            (
                10077,
                "write 1.blk: no space left on device",
                full(10077, "write 1.blk: no space left on device"),
            ),
            (10023, "insufficient resources", full(10023, "insufficient resources")),
            (
                10002,
                "resource limits exceeded for account",
                full(10002, "resource limits exceeded for account"),
            ),
            (10071, "wrong last sequence: 0", Some(Refusal::WrongLast)),
            (10054, "message size exceeds maximum allowed", None),
        ] {
            let told = serde_json::json!({ "code": 503, "err_code": code, "description": words });
            let told: jetstream::Error = serde_json::from_value(told).unwrap();
            assert_eq!(of(&told), expected, "{code} {words}");
            let beneath = Put(Box::new(Put(Box::new(told))));
            assert_eq!(of(&beneath), expected, "beneath the client's own errors");
        }
    }
}
