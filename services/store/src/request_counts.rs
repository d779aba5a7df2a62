//! How often each client has called: shared by all gateways, gone when it no longer matters.

use redis::AsyncCommands;

use crate::connection::{Connection, patiently};
use crate::{RedisConfig, StoreError};

/// Requests by client and window of time.
pub struct RequestCounts(Connection);

impl RequestCounts {
    /// Checks the address; nothing is connected yet. `namespace` keeps several systems apart.
    pub fn open(config: &RedisConfig, namespace: &str) -> Result<Self, StoreError> {
        Connection::open(config, namespace, "requests").map(Self)
    }

    /// Counts one more request of `client` in the window numbered `window`; answers how many it has made there,
    /// this one included. The count is kept for `seconds` from its latest request on.
    pub async fn count(&self, client: &str, window: u64, seconds: u64) -> Result<u64, StoreError> {
        let mut redis = self.0.connected().await?;
        let key = self.0.key(&format!("{client}:{window}"));
        let mut one_trip = redis::pipe();
        one_trip.incr(&key, 1).expire(&key, seconds.cast_signed()).ignore();
        let (count,) = patiently("count a request", one_trip.query_async::<(u64,)>(&mut redis)).await?;
        Ok(count)
    }

    /// How many requests `client` has made in `window`.
    pub async fn made(&self, client: &str, window: u64) -> Result<u64, StoreError> {
        let mut redis = self.0.connected().await?;
        let found = redis.get::<_, Option<u64>>(self.0.key(&format!("{client}:{window}")));
        Ok(patiently("count requests", found).await?.unwrap_or(0))
    }
}
