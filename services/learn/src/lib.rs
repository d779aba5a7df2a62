//! The learner: the policy as a fold over clicks.
//!
//! - consumes: `click.recorded` (from the sequence its checkpoint names; no consumer state is kept)
//! - publishes: its line's key of the KV bucket `policy`, and in need `serving` there; `dead.click.recorded`
//!   for clicks that cannot be
//! - serves: nothing but its health
//! - owns: its line's key of the KV bucket `checkpoint`, the network's parameters and the optimiser's state
//!
//! The policy itself is a fold over clicks in the library `learning`, which knows no I/O. Around it, a killed learner
//! begins again where its checkpoint ends, folds on to what was already published and finds the same bits there; a
//! second one loses the compare-and-set.

mod checkpoints;
mod config;
mod error;
mod fallback;
mod live;
mod metrics;
mod on_click_recorded;
mod publication;
mod standby;
mod start;

use std::time::Duration;

use bus::{Bus, BusError};
use domain::{Class, Classified};
use runtime::{Condition, Lifecycle};
use tokio::task::JoinSet;

pub use config::Config;
pub use error::LearnError;

use crate::on_click_recorded::Ending;

/// Pause before the broker is asked again for what it could not do.
const AGAIN: Duration = Duration::from_millis(200);

/// Runs until the token is cancelled.
pub async fn run(config: Config, life: Lifecycle) -> Result<(), LearnError> {
    metrics::describe();
    let policy = life.health.condition("policy");
    let bus = Bus::connect("learn", &config.bus, &life.health).await?;
    if bus.prepare(&life.shutdown).await.is_err() {
        return Ok(());
    }
    // Apart from learning, which takes a core for as long as clicks wait.
    let mut guard = JoinSet::new();
    let (watched, shutdown) = (bus.clone(), life.shutdown.clone());
    guard.spawn(async move { shutdown.run_until_cancelled(fallback::follow(&watched)).await });
    learn(&bus, &config, &policy, &life).await?;
    match guard.join_next().await {
        Some(Err(error)) => Err(error.into()),
        _ => Ok(()),
    }
}

/// Learns, and stands by while another learner does, until the token is cancelled.
async fn learn(bus: &Bus, config: &Config, policy: &Condition, life: &Lifecycle) -> Result<(), LearnError> {
    loop {
        let start = start::start(bus, config, policy, &life.shutdown);
        let ending = match life.shutdown.run_until_cancelled(start).await {
            None => return Ok(()),
            Some(Ok(learner)) => learner.learn(&life.shutdown).await,
            Some(Err(LearnError::Bus(BusError::Outrun { .. }))) => Ending::Outrun,
            Some(Err(error)) if error.class() == Class::Unavailable => {
                tracing::warn!(%error, "starting again");
                life.shutdown.run_until_cancelled(tokio::time::sleep(AGAIN)).await;
                continue;
            }
            Some(Err(error)) => return Err(error),
        };
        match ending {
            Ending::Asked => return Ok(()),
            Ending::OtherStream => continue,
            Ending::Outrun => {}
        }
        let silent = standby::until_silent(bus, config, &life.shutdown);
        life.shutdown.run_until_cancelled(silent).await;
    }
}
