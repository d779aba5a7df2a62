//! When the catalogue is made, and whether it is published.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bus::{Bucket, Bus, Stream};
use domain::draft::Update;
use domain::{Classified, PersonId};
use runtime::Lifecycle;
use store::Catalogues;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::coverage::Stored;
use crate::due::Due;
use crate::making::Making;
use crate::publication::Publication;
use crate::rules::Rules;
use crate::table::Table;
use crate::{ClusterError, Config, metrics, reading};

/// Somebody waits for something to be done at once; they are told how it went.
pub(crate) enum Asked {
    /// Everyone is grouped anew.
    Rebuild {
        /// Publish in spite of alarms.
        force: bool,
        told: oneshot::Sender<Result<(), ClusterError>>,
    },
    /// Somebody stands for a group from now on; `None`: whoever the cosines choose.
    Represent { group: usize, person: Option<PersonId>, told: oneshot::Sender<Result<(), ClusterError>> },
    /// Somebody withdrew; told how many kept catalogues were removed.
    Forget { person: PersonId, told: oneshot::Sender<Result<u64, ClusterError>> },
    /// A withdrawal is over: what came of the person after they were forgotten goes as well.
    Sweep { person: PersonId, told: oneshot::Sender<Result<(), ClusterError>> },
}

/// Between two looks at whose consent has ended.
const CONSENTS: Duration = Duration::from_secs(60);

/// Pause before what failed for want of the broker or the store is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// Reads the table, makes the catalogue when it has been quiet, publishes what differs.
pub(crate) struct Publisher {
    bus: Bus,
    publication: Publication,
    rules: Rules,
    table: Arc<Table>,
    stored: Arc<Stored>,
    making: Making,
    quiet: Duration,
    longest: Duration,
}

impl Publisher {
    pub(crate) fn open(
        bus: Bus,
        config: &Config,
        rules: Rules,
        table: Arc<Table>,
    ) -> Result<Self, ClusterError> {
        Ok(Self {
            publication: Publication::new(bus.clone(), Catalogues::open(&config.objects)?),
            bus,
            rules,
            table,
            stored: Arc::default(),
            making: Making::default(),
            quiet: Duration::from_millis(config.quiet_ms),
            longest: Duration::from_millis(config.longest_ms),
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
        let served = life.shutdown.run_until_cancelled(self.publication.resume()).await;
        let Some(served) = served else { return Ok(()) };
        self.making = Making::resumed(served, &self.rules.profile);
        self.table.show(self.making.clone());
        let mut seen = self.table.follow();
        let mut readers = self.readers();
        let mut reopened = self.bus.reopened();

        let mut due = Due::default();
        let mut days = tokio::time::interval(CONSENTS);
        due.touch(self.quiet, self.longest);
        loop {
            // Looked at without being marked as seen: what changed meanwhile still wakes the next turn.
            let whole = seen.borrow().is_whole();
            if whole {
                read.met();
            }
            tokio::select! {
                () = life.shutdown.cancelled() => return Ok(()),
                Some(ended) = readers.join_next() => {
                    return Err(ended.expect_err("readers never end by themselves").into());
                }
                // The stream that told of the catalogue may be gone.
                Ok(()) = reopened.changed() => due.touch(Duration::ZERO, Duration::ZERO),
                Ok(()) = seen.changed() => due.touch(self.quiet, self.longest),
                Some(asked) = asked.recv() => match asked {
                    // Whoever asked may have hung up.
                    Asked::Rebuild { force, told } => {
                        let outcome = if whole { self.make(true, force).await } else { Err(ClusterError::Reading) };
                        if outcome.is_ok() {
                            due.settle();
                        }
                        let _ = told.send(outcome);
                    }
                    Asked::Represent { group, person, told } => {
                        let outcome =
                            if whole { self.replace(group, person.as_ref()).await } else { Err(ClusterError::Reading) };
                        let _ = told.send(outcome);
                    }
                    Asked::Forget { person, told } => {
                        let outcome = if whole { self.forget(&person).await } else { Err(ClusterError::Reading) };
                        let _ = told.send(outcome);
                    }
                    Asked::Sweep { person, told } => {
                        let outcome = if whole { self.sweep(&person).await } else { Err(ClusterError::Reading) };
                        let _ = told.send(outcome);
                    }
                },
                _ = days.tick() => if self.table.expire(runtime::today()) {
                    tracing::info!("a consent has expired");
                    due.touch(Duration::ZERO, Duration::ZERO);
                },
                () = due.wait(), if whole => {
                    due.settle();
                    if self.make_quietly().await.is_err() {
                        due.touch(AGAIN, AGAIN);
                    }
                }
            }
        }
    }

    fn readers(&self) -> JoinSet<()> {
        let mut readers = JoinSet::new();
        readers.spawn(reading::crops(self.bus.clone(), self.table.clone(), self.rules.clone()));
        readers.spawn(reading::imports(self.bus.clone(), self.table.clone(), self.rules.clone()));
        readers.spawn(reading::roster(self.bus.clone(), self.table.clone()));
        if self.making.changes_profile(&self.rules.profile) {
            for stream in [Stream::CropsStored, Stream::DeadLetters] {
                let (stored, bus, table) = (self.stored.clone(), self.bus.clone(), self.table.clone());
                readers.spawn(async move { stored.follow(bus, stream, &table).await });
            }
        }
        readers
    }

    /// Nobody asked: what serves goes on serving, whatever comes of it. `Err` means that trying again may help.
    async fn make_quietly(&mut self) -> Result<(), ()> {
        let told = match &self.making.served {
            Some(served) => self.publication.tell_again(served).await,
            None => Ok(()),
        };
        let made = match told {
            Ok(()) => self.make(false, false).await,
            Err(error) => Err(error),
        };
        match made {
            Ok(()) => Ok(()),
            // Too few people is a state to be told, not a failure; alarms are told as they begin.
            Err(ClusterError::Catalogue(why)) => {
                tracing::info!("no catalogue yet: {why}");
                Ok(())
            }
            Err(ClusterError::Alarming(_)) => Ok(()),
            Err(error) => {
                tracing::error!(%error, "the catalogue could not be made");
                if error.class().is_transient() { Err(()) } else { Ok(()) }
            }
        }
    }

    /// Makes the catalogue and publishes it, or says why not. In any case nobody who withdrew stays in what serves.
    async fn make(&mut self, anew: bool, force: bool) -> Result<(), ClusterError> {
        let outcome = match self.made(anew, force).await {
            Ok(()) => self.publish().await,
            Err(error) => Err(error),
        };
        let outcome = match outcome {
            Ok(()) => Ok(()),
            Err(error) => self.let_go().await.and(Err(error)),
        };
        self.table.show(self.making.clone());
        outcome
    }

    async fn made(&mut self, anew: bool, force: bool) -> Result<(), ClusterError> {
        let (table, rules, stored) = (self.table.clone(), self.rules.clone(), self.stored.clone());
        let mut making = std::mem::take(&mut self.making);
        let started = Instant::now();
        let work = tokio::task::spawn_blocking(move || {
            let ringing: Vec<_> = making.alarms.iter().map(|alarm| alarm.kind).collect();
            let changes_profile = making.changes_profile(&rules.profile);
            making.coverage = changes_profile.then(|| stored.coverage(&table.rows()));
            let uncovered = making.coverage.and_then(|coverage| coverage.alarm());
            let outcome = if uncovered.is_some() && !force {
                // Nothing is made of half the vectors.
                making.alarms.clear();
                Ok(())
            } else {
                making.update(&table, &rules, anew || changes_profile && making.draft.is_none())
            };
            making.alarms.extend(uncovered);
            if force {
                making.accept_alarms();
            }
            metrics::tell(&making, &ringing);
            (making, outcome)
        });
        let (making, outcome) = work.await?;
        self.making = making;
        ::metrics::histogram!(metrics::SECONDS).record(started.elapsed());
        outcome
    }

    async fn publish(&mut self) -> Result<(), ClusterError> {
        let Some(draft) = self.making.publishable()?.cloned() else { return Ok(()) };
        self.making.served = Some(self.publication.publish(draft).await?);
        Ok(())
    }

    /// Lets `person` stand for `group`, and publishes that; where it cannot be published, nothing is different.
    async fn replace(&mut self, group: usize, person: Option<&PersonId>) -> Result<(), ClusterError> {
        let draft = self.making.draft.as_mut().ok_or(ClusterError::NoCatalogue)?;
        let before = draft.clone();
        draft.represent(group, person)?;
        let published = self.publish().await;
        if published.is_err() {
            self.making.draft = Some(before);
        }
        self.table.show(self.making.clone());
        published
    }

    /// Nothing of `person` stays in the table, in what serves, or in a catalogue that was kept; returns how many of those
    /// were removed.
    async fn forget(&mut self, person: &PersonId) -> Result<u64, ClusterError> {
        self.table.forget(person);
        // An alarm, or too few people without them, is told and keeps nobody.
        let outcome = self.make(false, false).await;
        if self.making.serves(person) {
            let why = outcome.err().map_or_else(|| "nothing was published".to_owned(), |e| e.to_string());
            return Err(ClusterError::StillServed(why));
        }
        self.making.findings.remove(person);
        self.table.show(self.making.clone());
        self.publication.forget_all_but_newest().await
    }

    /// Forgets `person` once more where something came of them since, unless they are enrolled anew. The roster itself is
    /// asked: what the table heard of it may be older than their withdrawal, or than their new consent.
    async fn sweep(&mut self, person: &PersonId) -> Result<(), ClusterError> {
        if self.making.knows(&self.table, person)
            && self.bus.bucket(Bucket::Roster).get(person.as_str()).await?.is_none()
        {
            self.forget(person).await?;
            tracing::info!("what came of somebody while they were being forgotten is gone as well");
        }
        Ok(())
    }

    /// Takes whoever withdrew out of what serves, where the whole catalogue could not be published.
    async fn let_go(&mut self) -> Result<(), ClusterError> {
        let withdrawn = self.making.withdrawn(&self.table.rows());
        let Some(served) = self.making.served.as_ref().filter(|_| !withdrawn.is_empty()) else {
            return Ok(());
        };
        let mut draft = served.draft.clone();
        draft.update(withdrawn.into_iter().map(Update::Gone));
        if draft.whole().is_ok() {
            self.making.served = Some(self.publication.publish(draft).await?);
        } else {
            self.publication.retract().await?;
            self.making.served = None;
        }
        Ok(())
    }
}
