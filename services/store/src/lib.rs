//! What is large or short-lived: crops and catalogue snapshots in an object store, impressions in Redis.

mod catalogues;
mod config;
mod crops;
mod error;
mod impressions;
mod objects;
mod short_lived;

pub use catalogues::Catalogues;
pub use config::{ObjectConfig, RedisConfig};
pub use crops::{Crops, View};
pub use error::StoreError;
pub use impressions::Impressions;
pub use short_lived::ShortLived;
