//! What was published, and publishing: the snapshot's object, its event, and the old ones' end.

use std::collections::VecDeque;

use bus::{Bus, Stream, Subject};
use domain::Hex;
use domain::draft::Draft;
use proto::convert::decode;
use proto::{Message, v1};
use sha2::{Digest, Sha256};
use store::Catalogues;

use crate::making::Served;
use crate::reading::steadily;
use crate::{ClusterError, metrics};

/// Where catalogues go.
pub(crate) struct Publication {
    bus: Bus,
    catalogues: Catalogues,
    /// Objects named in the stream, oldest first.
    named: VecDeque<String>,
}

impl Publication {
    pub(crate) fn new(bus: Bus, catalogues: Catalogues) -> Self {
        Self { bus, catalogues, named: VecDeque::new() }
    }

    /// What serves. A snapshot that cannot be read is as good as none: the next one is made from the table.
    pub(crate) async fn resume(&mut self) -> Option<Served> {
        if steadily(|| self.bus.extent(Stream::Catalogues)).await.messages == 0 {
            return None;
        }
        let mut published = self.bus.replay::<v1::CataloguePublished>(Stream::Catalogues, 1);
        let newest = loop {
            let entry = published.next().await;
            let event = entry.message.ok();
            self.named.extend(event.as_ref().map(|event| event.object.clone()));
            if entry.pending == 0 {
                break event;
            }
        };
        let event = newest.filter(|event| !event.object.is_empty())?;
        match self.read(&event.object).await {
            Ok(draft) => {
                tracing::info!(event.version, people = draft.members().len(), "going on from what serves");
                Some(Served { version: event.version, draft })
            }
            Err(error) => {
                tracing::warn!(event.version, %error, "what serves cannot be gone on from");
                None
            }
        }
    }

    async fn read(&self, object: &str) -> Result<Draft, ClusterError> {
        let bytes = self.catalogues.get(object).await?;
        let snapshot: v1::CatalogueSnapshot = decode("CatalogueSnapshot", &bytes)?;
        Ok(snapshot.try_into()?)
    }

    /// The snapshot is stored before it is told of: a reader of the event always finds it.
    pub(crate) async fn publish(&mut self, draft: Draft) -> Result<Served, ClusterError> {
        let encoding = tokio::task::spawn_blocking(move || {
            let (version, bytes) = encoded(&draft);
            (version, bytes, draft)
        });
        let (version, bytes, draft) = encoding.await?;
        let object = self.catalogues.put(&version, bytes.into()).await?;
        let people = draft.members().len();
        self.tell(version.clone(), object, people).await?;
        tracing::info!(version, people, generation = draft.basis().generation, "a catalogue is published");
        Ok(Served { version, draft })
    }

    /// Publishes what serves once more where its stream tells of none: it was deleted and made again.
    pub(crate) async fn tell_again(&mut self, served: &Served) -> Result<(), ClusterError> {
        if self.bus.extent(Stream::Catalogues).await?.messages == 0 {
            self.publish(served.draft.clone()).await?;
        }
        Ok(())
    }

    /// Nobody may be recommended until the next catalogue.
    pub(crate) async fn retract(&mut self) -> Result<(), ClusterError> {
        self.tell(String::new(), String::new(), 0).await?;
        tracing::warn!("somebody withdrew, and without them there is no catalogue: nobody is recommended");
        Ok(())
    }

    async fn tell(&mut self, version: String, object: String, people: usize) -> Result<(), ClusterError> {
        let published_at_ms = runtime::now_ms();
        let event = v1::CataloguePublished { version, object, people: people as u32, published_at_ms };
        self.bus.publish(Subject::CataloguePublished, &event).await?;
        ::metrics::gauge!(metrics::PEOPLE).set(people as f64);
        ::metrics::counter!(metrics::PUBLISHED).increment(1);
        self.named.push_back(event.object);
        self.forget_old().await;
        Ok(())
    }

    /// Removes every catalogue and its event but the newest, those too that nobody was ever told of; returns how many
    /// catalogues there were.
    pub(crate) async fn forget_all_but_newest(&mut self) -> Result<u64, ClusterError> {
        let newest = self.named.back().cloned();
        let removed = self.catalogues.remove_all_but(newest.as_deref()).await?;
        if newest.is_some() {
            self.bus.erase_older(Stream::Catalogues).await?;
        }
        self.named = newest.into_iter().collect();
        Ok(removed)
    }

    /// Removes the objects of catalogues that the stream names no longer. One more is kept than it names: a
    /// reader may be at the one that has just left it.
    async fn forget_old(&mut self) {
        let Ok(held) = self.bus.extent(Stream::Catalogues).await else { return };
        while self.named.len() as u64 > held.messages + 1 {
            let Some(old) = self.named.pop_front() else { return };
            if old.is_empty() || self.named.contains(&old) {
                continue;
            }
            if let Err(error) = self.catalogues.remove(&old).await {
                tracing::warn!(old, %error, "an old catalogue could not be removed");
            }
        }
    }
}

/// The snapshot of a draft under its version. Content names the version: the same again is the same version.
fn encoded(draft: &Draft) -> (String, Vec<u8>) {
    let mut bytes = v1::CatalogueSnapshot::from(draft).encode_to_vec();
    let version = Hex(&Sha256::digest(&bytes)[..6]).to_string();
    // Two messages one after the other are both of them merged: the version need not be known before.
    let named = v1::CatalogueSnapshot { version: version.clone(), ..v1::CatalogueSnapshot::default() };
    bytes.extend(named.encode_to_vec());
    (version, bytes)
}
