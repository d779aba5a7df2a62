//! What is large or short-lived: crops and catalogue snapshots in an object store; impressions, counts of requests and
//! answers that may be asked for again in Redis.

mod catalogues;
mod config;
mod connection;
mod crops;
mod error;
mod impressions;
mod kept_answers;
mod objects;
mod request_counts;
mod short_lived;

pub use catalogues::Catalogues;
pub use config::{ObjectConfig, RedisConfig};
pub use crops::{Crops, View, Views};
pub use error::StoreError;
pub use impressions::Impressions;
pub use kept_answers::KeptAnswers;
pub use request_counts::RequestCounts;
pub use short_lived::ShortLived;
