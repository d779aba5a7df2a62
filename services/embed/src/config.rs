//! Settings of the embedding worker.

use std::net::SocketAddr;
use std::thread::available_parallelism;
use std::time::Duration;

use runtime::{Configured, Invalid, ServiceSettings};
use vision::VisionConfig;

/// Turns stored face crops into vectors, batch by batch, and answers for uploaded photos before the next batch.
///
/// Start as many as you like: those of one profile share the consumer `embed-<profile>`, whose backlog each of
/// them exports as `avzeus_crops_waiting` for an autoscaler. A crop is acknowledged after its vector is
/// stored, so a worker that is killed loses nothing. A worker with another profile embeds every stored crop
/// again, into that profile's own table.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "avzeus-embed", version)]
pub struct Config {
    #[command(flatten)]
    pub(crate) service: ServiceSettings,
    #[command(flatten)]
    pub(crate) bus: bus::BusConfig,
    #[command(flatten)]
    pub(crate) objects: store::ObjectConfig,
    #[command(flatten)]
    pub(crate) vision: VisionConfig,

    /// Address of the gRPC service `Embedder`.
    #[arg(long, env = "AVZEUS_GRPC_ADDR", default_value = "127.0.0.1:50052")]
    pub(crate) grpc_addr: SocketAddr,

    /// Nets that embed side by side, with one thread each; 0 means one for every core this process may use. Set it
    /// to this worker's share where several run on one machine. (The detector of photos has AVZEUS_VISION_THREADS.)
    #[arg(long, env = "AVZEUS_EMBED_THREADS", default_value_t = 0, value_name = "N")]
    pub(crate) embed_threads: usize,

    /// Most crops that go through a net at once, 1 to 256. A photo waits for as long as one batch takes.
    #[arg(long, env = "AVZEUS_EMBED_BATCH", default_value_t = 16)]
    pub(crate) batch: usize,

    /// Longest wait for a batch to fill, in milliseconds.
    #[arg(long, env = "AVZEUS_EMBED_WAIT_MS", default_value_t = 20)]
    pub(crate) wait_ms: u64,

    /// Time without a word from a worker after which its crops go to another, in seconds, 1 to 3600. A worker that
    /// lives says a word in time, however long its batches take.
    #[arg(long, env = "AVZEUS_EMBED_ACK_SECONDS", default_value_t = 15)]
    pub(crate) ack_seconds: u64,
}

impl Configured for Config {
    fn service(&self) -> &ServiceSettings {
        &self.service
    }

    fn validate(&self) -> Result<(), Invalid> {
        if !(1..=256).contains(&self.batch) {
            let why = format!("is {}, it must be 1 to 256 crops", self.batch);
            return Err(Invalid { setting: "AVZEUS_EMBED_BATCH", why });
        }
        if !(1..=3600).contains(&self.ack_seconds) {
            let why = format!("is {}, it must be 1 to 3600 seconds", self.ack_seconds);
            return Err(Invalid { setting: "AVZEUS_EMBED_ACK_SECONDS", why });
        }
        self.bus.validate()
    }

    fn remarks(&self) -> Vec<String> {
        let choice = self.vision.choice();
        vec![format!("embeds by {}: {}", choice.execution, choice.reason)]
    }
}

impl Config {
    /// Nets side by side; as told, or one a core that affinity and cgroup leave to this process.
    pub(crate) fn nets(&self) -> usize {
        match self.embed_threads {
            0 => available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }

    /// A net that embeds: threads inside it would wait for each other, and for whatever else runs on their cores.
    pub(crate) fn embedding(&self) -> VisionConfig {
        VisionConfig { vision_threads: 1, ..self.vision.clone() }
    }

    pub(crate) fn wait(&self) -> Duration {
        Duration::from_millis(self.wait_ms)
    }

    pub(crate) fn ack_wait(&self) -> Duration {
        Duration::from_secs(self.ack_seconds)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn a_setting_that_cannot_be_is_named() {
        let refused = |flags: &[&str]| {
            let config = Config::parse_from([&["avzeus-embed"], flags].concat());
            config.validate().unwrap_err().setting
        };
        assert_eq!(Config::parse_from(["avzeus-embed"]).validate(), Ok(()));
        assert_eq!(refused(&["--batch", "257"]), "AVZEUS_EMBED_BATCH");
        assert_eq!(refused(&["--ack-seconds", "0"]), "AVZEUS_EMBED_ACK_SECONDS");
    }

    #[test]
    fn nets_have_one_thread_whatever_the_detector_has() {
        let config = Config::parse_from(["avzeus-embed", "--embed-threads", "3", "--vision-threads", "2"]);
        assert_eq!((config.nets(), config.embedding().threads(), config.vision.threads()), (3, 1, 2));
        let config = Config::parse_from(["avzeus-embed", "--embed-threads", "0"]);
        assert!(config.nets() >= 1);
    }
}
