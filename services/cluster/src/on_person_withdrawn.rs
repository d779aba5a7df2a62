//! `person.withdrawn` → their vectors, and every catalogue that names them, are gone.

use bus::{Bus, Stream};
use domain::PersonId;
use proto::v1;
use proto::v1::Removed;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::ClusterError;
use crate::publisher::Asked;
use crate::reading::steadily;

/// Answers withdrawals until `shutdown`, and sweeps after those that are over.
pub(crate) async fn follow(
    bus: Bus,
    publisher: mpsc::Sender<Asked>,
    shutdown: CancellationToken,
) -> Result<(), ClusterError> {
    if bus.prepare(&shutdown).await.is_ok() {
        let erase = |person| erase(&bus, &publisher, person);
        let answering = bus.answer_withdrawals("cluster", erase);
        let both = async { tokio::join!(answering, sweep(&bus, &publisher)) };
        shutdown.run_until_cancelled(both).await;
    }
    Ok(())
}

/// A crop that was being embedded when its person was forgotten comes into the table after that. Its message is removed
/// before there is a receipt, which no reader of the stream hears: so the receipt tells.
async fn sweep(bus: &Bus, publisher: &mpsc::Sender<Asked>) {
    let mut withdrawals = bus.replay::<v1::PersonWithdrawn>(Stream::Withdrawals, 1);
    loop {
        let Ok(withdrawn) = withdrawals.next().await.message else { continue };
        if let Some(person) = PersonId::new(&withdrawn.person).ok().filter(|_| !withdrawn.is_open()) {
            steadily(|| swept(publisher, person.clone())).await;
        }
    }
}

async fn swept(publisher: &mpsc::Sender<Asked>, person: PersonId) -> Result<(), ClusterError> {
    let (told, swept) = oneshot::channel();
    publisher.send(Asked::Sweep { person, told }).await.map_err(|_| ClusterError::Reading)?;
    swept.await.map_err(|_| ClusterError::Reading)?
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
