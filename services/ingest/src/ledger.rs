//! What became of every picture of a person that was looked at: what makes collecting again do only what is left.

use std::collections::BTreeMap;

use bus::{Bucket, Bus, KeyValue};
use domain::{Hex, PersonId};
use proto::convert::decode;
use proto::{Message, v1};
use vision::perceptual_hash::PerceptualHash;

use crate::IngestError;
use crate::outcome::Outcome;

/// One person's records as they were when it was opened.
pub(crate) struct Ledger {
    bucket: KeyValue,
    person: PersonId,
    records: BTreeMap<String, v1::PictureRecord>,
}

impl Ledger {
    pub(crate) async fn open(bus: &Bus, person: &PersonId) -> Result<Self, IngestError> {
        let bucket = bus.bucket(Bucket::Pictures);
        let stored = bucket.below(person.as_str()).await?;
        let read = |(key, stored): (String, bus::Stored)| {
            let record = decode::<v1::PictureRecord>("PictureRecord", &stored.value).ok()?;
            // A record that says nothing we know is no record: the picture is looked at.
            Outcome::recorded(&record.outcome).map(|_| (key, record))
        };
        let records = stored.into_iter().filter_map(read).collect();
        Ok(Self { bucket, person: person.clone(), records })
    }

    /// What became of the picture, in this run or an earlier one.
    pub(crate) fn record(&self, key: &str) -> Option<&v1::PictureRecord> {
        self.records.get(key)
    }

    /// The crops that the person's pictures gave, with their perceptual hashes.
    pub(crate) fn crops(&self) -> impl Iterator<Item = (String, Option<PerceptualHash>)> {
        let stored = self.records.values().filter(|record| record.outcome == Outcome::Stored.name());
        stored.map(|record| (record.crop.clone(), PerceptualHash::from_bytes(&record.perceptual_hash)))
    }

    /// Keeps `record` for the runs to come. Written after what it tells has happened.
    pub(crate) async fn write(&self, key: &str, record: &v1::PictureRecord) -> Result<(), IngestError> {
        let key = format!("{}.{key}", self.person);
        let record = record.encode_to_vec();
        if !self.bucket.put_first(&key, record.clone().into()).await? {
            self.bucket.put(&key, record.into()).await?;
        }
        Ok(())
    }

    /// Forgets the pictures that gave no crop, so that they are looked at once more.
    pub(crate) async fn forget_rejected(&mut self) -> Result<(), IngestError> {
        let crops = |record: &v1::PictureRecord| record.outcome == Outcome::Stored.name();
        let rejected = self.records.extract_if(.., |_, record| !crops(record)).collect::<Vec<_>>();
        for (key, _) in rejected {
            self.bucket.remove(&format!("{}.{key}", self.person)).await?;
        }
        Ok(())
    }
}

/// The key of a picture: `sha256` is of its address, or for a file of its bytes.
pub(crate) fn key(sha256: &[u8; 32]) -> String {
    Hex(&sha256[..16]).to_string()
}
