//! When the catalogue is rebuilt, and how it is published.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bus::{Bus, Subject};
use domain::Classified;
use proto::{Message, v1};
use runtime::Lifecycle;
use store::Catalogues;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant as TokioInstant, sleep_until};

use crate::build::{Rules, build};
use crate::reading::{self, steadily};
use crate::table::Table;
use crate::{ClusterError, Config, metrics};

/// Somebody waits for a rebuild; they are told how it went.
pub(crate) type Asked = oneshot::Sender<Result<(), ClusterError>>;

/// Pause before a rebuild that failed for want of the broker or the store is tried again.
const AGAIN: Duration = Duration::from_secs(2);

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
        let newest = steadily(|| self.bus.last::<v1::CataloguePublished>(Subject::CataloguePublished));
        let Some(newest) = life.shutdown.run_until_cancelled(newest).await else { return Ok(()) };
        self.published = newest.and_then(|e| e.message.ok()).map(|m| m.version);
        let mut seen = self.table.follow();
        let mut readers = JoinSet::new();
        readers.spawn(reading::crops(self.bus.clone(), self.table.clone(), self.rules.profile.clone()));
        readers.spawn(reading::roster(self.bus.clone(), self.table.clone()));

        let mut due = Due::default();
        due.touch(self.quiet, self.longest);
        loop {
            // Looked at without being marked as seen: what changed during a rebuild still wakes the next turn.
            let whole = seen.borrow().is_whole();
            if whole {
                read.met();
            }
            tokio::select! {
                () = life.shutdown.cancelled() => return Ok(()),
                Some(ended) = readers.join_next() => {
                    return Err(ClusterError::Panicked(format!("a reader ended: {ended:?}")));
                }
                Ok(()) = seen.changed() => due.touch(self.quiet, self.longest),
                Some(waiting) = asked.recv() => {
                    let outcome = if whole { self.rebuild().await } else { Err(ClusterError::Reading) };
                    if outcome.is_ok() {
                        due.settle();
                    }
                    // Whoever asked may have hung up.
                    let _ = waiting.send(outcome);
                }
                () = due.wait(), if whole => {
                    due.settle();
                    if self.rebuild_quietly().await.is_err() {
                        due.touch(AGAIN, AGAIN);
                    }
                }
            }
        }
    }

    /// A rebuild nobody asked for: what serves goes on serving, whatever comes of it. `Err` means that trying
    /// again may help.
    async fn rebuild_quietly(&mut self) -> Result<(), ()> {
        match self.rebuild().await {
            Ok(()) => Ok(()),
            // Too few people is a state to be told, not a failure.
            Err(ClusterError::Catalogue(why)) => {
                tracing::info!("no catalogue yet: {why}");
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "the catalogue could not be rebuilt");
                if error.class().is_transient() { Err(()) } else { Ok(()) }
            }
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
            published_at_ms: runtime::now_ms(),
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
