//! The broker of a running system, asked directly.

use std::time::{Duration, Instant};

use bus::{Bus, BusConfig, StreamSettings};
use domain::{Class, Classified};
use runtime::Health;

use crate::CliError;
use crate::running::Running;

/// Time a connection may take, and between two looks at it.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(20);
/// Pause before a broker that could not answer is asked again.
const AGAIN: Duration = Duration::from_millis(250);

/// Connects to the broker of `running`; it makes nothing there that is not there yet.
pub(crate) async fn connect(running: &Running) -> Result<Bus, CliError> {
    connect_as(running, StreamSettings::default()).await
}

/// The same for whoever goes by how much streams are to keep.
pub(crate) async fn connect_as(running: &Running, streams: StreamSettings) -> Result<Bus, CliError> {
    let nats_url = running.nats()?;
    let config = BusConfig { nats_url: nats_url.clone(), namespace: running.namespace.clone(), streams };
    let health = Health::default();
    let bus = Bus::connect("avzeus", &config, &health).await?;
    let connected = async {
        while bus.check().is_err() {
            tokio::time::sleep(LOOK).await;
        }
    };
    if tokio::time::timeout(PATIENCE, connected).await.is_err() {
        let why = health.unmet().into_values().next().unwrap_or_default();
        return Err(CliError::Unreachable {
            what: "nats",
            url: bus::without_passwords(&nats_url),
            why,
            setting: "AVZEUS_NATS_URL",
        });
    }
    Ok(bus)
}

/// Asks again while the broker cannot answer, until `end`: in a cluster that has just lost a broker each stream is without a
/// leader for some seconds.
pub(crate) async fn patiently<T, F>(end: Instant, mut ask: impl FnMut() -> F) -> Result<T, CliError>
where
    F: Future<Output = Result<T, CliError>>,
{
    loop {
        let answer = ask().await;
        match &answer {
            Err(CliError::Bus(error)) if error.class() == Class::Unavailable && Instant::now() < end => {}
            _ => return answer,
        }
        tokio::time::sleep(AGAIN).await;
    }
}
