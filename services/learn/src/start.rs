//! From what was stored to a fold that goes on.

use std::time::Duration;

use bus::{Bus, Entry, Stream};
use proto::convert::impression::RecordedClick;
use proto::v1;
use runtime::Condition;
use tokio_util::sync::CancellationToken;

use crate::checkpoints::Checkpoints;
use crate::on_click_recorded::Learner;
use crate::publication::Publication;
use crate::{Config, LearnError};
use learning::checkpoint::{Checkpoint, Restored};
use learning::fold::Fold;

/// Restores the fold from its checkpoint and the stream, or begins it, and publishes the first policy
/// if there was never one. The condition `policy` holds as soon as one is published: recommenders do
/// not wait for the fold.
pub(crate) async fn start(
    bus: &Bus,
    config: &Config,
    policy: &Condition,
    shutdown: &CancellationToken,
) -> Result<Learner, LearnError> {
    let (mut publication, published) = Publication::read(bus, config, shutdown).await?;
    if published.is_some() {
        policy.met();
    }
    let (mut checkpoints, checkpoint) = Checkpoints::read(bus, config, shutdown).await?;
    let stream = bus.extent(Stream::Clicks).await?.last;
    let learned =
        [checkpoint.as_ref().map(Checkpoint::last_sequence), published.as_ref().map(|p| p.last_sequence)];
    if let Some(learned) = learned.into_iter().flatten().max().filter(|learned| *learned > stream) {
        return Err(LearnError::StreamBehind { line: config.line.clone(), stream, learned });
    }
    let from = checkpoint.as_ref().map_or(1, Checkpoint::read_from);
    let mut clicks = bus.replay(Stream::Clicks, from);
    let (fold, waiting) = match checkpoint {
        Some(checkpoint) => restore(checkpoint, &mut clicks).await,
        None => (Fold::initial(&config.settings), None),
    };
    checkpoints.begin(&fold);
    tracing::info!(
        line = config.line,
        clicks_applied = fold.clicks_applied(),
        last_sequence = fold.last_sequence(),
        published = published.as_ref().map(|p| p.last_sequence),
        stream,
        "the fold goes on"
    );
    if published.is_none() {
        publication.publish(&fold).await?;
        policy.met();
    }
    Ok(Learner {
        bus: bus.clone(),
        fold,
        clicks,
        waiting,
        publication,
        published,
        checkpoints,
        coalesce: Duration::from_millis(config.publish_ms),
        unpublished_since: None,
        newest_version: 0,
        refused_unsaved: false,
    })
}

/// Fills the window from the stream. Returns the first click behind it too, if it was read: where the
/// window's end was erased, only a later click shows that nothing more will come.
async fn restore(
    checkpoint: Checkpoint,
    clicks: &mut bus::Replay<v1::ClickRecorded>,
) -> (Fold, Option<Entry<v1::ClickRecorded>>) {
    let (mut window, mut waiting) = (Vec::<(u64, RecordedClick)>::new(), None);
    let last = checkpoint.last_sequence();
    if checkpoint.read_from() <= last {
        loop {
            let entry = clicks.next().await;
            if entry.sequence > last {
                waiting = Some(entry);
                break;
            }
            let read = entry.message.and_then(|wire| RecordedClick::try_from(&wire));
            window.extend(read.ok().map(|click| (entry.sequence, click)));
            if entry.sequence == last || entry.pending == 0 {
                break;
            }
        }
    }
    let Restored { fold, missing } =
        Fold::restore(checkpoint, window.iter().map(|(sequence, click)| (*sequence, click)));
    if missing > 0 {
        tracing::warn!(missing, "clicks of the window were erased; learning goes on without them");
    }
    (fold, waiting)
}
