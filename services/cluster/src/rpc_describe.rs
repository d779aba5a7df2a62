//! `Describe`: the catalogue as it is being made.

use bus::{Stream, embedders};
use domain::{CropId, GROUPS, PersonId};
use proto::v1;

use crate::ClusterError;
use crate::coverage::named;
use crate::making::Making;
use crate::person::{Finding, Judged};
use crate::service::Service;
use crate::table::{Row, Rows};

impl Service {
    /// Everyone, or one person with their crops.
    pub(crate) async fn describe(&self, person: &str) -> Result<v1::DescribeReply, ClusterError> {
        let stored = self.bus.extent(Stream::CropsStored).await?.messages as u32;
        let dead = self.bus.dead_subjects(Stream::CropsStored).await?;
        let waiting = self.bus.unsettled(Stream::CropsStored, &embedders(&self.rules.profile)).await;
        let (making, rows) = (self.table.made(), self.table.rows());
        let mut reply = summary(&making, &rows);
        reply.profile.clone_from(&self.rules.profile);
        reply.crops_stored = stored;
        reply.crops_dead = dead.iter().filter(|subject| !is_embedded(subject, &rows)).count() as u32;
        // Before the first embedder there is nobody to ask.
        reply.crops_waiting = waiting.ok();
        reply.people = if person.is_empty() {
            making
                .findings
                .iter()
                .map(|(id, finding)| described(id, finding, rows.get(id), &making))
                .collect()
        } else {
            let found = PersonId::new(person).ok().and_then(|id| making.findings.get_key_value(&id));
            let one = found.map(|(id, finding)| {
                let row = rows.get(id);
                let crops =
                    finding.crops.iter().map(|judged| verdict(judged, row.map(AsRef::as_ref))).collect();
                v1::DescribedPerson { crops, ..described(id, finding, row, &making) }
            });
            one.into_iter().collect()
        };
        Ok(reply)
    }
}

/// Whether the crop that `subject` stored has a vector all the same: of another try, or made with another profile's net.
fn is_embedded(subject: &str, rows: &Rows) -> bool {
    let Some((person, crop)) = named(subject) else { return false };
    rows.get(&person).is_some_and(|row| row.crops.contains_key(&crop))
}

fn summary(making: &Making, rows: &Rows) -> v1::DescribeReply {
    let served = making.served.as_ref();
    let changes = &making.changes;
    let faces = changes.faces.iter().map(|change| v1::FaceChange {
        group: change.group as u32,
        from: change.from.to_string(),
        to: change.to.to_string(),
    });
    v1::DescribeReply {
        catalogue_version: served.map_or_else(String::new, |served| served.version.clone()),
        crops: rows.values().map(|row| row.crops.len() as u32).sum(),
        crops_in_catalogue: making.crops as u32,
        representatives: served
            .map_or_else(Vec::new, |served| served.draft.faces().iter().map(PersonId::to_string).collect()),
        alarms: making
            .alarms
            .iter()
            .map(|alarm| v1::Alarm {
                name: alarm.kind.name().to_owned(),
                words: alarm.to_string(),
                accepted: making.accepts(alarm.kind),
            })
            .collect(),
        changes: Some(v1::GroupChanges {
            faces: faces.collect(),
            moved: changes.moved as u32,
            stayed: changes.stayed as u32,
        }),
        coverage: making
            .coverage
            .map(|c| v1::Coverage { covered: c.covered as u32, stored: c.stored as u32 }),
        people_ready: making.findings.values().filter(|finding| finding.left_out.is_empty()).count() as u32,
        generation: served.map_or(0, |served| served.draft.basis().generation),
        changed_share: served.map_or(0.0, |served| served.draft.changed_share()),
        chosen: served.map_or_else(Vec::new, |served| {
            (0..GROUPS).filter(|group| served.draft.is_chosen(*group)).map(|group| group as u32).collect()
        }),
        ..v1::DescribeReply::default()
    }
}

fn described(
    id: &PersonId,
    finding: &Finding,
    row: Option<&std::sync::Arc<Row>>,
    making: &Making,
) -> v1::DescribedPerson {
    let enrolled = row.and_then(|row| row.enrolled.as_ref());
    let served = making.served.as_ref().map(|served| &served.draft);
    let member = served.and_then(|draft| draft.member(id));
    let portrait = member.and_then(|member| member.person.portrait.as_ref());
    v1::DescribedPerson {
        person: id.to_string(),
        name: enrolled.map_or_else(String::new, |enrolled| enrolled.name.clone()),
        group: member.map(|member| member.group as u32),
        left_out: finding.left_out.clone(),
        kept: finding.kept as u32,
        dropped: (finding.crops.len() - finding.kept) as u32,
        imported: finding.imported,
        crops: Vec::new(),
        portrait: portrait.map_or_else(String::new, CropId::to_string),
        closeness: served.and_then(|draft| draft.closeness(id)),
    }
}

fn verdict(judged: &Judged, row: Option<&Row>) -> v1::CropVerdict {
    let crop = row.and_then(|row| row.crops.get(&judged.crop));
    v1::CropVerdict {
        crop: judged.crop.to_string(),
        cosine: judged.cosine,
        kept: judged.flaw.is_none(),
        flaw: judged.flaw.map_or_else(String::new, |flaw| flaw.name().to_owned()),
        reason: judged.flaw.map_or_else(String::new, |flaw| flaw.to_string()),
        probability: crop.map_or(0.0, |crop| crop.probability),
        quality: crop.and_then(|crop| crop.quality.as_ref()).map(Into::into),
        source: crop.map_or_else(String::new, |crop| crop.source.clone()),
    }
}
