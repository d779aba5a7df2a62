//! Streams that others delete: they are noticed, told of and made again, and whoever reads them opens anew.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind};
use async_nats::jetstream::stream::Info;
use runtime::{Condition, Health};
use tokio::time::sleep;

use crate::{Bus, BusError, metrics};

/// Time between two looks at what the broker holds.
pub(crate) const LOOK: Duration = Duration::from_secs(2);

/// What of the broker's is missing, by name: the condition `streams`, which holds while nothing is.
#[derive(Debug, Clone)]
pub(crate) struct Missing {
    condition: Condition,
    why: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Missing {
    pub(crate) fn new(health: &Health) -> Self {
        let condition = health.condition("streams");
        condition.met();
        Self { condition, why: Arc::default() }
    }

    /// Tells that `name` is missing; returns whether that is news.
    pub(crate) fn tell(&self, name: &str, why: String) -> bool {
        let mut missing = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = missing.insert(name.to_owned(), why).is_none();
        self.show(&missing);
        is_news
    }

    /// Tells that `name` is there.
    pub(crate) fn found(&self, name: &str) {
        let mut missing = self.why.lock().unwrap_or_else(PoisonError::into_inner);
        if missing.remove(name).is_some() {
            self.show(&missing);
        }
    }

    fn show(&self, missing: &BTreeMap<String, String>) {
        match missing.is_empty() {
            true => self.condition.met(),
            false => self.condition.failed(missing.values().cloned().collect::<Vec<_>>().join("; ")),
        }
    }
}

/// When each stream that there is was made, in nanoseconds since 1970.
type Made = BTreeMap<String, i128>;

/// When a stream was made: one that was deleted and made again is another one, whose sequences begin at 1.
pub(crate) fn made_at(info: &Info) -> i128 {
    info.created.unix_timestamp_nanos()
}

/// Looks after the streams for as long as the bus lives.
pub(crate) async fn follow(bus: Bus) {
    let mut known = Made::new();
    loop {
        match bus.look(&known).await {
            Ok(now) => known = now,
            Err(error) => tracing::debug!(%error, "the streams are not known now"),
        }
        tokio::select! {
            () = sleep(LOOK) => {}
            () = bus.missed.notified() => {}
        }
    }
}

impl Bus {
    /// Makes every stream again that is gone. Where one is another than in `known`, whoever made it, readers open anew.
    async fn look(&self, known: &Made) -> Result<Made, BusError> {
        self.check()?;
        let mut now = Made::new();
        for config in self.configs() {
            let name = config.name.clone();
            let mut made = self.made(&name).await?;
            if made.is_none() {
                let gone = format!("stream {name} was deleted at the broker");
                if self.missing.tell(&name, gone.clone()) {
                    tracing::error!(
                        stream = name,
                        "it was deleted at the broker, with all it held, and is made again, empty; a backup (nats stream \
                         restore) brings back what it held"
                    );
                    ::metrics::counter!(metrics::MADE_AGAIN, "what" => metrics::STREAM).increment(1);
                }
                if let Err(error) = self.ensure(config).await {
                    self.missing.tell(&name, format!("{gone} and cannot be made again: {error}"));
                    continue;
                }
                made = self.made(&name).await?;
            }
            self.missing.found(&name);
            now.extend(made.map(|made| (name, made)));
        }
        let others = known.iter().filter(|(name, made)| now.get(*name).is_some_and(|now| now != *made));
        let others: Vec<&String> = others.map(|(name, _)| name).collect();
        if !others.is_empty() {
            tracing::warn!(streams = ?others, "made again at the broker; whoever reads them opens anew");
            self.opened.send_modify(|count| *count += 1);
        }
        // One that could not be made again is another one once it is there.
        let gone = known.iter().filter(|(name, _)| !now.contains_key(*name));
        let gone: Vec<_> = gone.map(|(name, made)| (name.clone(), *made)).collect();
        now.extend(gone);
        Ok(now)
    }

    /// When the stream called `name` was made; `None` where there is none.
    pub(crate) async fn made(&self, name: &str) -> Result<Option<i128>, BusError> {
        match self.context.get_stream(name).await {
            Ok(stream) => Ok(Some(made_at(stream.cached_info()))),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(BusError::failed(format!("open stream {name}"), error)),
        }
    }
}

/// Whether the broker has no such stream.
pub(crate) fn is_gone(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(told) if told.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_condition_tells_all_that_is_missing() {
        let health = Health::default();
        let missing = Missing::new(&health);
        assert!(health.unmet().is_empty());
        assert!(missing.tell("CLICKS", "stream CLICKS is gone".to_owned()));
        assert!(!missing.tell("CLICKS", "stream CLICKS cannot be made".to_owned()));
        assert!(missing.tell("embed-dlib", "consumer embed-dlib is gone".to_owned()));
        assert_eq!(health.unmet()["streams"], "stream CLICKS cannot be made; consumer embed-dlib is gone");
        missing.found("CLICKS");
        assert_eq!(health.unmet()["streams"], "consumer embed-dlib is gone");
        missing.found("embed-dlib");
        assert!(health.unmet().is_empty());
    }
}
