//! Settings every service has.

use std::net::SocketAddr;

/// Where logs and health go, and how long a drain may take.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Service")]
pub struct ServiceSettings {
    /// Address of /healthz, /readyz and /metrics.
    #[arg(long, env = "AVZEUS_OPS_ADDR", default_value = "127.0.0.1:9100")]
    pub ops_addr: SocketAddr,

    /// What is logged: a level, or levels by target (`info,embed=debug`).
    #[arg(long, env = "AVZEUS_LOG", default_value = "info")]
    pub log: String,

    /// Shape of a log line.
    #[arg(long, env = "AVZEUS_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,

    /// Longest time between SIGTERM and the end, in seconds.
    #[arg(long, env = "AVZEUS_DRAIN_SECONDS", default_value_t = 10)]
    pub drain_seconds: u64,

    /// Check the configuration, say what is wrong with it, and end: 0 when it is sound, 2 when not.
    #[arg(long)]
    pub check_config: bool,
}

/// Shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line, for a collector.
    Json,
}
