//! Settings of the gateway.

use std::net::SocketAddr;
use std::time::Duration;

use runtime::{Configured, Invalid, ServiceSettings};
use store::Impressions;

use crate::access::Access;
use crate::judging::JudgingConfig;

/// The HTTP edge: the page, the JSON contract under /api/v1, the faces and the live events.
///
/// It serves at once, also while the broker or the recommender is away: then it answers 503 and
/// recovers by itself. It holds nothing of its own, so any number of them can stand side by side.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "avzeus-gateway", version)]
pub struct Config {
    #[command(flatten)]
    pub(crate) service: ServiceSettings,
    #[command(flatten)]
    pub(crate) bus: bus::BusConfig,
    #[command(flatten)]
    pub(crate) objects: store::ObjectConfig,
    #[command(flatten)]
    pub(crate) redis: store::RedisConfig,
    #[command(flatten)]
    pub(crate) limits: Limits,
    #[command(flatten)]
    pub(crate) access: Access,
    #[command(flatten)]
    pub(crate) judging: JudgingConfig,

    /// Address of the page and the API.
    #[arg(long, env = "AVZEUS_HTTP_ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) http_addr: SocketAddr,

    /// Address of the gRPC service `Recommender`.
    #[arg(long, env = "AVZEUS_RECOMMEND_URL", default_value = "http://127.0.0.1:50051")]
    pub(crate) recommend_url: String,

    /// Address of the gRPC service `Embedder`.
    #[arg(long, env = "AVZEUS_EMBED_URL", default_value = "http://127.0.0.1:50052")]
    pub(crate) embed_url: String,

    /// Address of the gRPC service `Cataloguer`, for operators.
    #[arg(long, env = "AVZEUS_CLUSTER_URL", default_value = "http://127.0.0.1:50053")]
    pub(crate) cluster_url: String,

    /// Address of the gRPC service `Collector`, for operators.
    #[arg(long, env = "AVZEUS_INGEST_URL", default_value = "http://127.0.0.1:50054")]
    pub(crate) ingest_url: String,
}

/// How much is taken on at once; what is over a bound is told so and sent away.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct Limits {
    /// Requests worked on at once; the next one gets 429.
    #[arg(long = "in-flight", env = "AVZEUS_GATEWAY_IN_FLIGHT", default_value_t = 256)]
    pub(crate) in_flight: usize,

    /// Recommendations worked on at once, of the requests above; the next one gets 429. At 2,000 a second 64 wait 32 ms.
    #[arg(
        long = "recommendations-in-flight",
        env = "AVZEUS_GATEWAY_RECOMMENDATIONS_IN_FLIGHT",
        default_value_t = 64
    )]
    pub(crate) recommendations_in_flight: usize,

    /// Photos worked on at once: each is held in memory whole.
    #[arg(long = "photos-in-flight", env = "AVZEUS_GATEWAY_PHOTOS_IN_FLIGHT", default_value_t = 8)]
    pub(crate) photos_in_flight: usize,

    /// Listeners of the live events; the next one gets 503.
    #[arg(long = "listeners", env = "AVZEUS_GATEWAY_LISTENERS", default_value_t = 1024)]
    pub(crate) listeners: usize,

    /// Open connections; the next ones wait in the system's queue.
    #[arg(long = "connections", env = "AVZEUS_GATEWAY_CONNECTIONS", default_value_t = 2048)]
    pub(crate) connections: usize,

    /// Largest JSON body, in bytes.
    #[arg(long = "json-bytes", env = "AVZEUS_GATEWAY_JSON_BYTES", default_value_t = 16 * 1024)]
    pub(crate) json_bytes: usize,

    /// Largest body of a photo upload, in bytes.
    #[arg(long = "photo-bytes", env = "AVZEUS_GATEWAY_PHOTO_BYTES", default_value_t = 10_000_000)]
    pub(crate) photo_bytes: usize,

    /// Longest time from a request's head to its answer, in seconds.
    #[arg(long = "request-seconds", env = "AVZEUS_GATEWAY_REQUEST_SECONDS", default_value_t = 10)]
    pub(crate) request_seconds: u64,
}

impl Limits {
    pub(crate) fn request_time(&self) -> Duration {
        Duration::from_secs(self.request_seconds)
    }
}

impl Configured for Config {
    fn service(&self) -> &ServiceSettings {
        &self.service
    }

    fn validate(&self) -> Result<(), Invalid> {
        for (setting, url) in [
            ("AVZEUS_RECOMMEND_URL", &self.recommend_url),
            ("AVZEUS_EMBED_URL", &self.embed_url),
            ("AVZEUS_CLUSTER_URL", &self.cluster_url),
            ("AVZEUS_INGEST_URL", &self.ingest_url),
        ] {
            if !url.starts_with("http://") || tonic::transport::Endpoint::from_shared(url.clone()).is_err() {
                let why = format!("{url:?} must be an address like http://127.0.0.1:50051");
                return Err(Invalid { setting, why });
            }
        }
        if let Err(error) = Impressions::open(&self.redis, &self.bus.namespace) {
            let why = runtime::failure::told(&error);
            return Err(Invalid { setting: "AVZEUS_REDIS_URL", why });
        }
        self.limits.validate()?;
        self.access.validate()?;
        self.judging.validate()?;
        self.bus.validate()
    }
}

impl Limits {
    fn validate(&self) -> Result<(), Invalid> {
        let counts = [
            ("AVZEUS_GATEWAY_IN_FLIGHT", self.in_flight),
            ("AVZEUS_GATEWAY_RECOMMENDATIONS_IN_FLIGHT", self.recommendations_in_flight),
            ("AVZEUS_GATEWAY_PHOTOS_IN_FLIGHT", self.photos_in_flight),
            ("AVZEUS_GATEWAY_LISTENERS", self.listeners),
            ("AVZEUS_GATEWAY_CONNECTIONS", self.connections),
        ];
        for (setting, count) in counts {
            if !(1..=1_000_000).contains(&count) {
                return Err(Invalid { setting, why: format!("is {count}, it must be 1 to 1000000") });
            }
        }
        let sizes = [
            ("AVZEUS_GATEWAY_JSON_BYTES", self.json_bytes),
            ("AVZEUS_GATEWAY_PHOTO_BYTES", self.photo_bytes),
        ];
        for (setting, bytes) in sizes {
            if !(256..=100_000_000).contains(&bytes) {
                return Err(Invalid {
                    setting,
                    why: format!("is {bytes}, it must be 256 to 100000000 bytes"),
                });
            }
        }
        if !(1..=600).contains(&self.request_seconds) {
            let why = format!("is {}, it must be 1 to 600 seconds", self.request_seconds);
            return Err(Invalid { setting: "AVZEUS_GATEWAY_REQUEST_SECONDS", why });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn a_setting_that_cannot_be_is_named() {
        let refused = |flags: &[&str]| {
            let config = Config::parse_from([&["avzeus-gateway"], flags].concat());
            config.validate().unwrap_err().setting
        };
        assert_eq!(Config::parse_from(["avzeus-gateway"]).validate(), Ok(()));
        assert_eq!(refused(&["--recommend-url", "nowhere"]), "AVZEUS_RECOMMEND_URL");
        assert_eq!(refused(&["--embed-url", "ftp://x"]), "AVZEUS_EMBED_URL");
        assert_eq!(refused(&["--cluster-url", ""]), "AVZEUS_CLUSTER_URL");
        assert_eq!(refused(&["--ingest-url", "http://"]), "AVZEUS_INGEST_URL");
        assert_eq!(refused(&["--redis-url", "what"]), "AVZEUS_REDIS_URL");
        assert_eq!(refused(&["--in-flight", "0"]), "AVZEUS_GATEWAY_IN_FLIGHT");
        assert_eq!(refused(&["--judged-clicks", "1"]), "AVZEUS_GATEWAY_JUDGED_CLICKS");
        assert_eq!(refused(&["--downloaded-clicks", "0"]), "AVZEUS_GATEWAY_DOWNLOADED_CLICKS");
        assert_eq!(refused(&["--json-bytes", "1"]), "AVZEUS_GATEWAY_JSON_BYTES");
        assert_eq!(refused(&["--namespace", "a.b"]), "AVZEUS_NAMESPACE");
    }
}
