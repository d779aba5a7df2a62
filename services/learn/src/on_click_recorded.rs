//! `click.recorded` → one update → the policy is published.

use std::time::{Duration, Instant};

use bus::{Bucket, Bus, BusError, Entry, Replay};
use futures::FutureExt;
use learning::admissibility::{self, Inadmissible, Rewards};
use learning::fold::{Applied, Fold};
use proto::convert::impression::RecordedClick;
use proto::{Message, v1};
use tokio_util::sync::CancellationToken;

use crate::checkpoints::Checkpoints;
use crate::error::NotAClick;
use crate::publication::{Publication, Published};
use crate::{AGAIN, metrics};

/// Longest time that the last policy and checkpoint may take when asked to end.
const LAST_WRITES: Duration = Duration::from_secs(3);

/// The fold with everything it reads from and writes to.
pub(crate) struct Learner {
    pub(crate) bus: Bus,
    pub(crate) fold: Fold,
    pub(crate) clicks: Replay<v1::ClickRecorded>,
    /// A click that was read already.
    pub(crate) waiting: Option<Entry<v1::ClickRecorded>>,
    pub(crate) publication: Publication,
    /// What was published before the start, until the fold is back there.
    pub(crate) published: Option<Published>,
    pub(crate) checkpoints: Checkpoints,
    /// Longest time a learned click waits for others.
    pub(crate) coalesce: Duration,
    /// When the oldest click that no published policy includes was learned.
    pub(crate) unpublished_since: Option<Instant>,
    /// Newest version of any policy that is known to have been published.
    pub(crate) newest_version: u64,
    /// Whether a click was refused for its version that no checkpoint tells of.
    pub(crate) refused_unsaved: bool,
}

/// How learning ended.
pub(crate) enum Ending {
    /// The service was asked to end.
    Asked,
    /// Another learner has published or saved.
    Outrun,
    /// The stream was made again: the start says whether there is anything to go on from.
    OtherStream,
}

/// What the next moment brings.
enum Next {
    Click(Box<Entry<v1::ClickRecorded>>),
    NothingWaits,
    Shutdown,
}

impl Learner {
    /// Learns click by click until `shutdown`, or until another learner turns out to be live.
    pub(crate) async fn learn(mut self, shutdown: &CancellationToken) -> Ending {
        let learned = match self.until_shutdown(shutdown).await {
            Ok(Ending::Asked) => tokio::time::timeout(LAST_WRITES, self.finish()).await.unwrap_or(Ok(())),
            Ok(other) => return other,
            Err(error) => Err(error),
        };
        match learned {
            Ok(()) => Ending::Asked,
            Err(BusError::Outrun { .. }) => Ending::Outrun,
            Err(error) => {
                // Only a drain ends like this; the stream holds what was not written.
                tracing::warn!(%error, "ended without the last policy and checkpoint");
                Ending::Asked
            }
        }
    }

    async fn until_shutdown(&mut self, shutdown: &CancellationToken) -> Result<Ending, BusError> {
        self.compare_when_back(self.fold.last_sequence());
        loop {
            match self.next(shutdown).await {
                // Sequences begin anew; folded in, such a click would pass for one that is known.
                Next::Click(entry) if entry.sequence <= self.fold.last_sequence() => {
                    return Ok(Ending::OtherStream);
                }
                Next::Click(entry) => self.take(*entry, shutdown).await?,
                Next::NothingWaits => self.write().await?,
                Next::Shutdown => return Ok(Ending::Asked),
            }
        }
    }

    /// The next click; or, while a policy is unpublished, that none is waiting or the wait was too long.
    async fn next(&mut self, shutdown: &CancellationToken) -> Next {
        if let Some(entry) = self.waiting.take() {
            return Next::Click(Box::new(entry));
        }
        if shutdown.is_cancelled() {
            return Next::Shutdown;
        }
        let next = match self.unpublished_since {
            None => shutdown.run_until_cancelled(self.clicks.next()).await,
            Some(since) if since.elapsed() >= self.coalesce => return Next::NothingWaits,
            Some(_) => match self.clicks.next().now_or_never() {
                None => return Next::NothingWaits,
                entry => entry,
            },
        };
        next.map_or(Next::Shutdown, |entry| Next::Click(Box::new(entry)))
    }

    async fn take(
        &mut self,
        entry: Entry<v1::ClickRecorded>,
        shutdown: &CancellationToken,
    ) -> Result<(), BusError> {
        let (sequence, subject) = (entry.sequence, entry.subject);
        // Behind the published policy's last click, even if that one was erased.
        self.compare_when_back(sequence - 1);
        ::metrics::gauge!(metrics::BEHIND).set(entry.pending as f64);
        let payload = entry.message.as_ref().map(Message::encode_to_vec).unwrap_or_default();
        let admitted = match entry.message {
            Ok(message) => admissibility::admitted(&message, Rewards::OfRank),
            Err(why) => Err(why.into()),
        };
        let admitted = match admitted {
            Ok(click) => self.of_known_version(click, shutdown).await?,
            Err(why) => Err(why),
        };
        let refused = match admitted {
            Ok(click) => self.apply(sequence, &click).err(),
            Err(why) => {
                match why {
                    Inadmissible::UnknownVersion { .. } => {
                        self.fold.refuse(sequence);
                        self.refused_unsaved = true;
                    }
                    _ => self.fold.skip(sequence),
                }
                Some(why)
            }
        };
        ::metrics::gauge!(metrics::CLICKS_APPLIED).set(self.fold.clicks_applied() as f64);
        if self.published.is_some() {
            // Published and buried before: this is the way back to where the fold was.
            self.compare_when_back(sequence);
            return Ok(());
        }
        if let Some(why) = refused {
            ::metrics::counter!(metrics::REFUSED).increment(1);
            let reason = NotAClick { sequence, why };
            self.bury(&subject, payload.into(), &reason, shutdown).await?;
        }
        self.unpublished_since.get_or_insert_with(Instant::now);
        Ok(())
    }

    /// Refuses a click on what a policy made that nobody has published yet: it is forged.
    async fn of_known_version(
        &mut self,
        click: RecordedClick,
        shutdown: &CancellationToken,
    ) -> Result<Result<RecordedClick, Inadmissible>, BusError> {
        self.newest_version = self.newest_version.max(self.publication.version());
        if admissibility::check_version(&click, self.newest_version).is_ok() {
            return Ok(Ok(click));
        }
        // Another line's, or nobody's.
        loop {
            match self.bus.bucket(Bucket::Policy).newest_revision().await {
                Ok(newest) => {
                    self.newest_version = newest;
                    return Ok(admissibility::check_version(&click, newest).map(|()| click));
                }
                Err(error) if shutdown.is_cancelled() => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "looking for the newest version again");
                    shutdown.run_until_cancelled(tokio::time::sleep(AGAIN)).await;
                }
            }
        }
    }

    /// One update. It is CPU-bound, so the thread tells the runtime to do without it meanwhile.
    fn apply(&mut self, sequence: u64, click: &RecordedClick) -> Result<(), Inadmissible> {
        let started = Instant::now();
        let applied = tokio::task::block_in_place(|| self.fold.apply(sequence, click));
        ::metrics::histogram!(metrics::UPDATE_SECONDS).record(started.elapsed());
        match applied {
            Applied::Updated(figures) => {
                if figures.taste_changed {
                    ::metrics::counter!(metrics::TASTE_CHANGES).increment(1);
                    tracing::warn!(
                        sequence,
                        "the newest clicks tell of another taste than the older ones; learning begins again from them"
                    );
                }
                ::metrics::gauge!(metrics::GRADIENT_NORM).set(f64::from(figures.gradient_norm));
                ::metrics::gauge!(metrics::MEAN_RATIO).set(f64::from(figures.mean_ratio));
                ::metrics::gauge!(metrics::VALUE_ERROR).set(f64::from(figures.value_error));
            }
            Applied::Dropped(why) => {
                ::metrics::counter!(metrics::UPDATES_DROPPED).increment(1);
                tracing::error!(sequence, %why, "the parameters stay as they were");
            }
            Applied::Refused(why) => return Err(why.into()),
            Applied::Remembered | Applied::Known => {}
        }
        if let Some(reward) = self.fold.mean_reward_recent() {
            ::metrics::gauge!(metrics::REWARD).set(reward);
        }
        Ok(())
    }

    /// Holds the fold against the published policy, once everything up to `sequence` is folded in and the policy includes
    /// no more; from then on every click is published. Where their last bits differ the fold goes on from what is
    /// published.
    fn compare_when_back(&mut self, sequence: u64) {
        let Some(published) = self.published.take_if(|p| p.last_sequence <= sequence) else { return };
        let same = self.fold.policy() == &published.policy;
        if same && self.fold.clicks_applied() == published.clicks_applied {
            let version = self.publication.version();
            tracing::info!(version, "back where the published policy is, bit for bit");
            return;
        }
        if self.fold.clicks_applied() == published.clicks_applied && self.fold.adopt(&published.policy) {
            let version = self.publication.version();
            ::metrics::counter!(metrics::ADOPTED).increment(1);
            tracing::warn!(
                version,
                "the published policy differs in its last bits from what the clicks give here, as between two kinds of \
                 processor; learning goes on from what is published"
            );
            return;
        }
        self.unpublished_since = Some(Instant::now());
        if self.fold.last_sequence() <= published.last_sequence {
            ::metrics::counter!(metrics::DIVERGED).increment(1);
            tracing::warn!(
                published = published.clicks_applied,
                clicks_applied = self.fold.clicks_applied(),
                "the stream does not give the published policy again: clicks were erased, or settings changed \
                 before the first checkpoint; learning goes on from what the stream gives"
            );
        }
    }

    /// Publishes, and saves a checkpoint when one is due.
    async fn write(&mut self) -> Result<(), BusError> {
        self.save_refusals().await?;
        self.publication.publish(&self.fold).await?;
        self.unpublished_since = None;
        if self.checkpoints.is_due(&self.fold) {
            self.checkpoints.save(&self.fold).await?;
        }
        Ok(())
    }

    /// Saves a checkpoint where a click was refused for its version since the last one: read again, that version may
    /// have come to be published, and what is published next stands on the refusal.
    async fn save_refusals(&mut self) -> Result<(), BusError> {
        if std::mem::take(&mut self.refused_unsaved) {
            self.checkpoints.save(&self.fold).await?;
        }
        Ok(())
    }

    /// The last writes of a drain.
    async fn finish(&mut self) -> Result<(), BusError> {
        self.save_refusals().await?;
        if self.unpublished_since.is_some() {
            self.publication.publish(&self.fold).await?;
        }
        match self.fold.clicks_applied() {
            // Nothing is learned yet that other settings could not begin with.
            0 => Ok(()),
            _ => self.checkpoints.save(&self.fold).await,
        }
    }

    /// Keeps what cannot be learned from as a dead letter. Until that is done nothing behind it is
    /// looked at: a restart finds it again.
    async fn bury(
        &self,
        subject: &str,
        payload: bytes::Bytes,
        reason: &NotAClick,
        shutdown: &CancellationToken,
    ) -> Result<(), BusError> {
        loop {
            match self.bus.dead_letter(subject, payload.clone(), reason).await {
                Ok(()) => return Ok(()),
                Err(error) if shutdown.is_cancelled() => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "burying again");
                    shutdown.run_until_cancelled(tokio::time::sleep(AGAIN)).await;
                }
            }
        }
    }
}
