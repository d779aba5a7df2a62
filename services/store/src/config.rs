//! Where things are kept.

/// Settings of services that keep or read objects.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Objects")]
pub struct ObjectConfig {
    /// Folder that holds crops and catalogue snapshots; made when it is missing.
    #[arg(long, env = "AVZEUS_OBJECTS", default_value = ".avzeus/objects")]
    pub objects: std::path::PathBuf,
}

/// Settings of services that keep or read impressions.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Redis")]
pub struct RedisConfig {
    /// Address of Redis.
    #[arg(long, env = "AVZEUS_REDIS_URL", default_value = "redis://127.0.0.1:6379")]
    pub redis_url: String,

    /// How long an impression is found at once, in seconds; later it is looked up in its stream.
    #[arg(long, env = "AVZEUS_IMPRESSION_SECONDS", default_value_t = 3600)]
    pub impression_seconds: u64,
}
