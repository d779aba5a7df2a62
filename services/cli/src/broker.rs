//! The broker of a running system, asked directly.

use std::time::Duration;

use bus::{Bus, BusConfig, Retention};
use runtime::Health;

use crate::CliError;
use crate::endpoints::Running;

/// Time a connection may take, and between two looks at it.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(20);

/// Which broker a command means.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Broker {
    #[command(flatten)]
    pub(crate) running: Running,

    /// Namespace of the system, where several share one broker.
    #[arg(long, env = "AVZEUS_NAMESPACE", default_value = "")]
    pub(crate) namespace: String,
}

impl Broker {
    /// Connects; it makes nothing there that is not there yet.
    pub(crate) async fn connect(&self) -> Result<Bus, CliError> {
        let nats_url = self.running.endpoints()?.nats;
        let (namespace, retention) = (self.namespace.clone(), Retention::default());
        let config = BusConfig { nats_url, namespace, stream_replicas: 1, retention };
        let bus = Bus::connect("avzeus", &config, &Health::default()).await?;
        let connected = async {
            while bus.check().is_err() {
                tokio::time::sleep(LOOK).await;
            }
        };
        let late = CliError::NotReady { what: "nats".to_owned(), seconds: PATIENCE.as_secs() };
        tokio::time::timeout(PATIENCE, connected).await.map_err(|_| late)?;
        Ok(bus)
    }
}
