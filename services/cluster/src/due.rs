//! When changes go into the catalogue.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// A quiet time after the last change, but not later than `longest` after the first.
#[derive(Debug, Default)]
pub(crate) struct Due {
    at: Option<Instant>,
    latest: Option<Instant>,
}

impl Due {
    /// Something changed.
    pub(crate) fn touch(&mut self, quiet: Duration, longest: Duration) {
        let now = Instant::now();
        let latest = *self.latest.get_or_insert(now + longest);
        self.at = Some((now + quiet).min(latest));
    }

    /// Everything until now is in.
    pub(crate) fn settle(&mut self) {
        *self = Self::default();
    }

    /// Waits for the time; for ever while nothing has changed.
    pub(crate) async fn wait(&self) {
        match self.at {
            Some(at) => sleep_until(at).await,
            None => std::future::pending().await,
        }
    }
}
