//! Everything that is kept in Redis, whoever put it there.

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, Client, RedisError};

use crate::StoreError;

/// Keys asked for at a time.
const PAGE: usize = 500;

/// Looks through Redis as a whole; connects with each use.
#[derive(Debug, Clone)]
pub struct ShortLived(Client);

impl ShortLived {
    /// Checks the address; nothing is connected yet.
    pub fn open(redis_url: &str) -> Result<Self, StoreError> {
        Client::open(redis_url).map(Self).map_err(failed("understand its address"))
    }

    /// Tells every key and its value, those of other systems too.
    pub async fn each(&self, mut told: impl FnMut(&[u8], &[u8])) -> Result<(), StoreError> {
        let mut redis = self.connected().await?;
        for key in keys(&mut redis, "*").await? {
            told(&key, &value(&mut redis, &key).await?);
        }
        Ok(())
    }

    async fn connected(&self) -> Result<MultiplexedConnection, StoreError> {
        self.0.get_multiplexed_async_connection().await.map_err(failed("connect"))
    }
}

async fn keys(redis: &mut MultiplexedConnection, pattern: &str) -> Result<Vec<Vec<u8>>, StoreError> {
    let (mut keys, mut cursor) = (Vec::new(), 0u64);
    loop {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(PAGE);
        let (next, page): (u64, Vec<Vec<u8>>) = scan.query_async(redis).await.map_err(failed("list keys"))?;
        keys.extend(page);
        cursor = next;
        if cursor == 0 {
            return Ok(keys);
        }
    }
}

/// A string as it is; of anything else, and of what has expired, nothing: only strings carry words here.
async fn value(redis: &mut MultiplexedConnection, key: &[u8]) -> Result<Vec<u8>, StoreError> {
    match redis.get::<_, Option<Vec<u8>>>(key).await {
        Ok(value) => Ok(value.unwrap_or_default()),
        Err(error) if error.code() == Some("WRONGTYPE") => Ok(Vec::new()),
        Err(error) => Err(failed("read a value")(error)),
    }
}

fn failed(action: &'static str) -> impl FnOnce(RedisError) -> StoreError {
    move |source| StoreError::Redis { action, source }
}
