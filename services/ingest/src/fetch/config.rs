//! Settings of the fetcher.

use ipnet::IpNet;

/// What a stranger's server may cost, and how often it is asked.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Fetching")]
pub struct FetchConfig {
    /// Networks that pictures may be fetched from although they are not of the public web, as in
    /// 192.168.7.0/24, separated by commas. Empty opens none.
    #[arg(long, env = "AVZEUS_INGEST_OPEN_ADDRESSES", value_delimiter = ',')]
    pub open_addresses: Vec<IpNet>,

    /// Largest picture fetched, in bytes.
    #[arg(long, env = "AVZEUS_INGEST_FETCH_BYTES", default_value_t = 20_000_000,
          value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub fetch_bytes: u64,

    /// Longest time one request may take, from looking the host up to the last byte, in seconds.
    #[arg(long, env = "AVZEUS_INGEST_FETCH_SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub fetch_seconds: u64,

    /// Longest time until an answer begins, in seconds.
    #[arg(long, env = "AVZEUS_INGEST_FETCH_ANSWER_SECONDS", default_value_t = 10,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub fetch_answer_seconds: u64,

    /// Slowest that a picture may come, in bytes a second, looked at every five seconds.
    #[arg(long, env = "AVZEUS_INGEST_FETCH_BYTES_PER_SECOND", default_value_t = 1_000,
          value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub fetch_bytes_per_second: u64,

    /// Times a picture is asked for before it is given up for this run.
    #[arg(long, env = "AVZEUS_INGEST_FETCH_TRIES", default_value_t = 3,
          value_parser = clap::value_parser!(u32).range(1..=10))]
    pub fetch_tries: u32,

    /// Longest wait before the second try, in milliseconds. It doubles with every further one, and the wait is
    /// drawn between nothing and that.
    #[arg(long, env = "AVZEUS_INGEST_FETCH_BACKOFF_MS", default_value_t = 1_000,
          value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub fetch_backoff_ms: u64,

    /// Longest wait that a host may ask for with Retry-After, in seconds. Where it asks for more, its pictures
    /// are left for another run.
    #[arg(long, env = "AVZEUS_INGEST_FETCH_RETRY_AFTER_SECONDS", default_value_t = 60,
          value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub fetch_retry_after_seconds: u64,

    /// Requests to one host at a time.
    #[arg(long, env = "AVZEUS_INGEST_FETCH_PER_HOST", default_value_t = 4,
          value_parser = clap::value_parser!(u32).range(1..=64))]
    pub fetch_per_host: u32,

    /// Shortest time between the starts of two requests to one host, in milliseconds.
    #[arg(long, env = "AVZEUS_INGEST_FETCH_SPACING_MS", default_value_t = 250,
          value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pub fetch_spacing_ms: u64,
}
