//! What is large or short-lived: crops and catalogue snapshots in an object store, impressions in Redis.

mod catalogues;
mod config;
mod crops;
mod error;
mod impressions;
mod objects;

pub use catalogues::Catalogues;
pub use config::{ObjectConfig, RedisConfig};
pub use crops::{Crops, View};
pub use error::StoreError;
pub use impressions::Impressions;
