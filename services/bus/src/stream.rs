//! Streams: what each keeps, and for how long.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, StorageType};

use domain::PersonId;

use crate::subject::token;
use crate::{BusError, Retention};

/// A stream of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// `crop.stored.<person>.<crop>`, one a subject: re-embedding is a replay.
    CropsStored,
    /// `crop.embedded.<profile>.<person>.<crop>`, one a subject: each profile's vector table.
    CropsEmbedded,
    /// `vector.imported.<profile>.<person>`, one a subject: people whose vector was made elsewhere.
    VectorsImported,
    /// `catalogue.published`, the last few.
    Catalogues,
    /// `recommendation.made.<recommendation>`, by age.
    Recommendations,
    /// `click.recorded.<recommendation>`, one a subject for ever: the broker refuses a second click.
    Clicks,
    /// `person.withdrawn.<person>`, for ever.
    Withdrawals,
    /// `person.erased.<person>.<service>`, until the receipt holds them.
    Erasures,
    /// `dead.<original subject>`, by age.
    DeadLetters,
}

/// How far a stream reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Sequence of the oldest message; above `last` when there is none.
    pub first: u64,
    /// Sequence of the newest message there ever was; 0 before the first.
    pub last: u64,
    /// Messages held.
    pub messages: u64,
}

impl Stream {
    pub(crate) const ALL: [Stream; 9] = [
        Stream::CropsStored,
        Stream::CropsEmbedded,
        Stream::VectorsImported,
        Stream::Catalogues,
        Stream::Recommendations,
        Stream::Clicks,
        Stream::Withdrawals,
        Stream::Erasures,
        Stream::DeadLetters,
    ];

    /// Name without namespace.
    pub fn name(self) -> &'static str {
        match self {
            Stream::CropsStored => "CROPS_STORED",
            Stream::CropsEmbedded => "CROPS_EMBEDDED",
            Stream::VectorsImported => "VECTORS_IMPORTED",
            Stream::Catalogues => "CATALOGUES",
            Stream::Recommendations => "RECOMMENDATIONS",
            Stream::Clicks => "CLICKS",
            Stream::Withdrawals => "WITHDRAWALS",
            Stream::Erasures => "ERASURES",
            Stream::DeadLetters => "DEAD_LETTERS",
        }
    }

    /// Subjects it takes, without namespace.
    pub(crate) fn filter(self) -> &'static str {
        match self {
            Stream::CropsStored => "crop.stored.*.*",
            Stream::CropsEmbedded => "crop.embedded.*.*.*",
            Stream::VectorsImported => "vector.imported.*.*",
            Stream::Catalogues => "catalogue.published",
            Stream::Recommendations => "recommendation.made.*",
            Stream::Clicks => "click.recorded.*",
            Stream::Withdrawals => "person.withdrawn.*",
            Stream::Erasures => "person.erased.*.*",
            Stream::DeadLetters => "dead.>",
        }
    }

    /// The stream that keeps messages under `subject`, which is without namespace; dead letters' own is none.
    pub fn of_subject(subject: &str) -> Option<Self> {
        let keeps = |stream: &Stream| {
            let filter = stream.filter().split('.');
            filter.clone().count() == subject.split('.').count()
                && filter.zip(subject.split('.')).all(|(part, token)| part == token || part == "*")
        };
        Self::ALL.into_iter().filter(|stream| *stream != Stream::DeadLetters).find(keeps)
    }

    /// The parts of it whose subjects name `person`, without namespace. None of a stream in whose subjects nobody is
    /// named; nor of the withdrawals, where the receipt stays.
    pub(crate) fn filters_of(self, person: &PersonId) -> Vec<String> {
        match self {
            Stream::CropsStored => vec![format!("crop.stored.{person}.*")],
            Stream::CropsEmbedded => vec![format!("crop.embedded.*.{person}.*")],
            Stream::VectorsImported => vec![format!("vector.imported.*.{person}")],
            Stream::Erasures => vec![format!("person.erased.{person}.*")],
            Stream::DeadLetters => {
                let streams = [Self::CropsStored, Self::CropsEmbedded, Self::VectorsImported, Self::Erasures];
                let letters = streams.into_iter().flat_map(|stream| stream.filters_of(person));
                letters.map(|filter| format!("dead.{filter}")).collect()
            }
            Stream::Catalogues | Stream::Recommendations | Stream::Clicks | Stream::Withdrawals => Vec::new(),
        }
    }

    /// The part of it that belongs to a model profile, without namespace; the whole of a stream that is not cut so.
    pub(crate) fn filter_of(self, profile: &str) -> Result<String, BusError> {
        let profile = token(profile)?;
        Ok(match self {
            Stream::CropsEmbedded => format!("crop.embedded.{profile}.*.*"),
            Stream::VectorsImported => format!("vector.imported.{profile}.*"),
            whole => whole.filter().to_owned(),
        })
    }

    pub(crate) fn config(self, name: String, subject: String, replicas: usize, kept: &Retention) -> Config {
        let base = Config {
            name,
            subjects: vec![subject],
            storage: StorageType::File,
            num_replicas: replicas,
            allow_direct: true,
            duplicate_window: Duration::from_secs(120),
            ..Config::default()
        };
        match self {
            Stream::CropsStored | Stream::CropsEmbedded | Stream::VectorsImported | Stream::Withdrawals => {
                Config { max_messages_per_subject: 1, ..base }
            }
            Stream::Catalogues => Config { max_messages: kept.catalogues(), ..base },
            Stream::Recommendations => Config { max_age: kept.recommendations(), ..base },
            Stream::Clicks => Config {
                max_messages_per_subject: 1,
                discard: DiscardPolicy::New,
                discard_new_per_subject: true,
                max_age: kept.clicks(),
                ..base
            },
            Stream::Erasures => base,
            Stream::DeadLetters => Config { max_age: kept.dead_letters(), ..base },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_belongs_to_one_stream_or_to_none() {
        for (subject, stream) in [
            ("click.recorded.r-1", Some(Stream::Clicks)),
            ("crop.embedded.dlib.ada.0f", Some(Stream::CropsEmbedded)),
            ("person.erased.ada.embed", Some(Stream::Erasures)),
            ("catalogue.published", Some(Stream::Catalogues)),
            ("catalogue.published.x", None),
            ("click.recorded", None),
            ("dead.click.recorded.r-1", None),
            ("", None),
        ] {
            assert_eq!(Stream::of_subject(subject), stream, "{subject}");
        }
    }
}
