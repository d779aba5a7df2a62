//! `person.erased` → when every service has answered, the receipt.

use std::collections::BTreeSet;

use bus::{Bucket, Bus, Stream, Subject};
use domain::PersonId;
use domain::erasure::missing;
use proto::{Malformed, v1};
use store::Crops;

use crate::IngestError;
use crate::on_person_withdrawn::collected;
use crate::receipt_key::ReceiptKey;

/// Makes receipts, for ever.
pub(crate) async fn follow(bus: &Bus, crops: &Crops, key: &ReceiptKey) {
    let mut answers = bus.work_steadily::<v1::PersonErased>(Stream::Erasures, "receipts").await;
    loop {
        let delivery = answers.next().await;
        let settled = match delivery.kept(conclude(bus, crops, key, &delivery.message)).await {
            Ok(()) => delivery.done().await,
            Err(error) => delivery.failed(&error).await,
        };
        if let Err(error) = settled {
            tracing::warn!(%error, "an answer could not be settled and will come again");
        }
    }
}

async fn conclude(
    bus: &Bus,
    crops: &Crops,
    key: &ReceiptKey,
    answer: &v1::PersonErased,
) -> Result<(), IngestError> {
    let impossible = |e: domain::IdError| Malformed::Impossible { field: "person", why: e.to_string() };
    let person = PersonId::new(&answer.person).map_err(impossible)?;
    let withdrawn = bus.last::<v1::PersonWithdrawn>(Subject::PersonWithdrawn(&person)).await?;
    let Some(mut withdrawn) = withdrawn.map(|entry| entry.message).transpose()? else { return Ok(()) };
    if withdrawn.is_open() {
        let answers = bus.answers(&withdrawn).await?;
        if !missing(answers.iter().map(|answer| answer.service.as_str())).is_empty() {
            return Ok(());
        }
        sweep(bus, crops, &person).await?;
        // Told first, so that nothing is made anew while another one is away.
        let awaited = bus.awaited_brokers(&withdrawn).await?;
        if !awaited.is_empty() {
            return Err(IngestError::AwaitedBrokers(awaited.into_iter().collect()));
        }
        let missed: BTreeSet<&String> = answers.iter().flat_map(|answer| &answer.absent_brokers).collect();
        for broker in missed {
            bus.make_copies_anew(broker).await?;
        }
        withdrawn.receipts.push(key.sign(&v1::ErasureStatement {
            person: withdrawn.person.clone(),
            withdrawn_at_ms: withdrawn.withdrawn_at_ms,
            signed_at_ms: runtime::now_ms(),
            answers,
        }));
        bus.publish(Subject::PersonWithdrawn(&person), &withdrawn).await?;
        tracing::info!("everything about a person who withdrew is gone; the receipt is kept");
    }
    // The receipt holds them.
    bus.erase(Stream::Erasures, &person).await?;
    Ok(())
}

/// Removes what was under way while the services answered, and the word that they are off the roster: everyone has heard
/// it.
async fn sweep(bus: &Bus, crops: &Crops, person: &PersonId) -> Result<(), IngestError> {
    collected(bus, crops, person).await?;
    for stream in [Stream::CropsEmbedded, Stream::VectorsImported] {
        bus.erase(stream, person).await?;
    }
    bus.bucket(Bucket::Roster).erase(person).await?;
    Ok(())
}
