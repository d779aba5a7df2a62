//! The connection to Redis: made when first used and again whenever it must, and never waited for for long.

use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, RedisResult};
use tokio::sync::OnceCell;

use crate::{RedisConfig, StoreError};

/// How long Redis may take before things go on without it.
const PATIENCE: Duration = Duration::from_millis(250);

/// Redis, within a namespace.
pub(crate) struct Connection {
    client: Client,
    manager: OnceCell<ConnectionManager>,
    prefix: String,
}

impl Connection {
    /// Checks the address; nothing is connected yet. `kind` says what its keys hold, `namespace` keeps several
    /// systems apart.
    pub(crate) fn open(config: &RedisConfig, namespace: &str, kind: &str) -> Result<Self, StoreError> {
        let client = Client::open(config.redis_url.as_str())
            .map_err(|source| StoreError::Redis { action: "understand its address", source })?;
        Ok(Self { client, manager: OnceCell::new(), prefix: format!("avzeus:{namespace}:{kind}:") })
    }

    /// The key of what is called `name`.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A handle on the connection.
    pub(crate) async fn connected(&self) -> Result<ConnectionManager, StoreError> {
        let connect = self.manager.get_or_try_init(|| {
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(Some(PATIENCE))
                .set_response_timeout(Some(PATIENCE))
                // Whoever asks goes on without, and the next one tries again.
                .set_number_of_retries(0);
            ConnectionManager::new_with_config(self.client.clone(), config)
        });
        patiently("connect", connect).await.cloned()
    }
}

/// The outcome of `work`, or [`StoreError::RedisAway`] where it takes too long.
pub(crate) async fn patiently<T>(
    action: &'static str,
    work: impl Future<Output = RedisResult<T>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(outcome) => outcome.map_err(|source| StoreError::Redis { action, source }),
        Err(_) => Err(StoreError::RedisAway),
    }
}
