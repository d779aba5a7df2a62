//! Settings of the cataloguer.

use std::net::SocketAddr;

use runtime::{Configured, Invalid, ServiceSettings};

/// Makes the catalogue: drops wrong faces, averages what is left of each person, and groups people by
/// K-means into nine groups with a representative each. The embedder profile says whose vectors, whether they
/// are centred, and how wrong faces are told.
///
/// A moment after the last crop or roster change it takes what changed into the catalogue, and publishes if that
/// differs: whoever is new joins the nearest group. Everyone is grouped anew when enough has changed, or when asked.
/// A catalogue that raises an alarm is not published, unless forced.
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

    /// Share of people changed, come or gone since the last full grouping above which everyone is grouped anew.
    #[arg(long, env = "AVZEUS_CLUSTER_REGROUP_SHARE", default_value_t = 0.1)]
    pub(crate) regroup_share: f64,

    /// How far a group's face may fall behind the best member's cosine before a full grouping changes it.
    #[arg(long, env = "AVZEUS_CLUSTER_FACE_MARGIN", default_value_t = 0.05)]
    pub(crate) face_margin: f32,

    /// Quiet time after a change before it goes into the catalogue, in milliseconds.
    #[arg(long, env = "AVZEUS_CLUSTER_QUIET_MS", default_value_t = 500)]
    pub(crate) quiet_ms: u64,

    /// Longest time changes may go on before they go into the catalogue all the same, in milliseconds.
    #[arg(long, env = "AVZEUS_CLUSTER_LONGEST_MS", default_value_t = 15_000)]
    pub(crate) longest_ms: u64,

    #[command(flatten)]
    pub(crate) quality: QualityConfig,
    #[command(flatten)]
    pub(crate) alarms: AlarmConfig,
}

/// What a crop must show to be used. The defaults drop only what nobody would recognise a person by.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Quality")]
pub(crate) struct QualityConfig {
    /// Detector's probability below which a crop is dropped, 0 to 1.
    #[arg(long, env = "AVZEUS_CLUSTER_LEAST_PROBABILITY", default_value_t = 0.8)]
    pub(crate) least_probability: f32,

    /// Shorter side of the face below which a crop is dropped, in pixels of the source picture.
    #[arg(long, env = "AVZEUS_CLUSTER_LEAST_FACE_SIDE", default_value_t = 20.0)]
    pub(crate) least_face_side: f32,

    /// Sharpness (variance of the Laplacian of brightness) below which a crop is dropped.
    #[arg(long, env = "AVZEUS_CLUSTER_LEAST_SHARPNESS", default_value_t = 2.0)]
    pub(crate) least_sharpness: f32,

    /// Degrees to a side beyond which a crop is dropped.
    #[arg(long, env = "AVZEUS_CLUSTER_MOST_YAW", default_value_t = 75.0)]
    pub(crate) most_yaw: f32,

    /// Degrees up or down beyond which a crop is dropped.
    #[arg(long, env = "AVZEUS_CLUSTER_MOST_PITCH", default_value_t = 70.0)]
    pub(crate) most_pitch: f32,

    /// Degrees of tilt beyond which a crop is dropped.
    #[arg(long, env = "AVZEUS_CLUSTER_MOST_ROLL", default_value_t = 80.0)]
    pub(crate) most_roll: f32,
}

/// What keeps a catalogue from being published, unless it is forced.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Alarms")]
pub(crate) struct AlarmConfig {
    /// Median cosine between two people, before centring, above which they cannot be told apart.
    #[arg(long, env = "AVZEUS_CLUSTER_MOST_MEDIAN_COSINE", default_value_t = 0.985)]
    pub(crate) most_median_cosine: f64,

    /// Largest share of people with crops who may have too few good ones.
    #[arg(long, env = "AVZEUS_CLUSTER_MOST_FEW_CROPS", default_value_t = 0.5)]
    pub(crate) most_few_crops: f64,

    /// Least members of a group, as a share of an even ninth of everyone.
    #[arg(long, env = "AVZEUS_CLUSTER_LEAST_GROUP", default_value_t = 0.02)]
    pub(crate) least_group: f64,

    /// Largest share of vectors under the profile's name that may not be of it.
    #[arg(long, env = "AVZEUS_CLUSTER_MOST_FOREIGN", default_value_t = 0.01)]
    pub(crate) most_foreign: f64,
}

impl AlarmConfig {
    fn validate(&self) -> Result<(), Invalid> {
        let shares = [
            ("AVZEUS_CLUSTER_MOST_MEDIAN_COSINE", self.most_median_cosine),
            ("AVZEUS_CLUSTER_MOST_FEW_CROPS", self.most_few_crops),
            ("AVZEUS_CLUSTER_LEAST_GROUP", self.least_group),
            ("AVZEUS_CLUSTER_MOST_FOREIGN", self.most_foreign),
        ];
        match shares.into_iter().find(|(_, share)| !(0.0..=1.0).contains(share)) {
            Some((setting, share)) => Err(Invalid { setting, why: format!("is {share}, it must be 0 to 1") }),
            None => Ok(()),
        }
    }
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
        self.alarms.validate()?;
        crate::rules::Rules::of(self)
            .map_err(|e| Invalid { setting: "AVZEUS_PROFILE", why: e.to_string() })?;
        self.bus.validate()
    }
}
