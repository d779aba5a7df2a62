//! Politeness: how often, and how many at a time, one host is asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

/// A rest that a host asked for is remembered for so long at most, so that nobody can fill our memory for good.
const LONGEST_REST: Duration = Duration::from_secs(3600);

/// Every host's pace. Hosts that are neither asked nor waited for are forgotten.
#[derive(Debug)]
pub(super) struct Pace {
    in_flight: usize,
    spacing: Duration,
    longest_wait: Duration,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
}

#[derive(Debug)]
struct Host {
    turns: Arc<Semaphore>,
    /// When the next request may start.
    next: Mutex<Instant>,
}

/// The right to ask a host; it ends when dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _turn: OwnedSemaphorePermit,
    /// Keeps the host from being forgotten.
    _host: Arc<Host>,
}

impl Pace {
    /// At most `in_flight` requests to a host at a time, started `spacing` apart. A host that rests for longer
    /// than `longest_wait` is not waited for.
    pub(super) fn new(in_flight: usize, spacing: Duration, longest_wait: Duration) -> Self {
        Self { in_flight, spacing, longest_wait, hosts: Mutex::default() }
    }

    /// Waits for a turn. The error says how long the host still wants to be left alone.
    pub(super) async fn turn(&self, name: &str) -> Result<Turn, Duration> {
        let host = self.host(name);
        let turn = host.turns.clone().acquire_owned().await.expect("nobody closes it");
        while let Some(at) = host.wait(self.spacing) {
            let left = at.duration_since(Instant::now());
            // What is longer than the spacing is a rest that the host asked for.
            if left > self.longest_wait.max(self.spacing) {
                return Err(left);
            }
            sleep_until(at).await;
        }
        Ok(Turn { _turn: turn, _host: host })
    }

    /// Leaves a host alone for `rest`, as it asked.
    pub(super) fn rest(&self, name: &str, rest: Duration) {
        let until = Instant::now() + rest.min(LONGEST_REST);
        let host = self.host(name);
        let mut next = host.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = until.max(*next);
    }

    fn host(&self, name: &str) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.get(name) {
            return host.clone();
        }
        let now = Instant::now();
        hosts.retain(|_, host| Arc::strong_count(host) > 1 || host.next() > now);
        let turns = Arc::new(Semaphore::new(self.in_flight));
        hosts.entry(name.to_owned()).or_insert(Arc::new(Host { turns, next: Mutex::new(now) })).clone()
    }
}

impl Host {
    /// Starts a request now, or says when to ask again.
    fn wait(&self, spacing: Duration) -> Option<Instant> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if *next > now {
            return Some(*next);
        }
        *next = now + spacing;
        None
    }

    fn next(&self) -> Instant {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// A turn that is there at once; none where it has to be waited for.
    fn at_once(pace: &Pace, host: &str) -> Option<Result<Turn, Duration>> {
        pace.turn(host).now_or_never()
    }

    #[tokio::test]
    async fn a_host_has_so_many_turns_and_each_comes_back_when_it_ends() {
        let pace = Pace::new(2, Duration::ZERO, MINUTE);
        let first = at_once(&pace, "a.test").unwrap();
        let _second = at_once(&pace, "a.test").unwrap();
        assert!(at_once(&pace, "a.test").is_none());
        assert!(at_once(&pace, "b.test").is_some());
        drop(first);
        assert!(at_once(&pace, "a.test").is_some());
    }

    #[tokio::test]
    async fn requests_to_a_host_start_apart() {
        let spacing = Duration::from_millis(20);
        let pace = Pace::new(4, spacing, MINUTE);
        let started = Instant::now();
        let _first = at_once(&pace, "a.test").unwrap();
        for n in 1..4 {
            let _turn = pace.turn("a.test").await.unwrap();
            assert!(started.elapsed() >= n * spacing);
        }
        let pace = Pace::new(4, MINUTE, MINUTE);
        let _first = at_once(&pace, "a.test").unwrap();
        assert!(at_once(&pace, "a.test").is_none());
        assert!(at_once(&pace, "b.test").is_some());
    }

    #[tokio::test]
    async fn a_rest_is_waited_for_by_everyone_unless_it_is_too_long() {
        let pace = Pace::new(4, Duration::ZERO, MINUTE);
        pace.rest("a.test", MINUTE / 2);
        assert!(at_once(&pace, "a.test").is_none());
        assert!(at_once(&pace, "b.test").is_some());
        pace.rest("a.test", Duration::from_secs(u64::MAX));
        let left = at_once(&pace, "a.test").unwrap().unwrap_err();
        assert!(left > MINUTE && left <= LONGEST_REST, "{left:?}");
        pace.rest("a.test", Duration::ZERO);
        assert!(at_once(&pace, "a.test").unwrap().is_err(), "a shorter rest does not end a longer one");
    }

    #[tokio::test]
    async fn hosts_are_forgotten_unless_they_are_asked_or_rest() {
        let pace = Pace::new(1, Duration::ZERO, MINUTE);
        let _asked = at_once(&pace, "asked.test").unwrap();
        pace.rest("rests.test", MINUTE);
        for n in 0..1000 {
            pace.turn(&format!("{n}.test")).await.unwrap();
        }
        let mut known: Vec<_> = pace.hosts.lock().unwrap().keys().cloned().collect();
        known.sort();
        assert_eq!(known, ["999.test", "asked.test", "rests.test"]);
    }
}
