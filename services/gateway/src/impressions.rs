//! Finding the impression a click belongs to: Redis first, the stream where Redis does not know.

use bus::{Bus, Subject};
use domain::Impression;
use proto::convert::decode;
use proto::v1;
use store::{Impressions, RedisConfig, StoreError};

use crate::away::Away;
use crate::metrics;
use crate::problem::Problem;

/// Impressions that were shown.
pub(crate) struct ShownImpressions {
    redis: Impressions,
    stream: Bus,
    away: Away,
}

impl ShownImpressions {
    pub(crate) fn open(config: &RedisConfig, namespace: &str, stream: Bus) -> Result<Self, StoreError> {
        let away = Away::new("impressions are read from their stream");
        Ok(Self { redis: Impressions::open(config, namespace)?, stream, away })
    }

    /// The impression called `recommendation`; a 404 names the field when there is none.
    pub(crate) async fn find(&self, recommendation: &str) -> Result<Impression, Problem> {
        if let Some(impression) = self.in_redis(recommendation).await {
            return Ok(impression);
        }
        let unknown =
            || Problem::not_found("no such recommendation, or it has expired").field("recommendation_id");
        let subject = Subject::RecommendationMade(recommendation);
        let entry = match self.stream.last::<v1::Impression>(subject).await {
            Ok(entry) => entry.ok_or_else(unknown)?,
            Err(bus::BusError::Token(_)) => return Err(unknown()),
            Err(error) => return Err(Problem::of(&error)),
        };
        let impression = entry.message.as_ref().map_err(Clone::clone).and_then(Impression::try_from);
        impression.map_err(|malformed| Problem::bug(format!("{}: {malformed}", entry.subject)))
    }

    async fn in_redis(&self, recommendation: &str) -> Option<Impression> {
        let found = self.redis.get(recommendation).await;
        self.away.tell(found.as_ref().err());
        let Ok(Some(bytes)) = found else {
            metrics::impression_miss(if found.is_err() { "away" } else { "absent" });
            return None;
        };
        let impression = decode::<v1::Impression>("Impression", &bytes).and_then(|wire| (&wire).try_into());
        impression.map_err(|_| metrics::impression_miss("malformed")).ok()
    }
}
