//! Settings of the recommender.

use std::net::SocketAddr;

use domain::serving::LEAST_SHARE;
use runtime::{Configured, Invalid, ServiceSettings};

/// Answers a ranking of five faces with ten people, under weights drawn from the policy that serves, and
/// logs every answer with its propensity.
///
/// Start as many as you like; they hold nothing of their own.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "avzeus-recommend", version)]
pub struct Config {
    #[command(flatten)]
    pub(crate) service: ServiceSettings,
    #[command(flatten)]
    pub(crate) bus: bus::BusConfig,
    #[command(flatten)]
    pub(crate) objects: store::ObjectConfig,
    #[command(flatten)]
    pub(crate) redis: store::RedisConfig,

    /// Address of the gRPC service `Recommender`.
    #[arg(long, env = "AVZEUS_GRPC_ADDR", default_value = "127.0.0.1:50051")]
    pub(crate) grpc_addr: SocketAddr,

    /// Catalogues held at a time: a visitor who ranked faces of an older one that is still held is
    /// served from it.
    #[arg(long, env = "AVZEUS_RECOMMEND_CATALOGUES", default_value_t = 4)]
    pub(crate) catalogues: usize,

    /// Share of the recommendations that the initial policy makes whatever serves, 0.001 to 0.5: what every
    /// other policy's earnings are held against. It may be 0: then a policy that is worse is not noticed.
    #[arg(long, env = "AVZEUS_RECOMMEND_CONTROL_SHARE", default_value_t = 0.1)]
    pub(crate) control_share: f64,
}

impl Configured for Config {
    fn service(&self) -> &ServiceSettings {
        &self.service
    }

    fn validate(&self) -> Result<(), Invalid> {
        if !(1..=8).contains(&self.catalogues) {
            let why = format!("is {}, it must be 1 to 8", self.catalogues);
            return Err(Invalid { setting: "AVZEUS_RECOMMEND_CATALOGUES", why });
        }
        if self.control_share != 0.0 && !(LEAST_SHARE..=0.5).contains(&self.control_share) {
            let why = format!("is {}, it must be 0, or {LEAST_SHARE} to 0.5", self.control_share);
            return Err(Invalid { setting: "AVZEUS_RECOMMEND_CONTROL_SHARE", why });
        }
        self.bus.validate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn a_control_is_none_or_large_enough_to_be_told() {
        let of = |control_share| {
            let config = Config { control_share, ..Config::parse_from(["avzeus-recommend"]) };
            config.validate().map_err(|invalid| (invalid.setting, invalid.why))
        };
        for share in [0.0, LEAST_SHARE, 0.1, 0.5] {
            assert_eq!(of(share), Ok(()), "{share}");
        }
        for share in [-0.1, 1e-50, 9e-4, 0.51, f64::NAN] {
            let why = format!("is {share}, it must be 0, or 0.001 to 0.5");
            assert_eq!(of(share), Err(("AVZEUS_RECOMMEND_CONTROL_SHARE", why)));
        }
    }
}
