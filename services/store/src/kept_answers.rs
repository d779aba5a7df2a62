//! Answers that a caller may ask for again by a key of its own.

use bytes::Bytes;
use redis::{AsyncCommands, ExistenceCheck, SetExpiry, SetOptions};

use crate::connection::{Connection, patiently};
use crate::{RedisConfig, StoreError};

/// Keys listed at a time.
const PAGE: usize = 500;

/// Encoded answers by key.
pub struct KeptAnswers(Connection);

impl KeptAnswers {
    /// Checks the address; nothing is connected yet. `namespace` keeps several systems apart.
    pub fn open(config: &RedisConfig, namespace: &str) -> Result<Self, StoreError> {
        Connection::open(config, namespace, "answer").map(Self)
    }

    /// Puts `mark` under `key` for `seconds` where there is nothing; otherwise what is there.
    pub async fn reserve(&self, key: &str, mark: &[u8], seconds: u64) -> Result<Option<Bytes>, StoreError> {
        let mut redis = self.0.connected().await?;
        let options = SetOptions::default()
            .conditional_set(ExistenceCheck::NX)
            .get(true)
            .with_expiration(SetExpiry::EX(seconds));
        let found = redis.set_options::<_, _, Option<Vec<u8>>>(self.0.key(key), mark, options);
        Ok(patiently("reserve a key", found).await?.map(Bytes::from))
    }

    /// Keeps `answer` under `key` for `seconds`, whatever is there.
    pub async fn keep(&self, key: &str, answer: &[u8], seconds: u64) -> Result<(), StoreError> {
        let mut redis = self.0.connected().await?;
        patiently("keep an answer", redis.set_ex::<_, _, ()>(self.0.key(key), answer, seconds)).await
    }

    /// Forgets every answer of which `named` says so; returns how many there were.
    pub async fn forget_those(&self, named: impl Fn(&[u8]) -> bool) -> Result<u64, StoreError> {
        let mut redis = self.0.connected().await?;
        let (mut forgotten, mut cursor) = (0, 0u64);
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(self.0.key("*")).arg("COUNT").arg(PAGE);
            let page: (u64, Vec<Vec<u8>>) = patiently("list keys", scan.query_async(&mut redis)).await?;
            for key in page.1 {
                let kept = redis.get::<_, Option<Vec<u8>>>(&key);
                if patiently("read an answer", kept).await?.is_some_and(|answer| named(&answer)) {
                    forgotten += patiently("forget an answer", redis.del::<_, u64>(&key)).await?;
                }
            }
            cursor = page.0;
            if cursor == 0 {
                return Ok(forgotten);
            }
        }
    }

    /// Forgets what is under `key`.
    pub async fn forget(&self, key: &str) -> Result<(), StoreError> {
        let mut redis = self.0.connected().await?;
        patiently("forget a key", redis.del::<_, ()>(self.0.key(key))).await
    }
}
