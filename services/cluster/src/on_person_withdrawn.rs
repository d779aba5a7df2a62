//! `person.withdrawn` → their vectors, and every catalogue that names them, are gone.

use bus::{Bus, Stream};
use domain::PersonId;
use proto::v1::Removed;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::ClusterError;
use crate::publisher::Asked;

/// Answers withdrawals until `shutdown`.
pub(crate) async fn follow(
    bus: Bus,
    publisher: mpsc::Sender<Asked>,
    shutdown: CancellationToken,
) -> Result<(), ClusterError> {
    if bus.prepare(&shutdown).await.is_ok() {
        let erase = |person| erase(&bus, &publisher, person);
        shutdown.run_until_cancelled(bus.answer_withdrawals("cluster", erase)).await;
    }
    Ok(())
}

async fn erase(
    bus: &Bus,
    publisher: &mpsc::Sender<Asked>,
    person: PersonId,
) -> Result<Vec<Removed>, ClusterError> {
    let embedded = bus.erase(Stream::CropsEmbedded, &person).await?;
    let imported = bus.erase(Stream::VectorsImported, &person).await?;
    let (told, forgotten) = oneshot::channel();
    let asked = Asked::Forget { person, told };
    publisher.send(asked).await.map_err(|_| ClusterError::Reading)?;
    let snapshots = forgotten.await.map_err(|_| ClusterError::Reading)??;
    Ok(vec![
        Removed::of("embedded crops", embedded),
        Removed::of("imported vectors", imported),
        Removed::of("catalogue snapshots", snapshots),
    ])
}
