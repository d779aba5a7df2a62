//! `person.withdrawn` → they are off the roster, and what was collected of them is gone.

use bus::{Bucket, Bus, Stream};
use domain::PersonId;
use proto::v1::Removed;
use store::Crops;

use crate::IngestError;

/// Answers withdrawals, for ever.
pub(crate) async fn follow(bus: &Bus, crops: &Crops) {
    bus.answer_withdrawals("ingest", |person| erase(bus, crops, person)).await;
}

async fn erase(bus: &Bus, crops: &Crops, person: PersonId) -> Result<Vec<Removed>, IngestError> {
    // First, so that nothing more is collected, and so that everyone who watches the roster hears of it.
    let enrolled = bus.bucket(Bucket::Roster).remove(person.as_str()).await?;
    let mut removed = vec![Removed::of("enrolments", enrolled.into())];
    removed.extend(collected(bus, crops, &person).await?);
    Ok(removed)
}

/// Removes what was collected of `person`.
pub(crate) async fn collected(
    bus: &Bus,
    crops: &Crops,
    person: &PersonId,
) -> Result<[Removed; 4], IngestError> {
    Ok([
        Removed::of("stored crops", bus.erase(Stream::CropsStored, person).await?),
        Removed::of("pictures in the object store", crops.erase(person).await?),
        Removed::of("records of pictures", bus.bucket(Bucket::Pictures).erase(person).await?),
        Removed::of("dead letters", bus.erase(Stream::DeadLetters, person).await?),
    ])
}
