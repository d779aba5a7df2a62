//! Settling one picture: after all before it, whether its crop is kept or why not; then the crop is stored and the ledger
//! keeps which, beside those of other pictures.

use std::collections::HashMap;

use bus::Subject;
use domain::roster::Enrolment;
use domain::{Classified, CropId, PersonId};
use proto::v1;
use vision::Face;
use vision::perceptual_hash::PerceptualHash;

use crate::ledger::Ledger;
use crate::outcome::Outcome;
use crate::picture_looked_at::{Collection, Found, Look};
use crate::sight::Sight;
use crate::twins::{Twin, Twins};
use crate::{IngestError, enrolment, on_person_withdrawn};

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
    perceptual_hash: Option<PerceptualHash>,
}

/// Settles one person's pictures, one after the other.
pub(crate) struct Settling {
    twins: Twins,
    /// By key of the ledger: what this run has settled.
    done: HashMap<String, Settled>,
}

impl Settling {
    pub(crate) fn new(ledger: &Ledger) -> Self {
        Self { twins: Twins::new(ledger.crops()), done: HashMap::new() }
    }

    /// What becomes of the picture, and what the ledger does not know of it yet: both for [`Collection::keep`].
    pub(crate) fn settle(&mut self, look: &Look) -> (Settled, Option<v1::PictureRecord>) {
        if let Some(first) = look.key.as_ref().and_then(|key| self.done.get(key)) {
            return (first.once_more(), None);
        }
        let settled = self.judge(look);
        let Some(key) = &look.key else { return (settled, None) };
        self.done.insert(key.clone(), settled.clone());
        let is_news = settled.is_final && !matches!(look.found, Found::Recorded(_));
        let record = is_news.then(|| settled.record(look));
        (settled, record)
    }

    fn judge(&mut self, look: &Look) -> Settled {
        match &look.found {
            Found::Recorded(record) => Settled::recorded(record),
            Found::Nobody => Settled::rejected(Outcome::NoFace, "no face was found".to_owned()),
            Found::Failed(error) => {
                // Whoever asked for it is told which; a log names nobody.
                tracing::warn!(class = error.class().name(), "a picture gave no crop");
                let settled = Settled::rejected(Outcome::Failed, error.to_string());
                Settled { is_final: error.is_final(), ..settled }
            }
            Found::Crop { crop, perceptual_hash } => match self.twins.same(crop) {
                Some(twin) => Settled::duplicate(&twin, *perceptual_hash),
                None => self.crop(Outcome::Known, crop, *perceptual_hash),
            },
            Found::Face { crop, sight } => {
                let hash = sight.perceptual_hash;
                match self.twins.same(crop).or_else(|| self.twins.alike(&hash)) {
                    Some(twin) => Settled::duplicate(&twin, Some(hash)),
                    None => self.crop(Outcome::Stored, crop, Some(hash)),
                }
            }
        }
    }

    fn crop(&mut self, outcome: Outcome, crop: &CropId, perceptual_hash: Option<PerceptualHash>) -> Settled {
        self.twins.add(crop, perceptual_hash);
        Settled { outcome, reason: String::new(), is_final: true, crop: crop.to_string(), perceptual_hash }
    }
}

impl Collection {
    /// Stores the crop of a picture that was settled, where it gave a new one, and then tells the ledger. The roster is
    /// looked at once more before, since fetching took its time, and after: somebody who withdrew meanwhile may have been
    /// looked for before all of it was there.
    pub(crate) async fn keep(
        &self,
        person: &Enrolment,
        ledger: &Ledger,
        look: Look,
        (settled, record): (Settled, Option<v1::PictureRecord>),
    ) -> Result<(Look, Settled), IngestError> {
        let Some(record) = record else { return Ok((look, settled)) };
        self.still_enrolled(person).await?;
        if let (Outcome::Stored, Found::Face { crop, sight }) = (settled.outcome, &look.found) {
            self.store(&person.id, crop, &look, sight).await?;
        }
        if let Some(key) = &look.key {
            ledger.write(key, &record).await?;
        }
        if let Err(left) = self.still_enrolled(person).await {
            if enrolment::withdrew(&self.bus, person).await?.is_some() {
                on_person_withdrawn::collected(&self.bus, &self.crops, &person.id).await?;
                // The receipt may be signed, and others may have heard of the crop: everyone looks once more.
                self.bus.withdraw(&person.id).await?;
            }
            return Err(left);
        }
        Ok((look, settled))
    }

    async fn still_enrolled(&self, person: &Enrolment) -> Result<(), IngestError> {
        enrolment::of(&self.bus, &person.id).await?.map(drop).map_err(|_| IngestError::Left)
    }

    /// Stores the crop, and tells of it once it is whole.
    async fn store(
        &self,
        person: &PersonId,
        crop: &CropId,
        look: &Look,
        sight: &Sight,
    ) -> Result<(), IngestError> {
        self.crops.put(person, crop, sight.views.clone()).await?;
        let Face { bounds, probability, landmarks } = sight.face_in_context;
        let event = v1::CropStored {
            person: person.to_string(),
            crop: crop.to_string(),
            source: look.source.clone(),
            source_sha256: look.source_sha256.map(Vec::from).unwrap_or_default(),
            face_in_context: Some((bounds, probability, landmarks).into()),
            stored_at_ms: runtime::now_ms(),
            fetched_at_ms: look.fetched_at_ms,
            perceptual_hash: sight.perceptual_hash.to_bytes(),
            quality: Some((&sight.quality).into()),
        };
        self.bus.publish(Subject::CropStored(person, crop), &event).await?;
        Ok(())
    }
}

impl Settled {
    fn rejected(outcome: Outcome, reason: String) -> Self {
        Self { outcome, reason, is_final: true, crop: String::new(), perceptual_hash: None }
    }

    fn duplicate(twin: &Twin, perceptual_hash: Option<PerceptualHash>) -> Self {
        let rejected = Self::rejected(Outcome::Duplicate, twin.to_string());
        Self { crop: twin.crop.clone(), perceptual_hash, ..rejected }
    }

    fn recorded(record: &v1::PictureRecord) -> Self {
        Self {
            outcome: Outcome::recorded(&record.outcome).expect("the ledger reads known outcomes only"),
            reason: record.reason.clone(),
            is_final: true,
            crop: record.crop.clone(),
            perceptual_hash: PerceptualHash::from_bytes(&record.perceptual_hash),
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
            perceptual_hash: self.perceptual_hash.map(PerceptualHash::to_bytes).unwrap_or_default(),
            source_sha256: look.source_sha256.map(Vec::from).unwrap_or_default(),
            recorded_at_ms: runtime::now_ms(),
        }
    }
}
