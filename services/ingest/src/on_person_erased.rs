//! `person.erased` → when every service has answered, the receipt.

use std::collections::BTreeSet;

use bus::{Absences, Bucket, Bus, Delivery, Stream, Subject};
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
    let mut absences = Absences::default();
    loop {
        let delivery = answers.next().await;
        let concluded = conclude(bus, crops, key, &delivery, &mut absences);
        let settled = match delivery.kept(concluded).await {
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
    delivery: &Delivery<v1::PersonErased>,
    absences: &mut Absences,
) -> Result<(), IngestError> {
    let answer = &delivery.message;
    let impossible = |e: domain::IdError| Malformed::Impossible { field: "person", why: e.to_string() };
    let person = PersonId::new(&answer.person).map_err(impossible)?;
    let withdrawn = bus.last::<v1::PersonWithdrawn>(Subject::PersonWithdrawn(&person)).await?;
    let Some(mut withdrawn) = withdrawn.map(|entry| entry.message).transpose()? else { return Ok(()) };
    if withdrawn.is_open() {
        let answers = bus.answers(&withdrawn).await?;
        if !missing(answers.iter().map(|answer| answer.service.as_str())).is_empty() {
            return Ok(());
        }
        // Nothing is made anew while a broker is away: too few copies might be left. It is looked for before and after what
        // is removed here, too.
        nobody_is_absent(bus.note_absences(absences, &withdrawn, delivery.is_repeated()).await?)?;
        sweep(bus, crops, &person).await?;
        nobody_is_absent(bus.note_absences(absences, &withdrawn, delivery.is_repeated()).await?)?;
        let mut missed = absences.of(&withdrawn);
        for answer in &answers {
            for broker in &answer.absent_brokers {
                let noted = missed.entry(broker.clone()).or_default();
                *noted = answer.erased_at_ms.max(*noted);
            }
        }
        bus.make_copies_anew(&missed).await?;
        absences.forget(&withdrawn);
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

fn nobody_is_absent(absent: BTreeSet<String>) -> Result<(), IngestError> {
    if absent.is_empty() { Ok(()) } else { Err(IngestError::AwaitedBrokers(absent.into_iter().collect())) }
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
