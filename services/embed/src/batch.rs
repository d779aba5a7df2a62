//! Filling a batch: as many as there are, waiting a little for more.

use std::time::Duration;

use bus::{Delivery, Work};
use proto::v1;
use tokio::time::{Instant, timeout_at};

/// Waits for a first message, then up to `wait` for others, up to `most` in all.
pub(crate) async fn filled(
    work: &mut Work<v1::CropStored>,
    most: usize,
    wait: Duration,
) -> Vec<Delivery<v1::CropStored>> {
    let mut batch = vec![work.next().await];
    let end = Instant::now() + wait;
    while batch.len() < most {
        match timeout_at(end, work.next()).await {
            Ok(delivery) => batch.push(delivery),
            Err(_) => break,
        }
    }
    batch
}
