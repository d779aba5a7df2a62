//! Redis' absence, told once when it begins and once when it ends, not by every request.

use std::sync::atomic::{AtomicBool, Ordering};

use runtime::failure::told;
use store::StoreError;

/// Whether Redis was there when it was last asked.
pub(crate) struct Away {
    away: AtomicBool,
    meanwhile: &'static str,
}

impl Away {
    /// Redis is thought to be there; `meanwhile` says what happens while it is not.
    pub(crate) fn new(meanwhile: &'static str) -> Self {
        Self { away: AtomicBool::new(false), meanwhile }
    }

    /// Takes note of how asking it went.
    pub(crate) fn tell(&self, error: Option<&StoreError>) {
        if self.away.swap(error.is_some(), Ordering::Relaxed) == error.is_some() {
            return;
        }
        match error {
            Some(error) => tracing::warn!("{}: {}", self.meanwhile, told(error)),
            None => tracing::info!("redis is there again; no longer: {}", self.meanwhile),
        }
    }
}
