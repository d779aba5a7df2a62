//! Settling one picture after all before it: its crop is stored, or it says why not, and the ledger keeps which.

use std::collections::HashMap;

use bus::Subject;
use domain::{CropId, PersonId};
use proto::v1;
use vision::Face;

use crate::IngestError;
use crate::ledger::Ledger;
use crate::outcome::Outcome;
use crate::picture_looked_at::{Collection, Found, Look};
use crate::sight::Sight;
use crate::twins::{Twin, Twins};

/// What became of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) outcome: Outcome,
    /// Why it gave no crop; empty where it did.
    pub(crate) reason: String,
    /// Whether it stays so: another run does not try again.
    pub(crate) is_final: bool,
    /// The crop it gave, or doubles; empty where there is none.
    crop: String,
    perceptual_hash: u64,
}

/// Settles one person's pictures, one after the other.
pub(crate) struct Settling<'a> {
    collection: &'a Collection,
    person: &'a PersonId,
    ledger: &'a Ledger,
    twins: Twins,
    /// By key of the ledger: what this run has settled.
    done: HashMap<String, Settled>,
}

impl<'a> Settling<'a> {
    pub(crate) fn new(collection: &'a Collection, person: &'a PersonId, ledger: &'a Ledger) -> Self {
        Self { collection, person, ledger, twins: Twins::new(ledger.crops()), done: HashMap::new() }
    }

    pub(crate) async fn settle(&mut self, look: &Look) -> Result<Settled, IngestError> {
        if let Some(first) = look.key.as_ref().and_then(|key| self.done.get(key)) {
            return Ok(first.once_more());
        }
        let settled = self.judge(look).await?;
        if let Some(key) = &look.key {
            if settled.is_final && !matches!(look.found, Found::Recorded(_)) {
                self.ledger.write(key, &settled.record(look)).await?;
            }
            self.done.insert(key.clone(), settled.clone());
        }
        Ok(settled)
    }

    async fn judge(&mut self, look: &Look) -> Result<Settled, IngestError> {
        Ok(match &look.found {
            Found::Recorded(record) => Settled::recorded(record),
            Found::Nobody => Settled::rejected(Outcome::NoFace, "no face was found".to_owned()),
            Found::Failed(error) => {
                tracing::warn!(person = %self.person, picture = look.source, %error, "failed");
                let settled = Settled::rejected(Outcome::Failed, error.to_string());
                Settled { is_final: error.is_final(), ..settled }
            }
            Found::Crop { crop, perceptual_hash } => match self.twins.same(crop) {
                Some(twin) => Settled::duplicate(&twin, *perceptual_hash),
                None => self.crop(Outcome::Known, crop, *perceptual_hash),
            },
            Found::Face { crop, sight } => {
                let hash = sight.perceptual_hash;
                match self.twins.same(crop).or_else(|| self.twins.alike(hash)) {
                    Some(twin) => Settled::duplicate(&twin, hash),
                    None => {
                        self.store(crop, look, sight).await?;
                        self.crop(Outcome::Stored, crop, hash)
                    }
                }
            }
        })
    }

    fn crop(&mut self, outcome: Outcome, crop: &CropId, perceptual_hash: u64) -> Settled {
        self.twins.add(crop, perceptual_hash);
        Settled { outcome, reason: String::new(), is_final: true, crop: crop.to_string(), perceptual_hash }
    }

    /// Stores the crop, and tells of it once it is whole.
    async fn store(&self, crop: &CropId, look: &Look, sight: &Sight) -> Result<(), IngestError> {
        let Collection { bus, crops, .. } = self.collection;
        crops.put(self.person, crop, sight.context.clone(), sight.face.clone()).await?;
        let Face { bounds, probability, landmarks } = sight.face_in_context;
        let event = v1::CropStored {
            person: self.person.to_string(),
            crop: crop.to_string(),
            source: look.source.clone(),
            source_sha256: look.source_sha256.map(Vec::from).unwrap_or_default(),
            face_in_context: Some((bounds, probability, landmarks).into()),
            stored_at_ms: runtime::now_ms(),
            fetched_at_ms: look.fetched_at_ms,
            perceptual_hash: sight.perceptual_hash,
            quality: Some((&sight.quality).into()),
        };
        bus.publish(Subject::CropStored(self.person, crop), &event).await?;
        Ok(())
    }
}

impl Settled {
    fn rejected(outcome: Outcome, reason: String) -> Self {
        Self { outcome, reason, is_final: true, crop: String::new(), perceptual_hash: 0 }
    }

    fn duplicate(twin: &Twin, perceptual_hash: u64) -> Self {
        let rejected = Self::rejected(Outcome::Duplicate, twin.to_string());
        Self { crop: twin.crop.clone(), perceptual_hash, ..rejected }
    }

    fn recorded(record: &v1::PictureRecord) -> Self {
        Self {
            outcome: Outcome::recorded(&record.outcome).expect("the ledger reads known outcomes only"),
            reason: record.reason.clone(),
            is_final: true,
            crop: record.crop.clone(),
            perceptual_hash: record.perceptual_hash,
        }
    }

    /// The same file under another name: it doubles the crop of the first, or has none for the same reason.
    fn once_more(&self) -> Self {
        if self.outcome.is_crop() {
            Self::duplicate(&Twin { crop: self.crop.clone(), bits: None }, self.perceptual_hash)
        } else {
            self.clone()
        }
    }

    fn record(&self, look: &Look) -> v1::PictureRecord {
        // What is known to this run was stored by one before it.
        let lasting = if self.outcome.is_crop() { Outcome::Stored } else { self.outcome };
        v1::PictureRecord {
            source: look.source.clone(),
            outcome: lasting.name().to_owned(),
            reason: self.reason.clone(),
            crop: self.crop.clone(),
            perceptual_hash: self.perceptual_hash,
            source_sha256: look.source_sha256.map(Vec::from).unwrap_or_default(),
            recorded_at_ms: runtime::now_ms(),
        }
    }
}
