//! Settings of the embedding worker.

use std::net::SocketAddr;

use runtime::{Configured, Invalid, ServiceSettings};

/// Turns stored face crops into vectors, batch by batch, and answers for uploaded photos.
///
/// Start as many as you like: they share the consumer `embed`, whose lag an autoscaler can follow.
/// A crop is acknowledged after its vector is stored, so a worker that is killed loses nothing.
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
    pub(crate) vision: vision::VisionConfig,

    /// Address of the gRPC service `Embedder`.
    #[arg(long, env = "AVZEUS_GRPC_ADDR", default_value = "127.0.0.1:50052")]
    pub(crate) grpc_addr: SocketAddr,

    /// Most crops that go through the net at once.
    #[arg(long, env = "AVZEUS_EMBED_BATCH", default_value_t = 16)]
    pub(crate) batch: usize,

    /// Longest wait for a batch to fill, in milliseconds.
    #[arg(long, env = "AVZEUS_EMBED_WAIT_MS", default_value_t = 20)]
    pub(crate) wait_ms: u64,
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
        self.bus.validate()
    }
}
