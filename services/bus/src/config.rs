//! Where the broker is.

use std::time::Duration;

use crate::Retention;

/// Settings of every service that talks to NATS.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Broker")]
pub struct BusConfig {
    /// Address of NATS; JetStream must be on.
    #[arg(long, env = "AVZEUS_NATS_URL", default_value = "nats://127.0.0.1:4222")]
    pub nats_url: String,

    /// Put before every subject, stream and bucket, so that several systems can share one NATS. Letters,
    /// digits and - only; empty for none.
    #[arg(long, env = "AVZEUS_NAMESPACE", default_value = "")]
    pub namespace: String,

    /// Copies of every stream kept by a NATS cluster: 1, 3 or 5.
    #[arg(long, env = "AVZEUS_STREAM_REPLICAS", default_value_t = 1)]
    pub stream_replicas: usize,

    /// File that says how long what is kept of people and visits is kept; empty for what `services/bus/retention.toml` says.
    /// The same for every service.
    #[arg(long, env = "AVZEUS_RETENTION", default_value = "", value_parser = Retention::read, value_name = "FILE")]
    pub retention: Retention,
}

/// How long one request to the broker may take before it is tried again or given up.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);

impl BusConfig {
    /// Whether the values can be used, in the words of a configuration check.
    pub fn validate(&self) -> Result<(), runtime::Invalid> {
        let safe = self.namespace.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !safe {
            let why = format!("{:?} may hold letters, digits and - only", self.namespace);
            return Err(runtime::Invalid { setting: "AVZEUS_NAMESPACE", why });
        }
        if ![1, 3, 5].contains(&self.stream_replicas) {
            let why = format!("is {}, it must be 1, 3 or 5", self.stream_replicas);
            return Err(runtime::Invalid { setting: "AVZEUS_STREAM_REPLICAS", why });
        }
        Ok(())
    }
}
