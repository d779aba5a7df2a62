//! Impressions while a click on them is likely: the fast path; the stream is the truth.

use std::time::Duration;

use bytes::Bytes;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands, Client};
use tokio::sync::OnceCell;

use crate::{RedisConfig, StoreError};

/// How long Redis may take before the slower way is taken.
const PATIENCE: Duration = Duration::from_millis(250);

/// Encoded impressions by recommendation id; connects when first used and again whenever it must.
pub struct Impressions {
    client: Client,
    connection: OnceCell<ConnectionManager>,
    prefix: String,
    seconds: u64,
}

impl Impressions {
    /// Checks the address; nothing is connected yet. `namespace` keeps several systems apart.
    pub fn open(config: &RedisConfig, namespace: &str) -> Result<Self, StoreError> {
        let client = Client::open(config.redis_url.as_str())
            .map_err(|source| StoreError::Redis { action: "understand its address", source })?;
        let prefix = format!("avzeus:{namespace}:impression:");
        Ok(Self { client, connection: OnceCell::new(), prefix, seconds: config.impression_seconds })
    }

    /// Keeps `impression` for the configured time.
    pub async fn put(&self, recommendation: &str, impression: Bytes) -> Result<(), StoreError> {
        let mut redis = self.connected().await?;
        let key = format!("{}{recommendation}", self.prefix);
        let written = redis.set_ex::<_, _, ()>(key, impression.as_ref(), self.seconds);
        patiently("keep an impression", written).await
    }

    /// The impression, if it is still kept.
    pub async fn get(&self, recommendation: &str) -> Result<Option<Bytes>, StoreError> {
        let mut redis = self.connected().await?;
        let key = format!("{}{recommendation}", self.prefix);
        let found = patiently("find an impression", redis.get::<_, Option<Vec<u8>>>(key)).await?;
        Ok(found.map(Bytes::from))
    }

    async fn connected(&self) -> Result<ConnectionManager, StoreError> {
        let connect = self.connection.get_or_try_init(|| {
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(Some(PATIENCE))
                .set_response_timeout(Some(PATIENCE))
                // The stream answers meanwhile, and the next impression tries again.
                .set_number_of_retries(0);
            ConnectionManager::new_with_config(self.client.clone(), config)
        });
        patiently("connect", connect).await.cloned()
    }
}

async fn patiently<T>(
    action: &'static str,
    work: impl Future<Output = redis::RedisResult<T>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(outcome) => outcome.map_err(|source| StoreError::Redis { action, source }),
        Err(_) => Err(StoreError::RedisAway),
    }
}
