//! Visitors who rank and click without pause, and what they saw of it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{System, Visitor, crowd};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Pause between two visits, and before a click that found nobody is sent again.
const PAUSE: Duration = Duration::from_millis(50);
/// Time that learning has to catch up in the end.
const CAUGHT_UP: Duration = Duration::from_secs(120);

/// What one scenario cost.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Clicks that were acknowledged.
    clicks: usize,
    /// Those of them that the stream does not hold, or the policy has not learned from.
    lost: usize,
    /// Clicks that the stream holds, or the policy learned from, beyond those.
    doubled: usize,
    /// Longest times without a good answer, and without a click that the policy learned from.
    ranked: Duration,
    clicked: Duration,
    learned: Duration,
    /// Time from the end of the fault until a visitor was ranked for, a click was taken and one was learned from.
    recovered: Duration,
}

impl Figures {
    /// Whether no click was lost and none doubled.
    pub(crate) fn is_well(&self) -> bool {
        self.lost == 0 && self.doubled == 0
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { clicks, lost, doubled, .. } = self;
        write!(out, "{clicks:>6} {lost:>5} {doubled:>7} ")?;
        for time in [self.ranked, self.clicked, self.learned, self.recovered] {
            write!(out, " {:>9.1}", time.as_secs_f64())?;
        }
        Ok(())
    }
}

/// When something went well last, and the longest time between two such moments.
#[derive(Debug)]
struct Gap {
    last: Instant,
    longest: Duration,
    /// When the fault ended, until something went well after that.
    mended: Option<Instant>,
    /// How long that took.
    recovered: Duration,
}

impl Gap {
    fn new() -> Self {
        Self { last: Instant::now(), longest: Duration::ZERO, mended: None, recovered: Duration::ZERO }
    }

    fn well(&mut self) {
        self.longest = self.longest.max(self.last.elapsed());
        self.last = Instant::now();
        if let Some(mended) = self.mended.take() {
            self.recovered = mended.elapsed();
        }
    }

    /// Time from the end of the fault until something went well, or until now.
    fn recovered(&self) -> Duration {
        self.mended.map_or(self.recovered, |mended| mended.elapsed())
    }

    /// The longest, the time since the last included.
    fn longest(&self) -> Duration {
        self.longest.max(self.last.elapsed())
    }
}

#[derive(Debug)]
struct Seen {
    ranked: Gap,
    clicked: Gap,
    learned: Gap,
    acknowledged: BTreeSet<String>,
    applied: u64,
}

/// Visits that go on until they are ended.
pub(crate) struct Visits {
    seen: Arc<Mutex<Seen>>,
    end: CancellationToken,
    tasks: JoinSet<()>,
    pause_ms: Arc<AtomicU64>,
    http: String,
    nats: String,
}

impl Visits {
    /// Starts one visitor after the other at the gateway of `system`, whose broker is at `nats`.
    pub(crate) fn begin(system: &System, nats: &str) -> Self {
        Self::begin_side_by_side(system, nats, 1, PAUSE)
    }

    /// Starts so many visitors at a time, each with a pause before the next of their visits.
    pub(crate) fn begin_side_by_side(system: &System, nats: &str, visitors: usize, pause: Duration) -> Self {
        let seen = Seen {
            ranked: Gap::new(),
            clicked: Gap::new(),
            learned: Gap::new(),
            acknowledged: BTreeSet::new(),
            applied: 0,
        };
        let (seen, end) = (Arc::new(Mutex::new(seen)), CancellationToken::new());
        let pause_ms = Arc::new(AtomicU64::new(0));
        let mut tasks = JoinSet::new();
        for _ in 0..visitors {
            tasks.spawn(visit(Visitor::of(&system.http), pause_ms.clone(), seen.clone(), end.clone()));
        }
        tasks.spawn(watch(Visitor::of(&system.http), seen.clone(), end.clone()));
        let visits = Self { seen, end, tasks, pause_ms, http: system.http.clone(), nats: nats.to_owned() };
        visits.pause(pause);
        visits
    }

    /// Has each visitor pause for so long between two visits, from the next on.
    pub(crate) fn pause(&self, pause: Duration) {
        self.pause_ms.store(pause.as_millis() as u64, Ordering::Relaxed);
    }

    /// Clicks that were acknowledged up to now.
    pub(crate) fn clicks(&self) -> usize {
        self.seen().acknowledged.len()
    }

    /// Notes that the fault ends now.
    pub(crate) fn fault_ended(&self) {
        let mut seen = self.seen();
        let now = Some(Instant::now());
        (seen.ranked.mended, seen.clicked.mended, seen.learned.mended) = (now, now, now);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the visits and counts.
    pub(crate) async fn count(mut self) -> Figures {
        self.end.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("a visitor's task ends without a panic");
        }
        let (acknowledged, mut figures) = {
            let seen = self.seen();
            let recovered = [&seen.ranked, &seen.clicked, &seen.learned].map(Gap::recovered);
            let figures = Figures {
                recovered: recovered.into_iter().max().unwrap_or_default(),
                clicks: seen.acknowledged.len(),
                ranked: seen.ranked.longest(),
                clicked: seen.clicked.longest(),
                learned: seen.learned.longest(),
                ..Figures::default()
            };
            (seen.acknowledged.clone(), figures)
        };
        let stored = stored(&self.nats).await;
        let applied = applied_in_the_end(&self.http, stored.len() as u64).await;
        figures.lost = acknowledged.iter().filter(|click| !stored.contains(click)).count();
        let distinct: BTreeSet<&String> = stored.iter().collect();
        figures.doubled =
            stored.len() - distinct.len() + applied.saturating_sub(stored.len() as u64) as usize;
        figures.lost += (stored.len() as u64).saturating_sub(applied) as usize;
        figures
    }
}

/// Recommendations of the clicks that the stream holds.
async fn stored(nats: &str) -> Vec<String> {
    let bus = crowd::bus(nats).await;
    let mut clicks = Vec::new();
    let end = Instant::now() + CAUGHT_UP;
    loop {
        clicks.clear();
        let outcome = bus
            .everything(|name, message| {
                if name == "CLICKS" {
                    clicks.extend(message.subject.rsplit('.').next().map(str::to_owned));
                }
            })
            .await;
        match outcome {
            Ok(()) => return clicks,
            Err(error) => assert!(Instant::now() < end, "{error}"),
        }
    }
}

/// Clicks that the policy that serves has learned from, once they are `wanted` or time is up.
async fn applied_in_the_end(http: &str, wanted: u64) -> u64 {
    let (visitor, end) = (Visitor::of(http), Instant::now() + CAUGHT_UP);
    loop {
        let applied = applied(&visitor).await.unwrap_or_default();
        if applied >= wanted || Instant::now() >= end {
            return applied;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn applied(visitor: &Visitor) -> Option<u64> {
    let (status, policy) = visitor.try_get("/api/v1/policy").await?;
    policy["clicks_applied"].as_u64().filter(|_| status == 200)
}

async fn watch(visitor: Visitor, seen: Arc<Mutex<Seen>>, end: CancellationToken) {
    while !end.is_cancelled() {
        if let Some(applied) = applied(&visitor).await {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            // While nobody clicks there is nothing to learn from.
            if applied > seen.applied || applied >= seen.acknowledged.len() as u64 {
                seen.learned.well();
            }
            seen.applied = applied;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn visit(visitor: Visitor, pause_ms: Arc<AtomicU64>, seen: Arc<Mutex<Seen>>, end: CancellationToken) {
    let mut number = 0;
    while !end.is_cancelled() {
        number += 1;
        tokio::time::sleep(Duration::from_millis(pause_ms.load(Ordering::Relaxed))).await;
        let Some(slate) = ranked(&visitor, number).await else { continue };
        seen.lock().unwrap_or_else(PoisonError::into_inner).ranked.well();
        let click = Visitor::click_body(&slate, 1 + number % 10);
        // Sent again until it is known to be there, as a page does.
        loop {
            if let Some((status, _)) = visitor.try_post("/api/v1/clicks", &click).await
                && (status == 202 || status == 200)
            {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.clicked.well();
                seen.acknowledged.extend(slate["recommendation_id"].as_str().map(str::to_owned));
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn ranked(visitor: &Visitor, number: usize) -> Option<Value> {
    let (status, faces) = visitor.try_get("/api/v1/representatives").await?;
    if status != 200 {
        return None;
    }
    let ranking: Vec<usize> = (0..5).map(|i| (number * 7 + i * 2) % 9).collect();
    let body = json!({ "catalogue_version": faces["catalogue_version"], "ranking": ranking });
    let (status, slate) = visitor.try_post("/api/v1/recommendations", &body).await?;
    (status == 200).then_some(slate)
}
