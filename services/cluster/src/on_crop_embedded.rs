//! `crop.embedded` → the vector table.

use std::sync::Arc;

use bus::{Entry, kind};
use domain::quality::Quality;
use domain::{CropId, PersonId};
use proto::{Malformed, v1};

use crate::rules::Rules;
use crate::table::{Crop, Table};

/// Takes the event into the table; what is no vector of the profile is passed over and counted.
pub(crate) fn apply(table: &Table, rules: &Rules, entry: Entry<v1::CropEmbedded>) {
    let taken = entry.message.and_then(|event| take(table, rules, event));
    table.mark_foreign(&entry.subject, taken.is_err());
    if let Err(why) = taken {
        tracing::warn!(event = kind(&entry.subject), %why, "an embedded crop was passed over");
    }
}

fn take(table: &Table, rules: &Rules, event: v1::CropEmbedded) -> Result<(), Malformed> {
    let impossible = |field, why: String| Malformed::Impossible { field, why };
    let person = PersonId::new(event.person).map_err(|e| impossible("person", e.to_string()))?;
    let id = CropId::new(event.crop).map_err(|e| impossible("crop", e.to_string()))?;
    if let Some(misfit) = rules.misfit(&event.profile, &event.vector) {
        return Err(impossible("vector", misfit));
    }
    let quality = event.quality.as_ref().map(Quality::try_from).transpose()?;
    let (vector, probability, source) = (event.vector, event.probability, event.source);
    let crop = Arc::new(Crop { vector, probability, quality, source });
    table.change(person, |row| row.crops.insert(id, crop.clone()).is_none_or(|before| before != crop));
    Ok(())
}
