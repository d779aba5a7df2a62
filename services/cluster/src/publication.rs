//! When the catalogue is rebuilt, and how it is published.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bus::{Bucket, Bus, Stream, Subject};
use proto::{Message, v1};
use runtime::Lifecycle;
use store::Catalogues;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant as TokioInstant, sleep_until};

use crate::build::{Rules, build};
use crate::table::Table;
use crate::{ClusterError, Config, metrics, on_crop_embedded, on_roster_changed};

/// Somebody waits for a rebuild; they are told how it went.
pub(crate) type Asked = oneshot::Sender<Result<(), ClusterError>>;

/// Roster changes that may wait while a catalogue is built.
const CHANGES: usize = 1024;

/// Reads the table, rebuilds when it has been quiet, publishes what differs.
pub(crate) struct Publisher {
    bus: Bus,
    catalogues: Catalogues,
    rules: Rules,
    table: Arc<Table>,
    quiet: Duration,
    longest: Duration,
    published: Option<String>,
}

impl Publisher {
    pub(crate) fn open(
        bus: Bus,
        config: &Config,
        rules: Rules,
        table: Arc<Table>,
    ) -> Result<Self, ClusterError> {
        Ok(Self {
            bus,
            catalogues: Catalogues::open(&config.objects)?,
            rules,
            table,
            quiet: Duration::from_millis(config.quiet_ms),
            longest: Duration::from_millis(config.longest_ms),
            published: None,
        })
    }

    /// Runs until the token is cancelled.
    pub(crate) async fn run(
        mut self,
        mut asked: mpsc::Receiver<Asked>,
        life: Lifecycle,
    ) -> Result<(), ClusterError> {
        let read = life.health.condition("vector_table");
        if self.bus.prepare(&life.shutdown).await.is_err() {
            return Ok(());
        }
        let newest = self.bus.last::<v1::CataloguePublished>(Subject::CataloguePublished).await?;
        self.published = newest.and_then(|e| e.message.ok()).map(|m| m.version);
        let behind = self.bus.extent(Stream::CropsEmbedded).await?.last;
        let mut embedded = self.bus.replay::<v1::CropEmbedded>(Stream::CropsEmbedded, 1);
        let (changes, mut changed) = mpsc::channel(CHANGES);
        let roster = self.bus.bucket(Bucket::Roster);
        let watching = roster.watch(move |change| changes.try_send(change).is_ok());
        tokio::pin!(watching);

        let mut caught_up = behind == 0;
        let mut due = Due::default();
        due.touch(self.quiet, self.longest);
        loop {
            if caught_up {
                read.met();
            }
            tokio::select! {
                () = life.shutdown.cancelled() => return Ok(()),
                // A watch that cannot hand over its change starts again, telling everything anew.
                () = &mut watching => return Err(ClusterError::Reading),
                Some(change) = changed.recv() => {
                    if on_roster_changed::apply(&self.table, &change) {
                        due.touch(self.quiet, self.longest);
                    }
                }
                entry = embedded.next() => {
                    caught_up |= entry.sequence >= behind || entry.pending == 0;
                    on_crop_embedded::apply(&self.table, &self.rules.profile, entry);
                    due.touch(self.quiet, self.longest);
                }
                Some(waiting) = asked.recv() => {
                    due.settle();
                    // Whoever asked may have hung up.
                    let _ = waiting.send(self.rebuild().await);
                }
                () = due.wait(), if caught_up => {
                    due.settle();
                    self.rebuild_quietly().await?;
                }
            }
        }
    }

    /// A rebuild nobody asked for: too few people is a state to be told, not a failure.
    async fn rebuild_quietly(&mut self) -> Result<(), ClusterError> {
        match self.rebuild().await {
            Err(ClusterError::Catalogue(why)) => {
                tracing::info!("no catalogue yet: {why}");
                Ok(())
            }
            outcome => outcome,
        }
    }

    async fn rebuild(&mut self) -> Result<(), ClusterError> {
        let (table, rules) = (self.table.clone(), self.rules.clone());
        let started = Instant::now();
        let outcome = tokio::task::spawn_blocking(move || {
            let rows = table.rows().clone();
            let (built, outcome) = build(&rows, &rules);
            let snapshot = built.catalogue.as_ref().map(v1::CatalogueSnapshot::from);
            ::metrics::gauge!(metrics::CROPS).set(built.crops as f64);
            let verdicts = built.findings.values().flat_map(|f| &f.verdicts);
            ::metrics::gauge!(metrics::DROPPED).set(verdicts.filter(|(_, v)| !v.kept).count() as f64);
            let left_out = built.findings.iter().filter(|(_, f)| !f.left_out.is_empty());
            ::metrics::gauge!(metrics::LEFT_OUT).set(left_out.clone().count() as f64);
            for (person, finding) in left_out {
                tracing::info!(%person, why = finding.left_out, "left out");
            }
            *table.built() = Some(built);
            outcome.map(|()| snapshot.expect("a build that succeeds has a catalogue"))
        });
        let snapshot = outcome.await.map_err(|e| ClusterError::Panicked(e.to_string()))??;
        ::metrics::histogram!(metrics::SECONDS).record(started.elapsed());
        if self.published.as_ref() == Some(&snapshot.version) {
            return Ok(());
        }
        self.publish(snapshot).await
    }

    /// The snapshot is stored before it is told of: a reader of the event always finds it.
    async fn publish(&mut self, snapshot: v1::CatalogueSnapshot) -> Result<(), ClusterError> {
        let object = self.catalogues.put(&snapshot.version, snapshot.encode_to_vec().into()).await?;
        let people = snapshot.people.len();
        let event = v1::CataloguePublished {
            version: snapshot.version.clone(),
            object,
            people: people as u32,
            published_at_ms: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64),
        };
        self.bus.publish(Subject::CataloguePublished, &event).await?;
        tracing::info!(version = snapshot.version, people, "a catalogue is published");
        ::metrics::gauge!(metrics::PEOPLE).set(people as f64);
        ::metrics::counter!(metrics::PUBLISHED).increment(1);
        self.published = Some(snapshot.version);
        Ok(())
    }
}

/// When the next rebuild is due: a quiet time after the last change, but not later than `longest`
/// after the first.
#[derive(Default)]
struct Due {
    at: Option<TokioInstant>,
    latest: Option<TokioInstant>,
}

impl Due {
    fn touch(&mut self, quiet: Duration, longest: Duration) {
        let now = TokioInstant::now();
        let latest = *self.latest.get_or_insert(now + longest);
        self.at = Some((now + quiet).min(latest));
    }

    fn settle(&mut self) {
        *self = Self::default();
    }

    async fn wait(&self) {
        match self.at {
            Some(at) => sleep_until(at).await,
            None => std::future::pending().await,
        }
    }
}
