//! Impressions while a click on them is likely: the fast path; the stream is the truth.

use bytes::Bytes;
use redis::AsyncCommands;

use crate::connection::{Connection, patiently};
use crate::{RedisConfig, StoreError};

/// Encoded impressions by recommendation id; connects when first used and again whenever it must.
pub struct Impressions {
    redis: Connection,
    seconds: u64,
}

impl Impressions {
    /// Checks the address; nothing is connected yet. `namespace` keeps several systems apart.
    pub fn open(config: &RedisConfig, namespace: &str) -> Result<Self, StoreError> {
        let redis = Connection::open(config, namespace, "impression")?;
        Ok(Self { redis, seconds: config.impression_seconds })
    }

    /// Keeps `impression` for the configured time.
    pub async fn put(&self, recommendation: &str, impression: Bytes) -> Result<(), StoreError> {
        let mut redis = self.redis.connected().await?;
        let written =
            redis.set_ex::<_, _, ()>(self.redis.key(recommendation), impression.as_ref(), self.seconds);
        patiently("keep an impression", written).await
    }

    /// The impression, if it is still kept.
    pub async fn get(&self, recommendation: &str) -> Result<Option<Bytes>, StoreError> {
        let mut redis = self.redis.connected().await?;
        let found = redis.get::<_, Option<Vec<u8>>>(self.redis.key(recommendation));
        Ok(patiently("find an impression", found).await?.map(Bytes::from))
    }
}
