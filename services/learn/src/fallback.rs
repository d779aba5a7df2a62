//! `click.recorded` → evidence → the initial policy serves in place of one that earns less.
//!
//! A fold over the clicks since the last decision on what serves: any learner, on whichever line, comes to
//! the same verdict at the same click, also after a restart; the compare-and-set lets one of them act.

use bus::{Bucket, Bus, BusError, Change, SERVING, Stream};
use domain::guard::{Guard, PERIOD, Seen};
use domain::serving::{Change as Decision, INITIAL, Serving};
use proto::convert::impression::RecordedClick;
use proto::v1;
use tokio::sync::watch;

use crate::{AGAIN, metrics};

/// What serves, and the revision to change it by.
type Decided = Option<(Serving, u64)>;

/// Watches whatever serves, for ever.
pub(crate) async fn follow(bus: &Bus) {
    let (tell, decided) = watch::channel(None);
    let told = |change: Change| {
        let news = read(change, tell.borrow().is_none());
        if let Some(news) = news {
            tell.send_replace(Some(news));
        }
        true
    };
    let policies = bus.bucket(Bucket::Policy);
    tokio::join!(policies.watch(told), judge(bus, decided));
}

/// A decision, if `change` is one, or shows at `first` that none was ever made.
fn read(change: Change, first: bool) -> Decided {
    match (change.key == SERVING, change.stored) {
        (true, Some(stored)) => match bus::serving(&stored.value) {
            Ok(serving) => Some((serving, stored.revision)),
            Err(error) => {
                tracing::error!(%error, "what serves cannot be read; what served before is watched");
                None
            }
        },
        (true, None) => Some((Serving::default(), 0)),
        (false, _) => (first && change.pending == 0).then(|| (Serving::default(), 0)),
    }
}

async fn judge(bus: &Bus, mut decided: watch::Receiver<Decided>) {
    loop {
        let current = decided.borrow_and_update().clone();
        if let Some((serving, revision)) = current {
            let alarm = tokio::select! {
                alarm = alarm(bus, &serving) => alarm,
                _ = decided.changed() => continue,
            };
            fall_back(bus, &serving, revision, alarm).await;
        }
        // The sender lives as long as this does.
        let _ = decided.changed().await;
    }
}

/// A policy that was measured to be worse, at a click.
struct Alarm {
    policy: String,
    sequence: u64,
    seen: Seen,
}

/// The first alarm over the clicks since `serving` was decided; in vain where the initial policy serves alone.
async fn alarm(bus: &Bus, serving: &Serving) -> Alarm {
    let canary = serving.canary.iter().map(|canary| &canary.policy);
    let watched: Vec<&String> =
        [&serving.policy].into_iter().chain(canary).filter(|name| *name != INITIAL).collect();
    if watched.is_empty() {
        std::future::pending::<()>().await;
    }
    let since = serving.change.since_sequence;
    let mut period = last_click(bus).await.saturating_sub(since) / PERIOD;
    let mut clicks = bus.replay::<v1::ClickRecorded>(Stream::Clicks, since + period * PERIOD + 1);
    let anew = || watched.iter().map(|name| Guard::of(name)).collect::<Vec<_>>();
    let mut guards = anew();
    loop {
        let entry = clicks.next().await;
        let sequence = entry.sequence;
        // Of a stream that was made again: it holds nothing since that decision.
        let Some(past) = sequence.checked_sub(since + 1) else { continue };
        let now = past / PERIOD;
        if now != period {
            (period, guards) = (now, anew());
        }
        // The learner buries what cannot be read.
        let Ok(click) = entry.message.and_then(|wire| RecordedClick::try_from(&wire)) else { continue };
        for guard in &mut guards {
            guard.take(&click.impression.arms, click.click.reward);
            let (policy, seen) = (guard.policy().to_owned(), guard.seen());
            if guard.is_worse() {
                return Alarm { policy, sequence, seen };
            }
            ::metrics::gauge!(metrics::EVIDENCE, "policy" => policy).set(seen.evidence);
        }
    }
}

async fn last_click(bus: &Bus) -> u64 {
    loop {
        match bus.extent(Stream::Clicks).await {
            Ok(extent) => return extent.last,
            Err(error) => tracing::debug!(%error, "looking again"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Takes the policy of `alarm` back, unless something else was decided meanwhile.
async fn fall_back(bus: &Bus, serving: &Serving, revision: u64, alarm: Alarm) {
    let Alarm { policy, sequence, seen } = alarm;
    let reason = format!(
        "fallback: {policy} earns {:.3} a click where the initial policy earns {:.3}, over {} clicks",
        seen.earned, seen.initial, seen.clicks
    );
    let change = Decision { at_ms: runtime::now_ms(), since_sequence: sequence, reason: reason.clone() };
    let fallen = serving.fall_back(&policy, change);
    loop {
        match bus.serve(&fallen, revision).await {
            Ok(_) => {
                ::metrics::counter!(metrics::FALLBACKS).increment(1);
                tracing::error!(policy, sequence, evidence = seen.evidence, "{reason}");
                return;
            }
            Err(BusError::Outrun { .. }) => return,
            Err(error) => tracing::warn!(%error, "falling back again"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}
