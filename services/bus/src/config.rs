//! Where the broker is.

use std::time::Duration;

use async_nats::ServerAddr;

use crate::Retention;
use crate::connection::without_passwords;

/// Settings of every service that talks to NATS.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Broker")]
pub struct BusConfig {
    /// Address of NATS, or of several brokers of one cluster, separated by commas; JetStream must be on.
    #[arg(long, env = "AVZEUS_NATS_URL", default_value = "nats://127.0.0.1:4222")]
    pub nats_url: String,

    /// Put before every subject, stream and bucket, so that several systems can share one NATS. Letters,
    /// digits and - only; empty for none.
    #[arg(long, env = "AVZEUS_NAMESPACE", default_value = "")]
    pub namespace: String,

    #[command(flatten)]
    #[allow(missing_docs, reason = "a comment here would replace the command's own help")]
    pub streams: StreamSettings,
}

/// How much of everything the broker keeps. A service that starts may make streams larger, never smaller: `avzeus streams
/// apply` does that.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Broker")]
pub struct StreamSettings {
    /// Copies of every stream kept by a NATS cluster: 1, 3 or 5. Streams that have more keep them.
    #[arg(long, env = "AVZEUS_STREAM_REPLICAS", default_value_t = 1)]
    pub stream_replicas: usize,

    /// File that says how long what is kept of people and visits is kept; empty for what `services/bus/retention.toml` says.
    /// The same for every service. Streams that keep more go on doing so.
    #[arg(long, env = "AVZEUS_RETENTION", default_value = "", value_parser = Retention::read, value_name = "FILE")]
    pub retention: Retention,
}

impl Default for StreamSettings {
    /// One copy, kept as long as `services/bus/retention.toml` says.
    fn default() -> Self {
        Self { stream_replicas: 1, retention: Retention::default() }
    }
}

impl StreamSettings {
    /// Whether the values can be used.
    pub fn validate(&self) -> Result<(), runtime::Invalid> {
        if ![1, 3, 5].contains(&self.stream_replicas) {
            let why = format!("is {}, it must be 1, 3 or 5", self.stream_replicas);
            return Err(runtime::Invalid { setting: "AVZEUS_STREAM_REPLICAS", why });
        }
        Ok(())
    }
}

/// Time between two questions to the broker whether it is there. After three without an answer it is left for another one:
/// at this pace a hung broker is left within 3 s, of the 5 in which a good answer is promised.
pub(crate) const PING_INTERVAL: Duration = Duration::from_millis(700);

/// How long a broker may take to greet: of a cluster one that hangs may be tried before one that is well.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_millis(1500);

/// Oldest nats-server that does, major and minor: older ones leave out settings of streams without a word.
pub const OLDEST_BROKER: [u32; 2] = [2, 10];

/// How long one request to the broker may take before it is tried again or given up.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);

impl BusConfig {
    /// Every address.
    pub(crate) fn addresses(&self) -> Result<Vec<ServerAddr>, runtime::Invalid> {
        let read = |address: &str| {
            address.trim().parse::<ServerAddr>().map_err(|error| {
                let why = format!("holds {:?}, which is no address ({error})", without_passwords(address));
                runtime::Invalid { setting: "AVZEUS_NATS_URL", why }
            })
        };
        self.nats_url.split(',').map(read).collect()
    }

    /// Whether the values can be used, in the words of a configuration check.
    pub fn validate(&self) -> Result<(), runtime::Invalid> {
        let safe = self.namespace.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !safe {
            let why = format!("{:?} may hold letters, digits and - only", self.namespace);
            return Err(runtime::Invalid { setting: "AVZEUS_NAMESPACE", why });
        }
        self.addresses()?;
        self.streams.validate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_addresses_are_separated_by_commas() {
        let of = |nats_url: &str| BusConfig {
            nats_url: nats_url.to_owned(),
            namespace: String::new(),
            streams: StreamSettings::default(),
        };
        assert_eq!(of("nats://n1:4222, tls://n2,n3:4333").addresses().unwrap().len(), 3);
        let refused = of("nats://n1:4222,nats://ann:s3cret@n2:port").validate().unwrap_err();
        assert_eq!(refused.setting, "AVZEUS_NATS_URL");
        assert!(refused.why.contains("n2:port") && !refused.why.contains("s3cret"), "{}", refused.why);
    }
}
