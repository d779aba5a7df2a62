//! Settings of the cataloguer.

use std::net::SocketAddr;

use runtime::{Configured, Invalid, ServiceSettings};

/// Makes the catalogue: drops wrong faces, averages what is left of each person, and groups people by
/// K-means into nine groups with a representative each. The embedder profile says whose vectors, whether they
/// are centred, and how wrong faces are told.
///
/// It rebuilds a moment after the last crop or roster change, and publishes only what differs.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "avzeus-cluster", version)]
pub struct Config {
    #[command(flatten)]
    pub(crate) service: ServiceSettings,
    #[command(flatten)]
    pub(crate) bus: bus::BusConfig,
    #[command(flatten)]
    pub(crate) objects: store::ObjectConfig,

    #[command(flatten)]
    pub(crate) profiles: vision::ProfileConfig,

    /// Address of the gRPC service `Cataloguer`.
    #[arg(long, env = "AVZEUS_GRPC_ADDR", default_value = "127.0.0.1:50053")]
    pub(crate) grpc_addr: SocketAddr,

    /// How wrong faces are told: `profile` for the profile's own rule; `core(T)` to drop crops whose cosine to
    /// the person's core is below T; `fixed(T)` to drop those whose mean cosine to the person's others is
    /// at or below T.
    #[arg(long, env = "AVZEUS_CLUSTER_PURIFY", default_value = "profile")]
    pub(crate) purify: String,

    /// Good crops below which a person is left out, and reported.
    #[arg(long, env = "AVZEUS_CLUSTER_FEWEST_CROPS", default_value_t = 3)]
    pub(crate) fewest_crops: usize,

    /// Seed of K-means: the same vectors and seed give the same groups.
    #[arg(long, env = "AVZEUS_CLUSTER_SEED", default_value_t = 9)]
    pub(crate) seed: u64,

    /// Starts of K-means, the best of which counts.
    #[arg(long, env = "AVZEUS_CLUSTER_STARTS", default_value_t = 10)]
    pub(crate) starts: usize,

    /// Quiet time after a change before the catalogue is rebuilt, in milliseconds.
    #[arg(long, env = "AVZEUS_CLUSTER_QUIET_MS", default_value_t = 500)]
    pub(crate) quiet_ms: u64,

    /// Longest time changes may go on before the catalogue is rebuilt all the same, in milliseconds.
    #[arg(long, env = "AVZEUS_CLUSTER_LONGEST_MS", default_value_t = 15_000)]
    pub(crate) longest_ms: u64,
}

impl Configured for Config {
    fn service(&self) -> &ServiceSettings {
        &self.service
    }

    fn validate(&self) -> Result<(), Invalid> {
        if self.fewest_crops == 0 || self.starts == 0 {
            let why = "and AVZEUS_CLUSTER_STARTS must be at least 1".to_owned();
            return Err(Invalid { setting: "AVZEUS_CLUSTER_FEWEST_CROPS", why });
        }
        crate::build::Rules::of(self)
            .map_err(|e| Invalid { setting: "AVZEUS_PROFILE", why: e.to_string() })?;
        self.bus.validate()
    }
}
