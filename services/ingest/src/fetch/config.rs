//! Settings of the fetcher.

use ipnet::IpNet;

/// What a stranger's server may cost, and how often it is asked.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Fetching")]
pub struct FetchConfig {
    /// Networks that pictures may be fetched from although they are not of the public web, like
    /// 192.168.7.0/24, separated by commas. Empty opens none.
    #[arg(long, env = "AVZEUS_INGEST_OPEN_ADDRESSES", value_delimiter = ',', value_parser = network)]
    pub open_addresses: Vec<IpNet>,

    /// Largest picture, in bytes, 1 to 100000000.
    #[arg(long = "fetch-bytes", env = "AVZEUS_INGEST_FETCH_BYTES", default_value_t = 20_000_000,
          value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub most_bytes: u64,

    /// Longest time one request may take, from looking its host up to the last byte, in seconds, 1 to 3600.
    #[arg(long = "fetch-seconds", env = "AVZEUS_INGEST_FETCH_SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub most_seconds: u64,

    /// Longest silence of a host, in seconds, 1 to 3600: an answer begins within that time, and in every
    /// further such time brings its least bytes.
    #[arg(long = "fetch-silence-seconds", env = "AVZEUS_INGEST_FETCH_SILENCE_SECONDS", default_value_t = 10,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub silence_seconds: u64,

    /// Least that comes of a picture, in bytes a second, 1 to 1000000.
    #[arg(long = "fetch-bytes-per-second", env = "AVZEUS_INGEST_FETCH_BYTES_PER_SECOND", default_value_t = 1_000,
          value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub least_bytes_per_second: u64,

    /// Times a picture is asked for before it is given up for this run, 1 to 10.
    #[arg(long = "fetch-tries", env = "AVZEUS_INGEST_FETCH_TRIES", default_value_t = 3,
          value_parser = clap::value_parser!(u32).range(1..=10))]
    pub tries: u32,

    /// Longest wait before the second try, in milliseconds, 1 to 60000. It doubles with every further one, up to
    /// a minute; how long is waited is drawn between nothing and that.
    #[arg(long = "fetch-backoff-ms", env = "AVZEUS_INGEST_FETCH_BACKOFF_MS", default_value_t = 1_000,
          value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub backoff_ms: u64,

    /// Longest wait that a host may ask for with Retry-After, in seconds, 0 to 3600. Where it asks for more,
    /// what is left of it is left for another run.
    #[arg(long = "fetch-retry-after-seconds", env = "AVZEUS_INGEST_FETCH_RETRY_AFTER_SECONDS",
          default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub retry_after_seconds: u64,

    /// Requests to one host at a time, 1 to 64.
    #[arg(long = "fetch-per-host", env = "AVZEUS_INGEST_FETCH_PER_HOST", default_value_t = 4,
          value_parser = clap::value_parser!(u32).range(1..=64))]
    pub per_host: u32,

    /// Shortest time between the starts of two requests to one host, in milliseconds, 0 to 60000.
    #[arg(long = "fetch-spacing-ms", env = "AVZEUS_INGEST_FETCH_SPACING_MS", default_value_t = 250,
          value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pub spacing_ms: u64,
}

fn network(written: &str) -> Result<IpNet, String> {
    written.trim().parse().map_err(|_| "write networks like 192.168.7.0/24 or fd12:3456::/32".to_owned())
}
