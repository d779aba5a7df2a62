//! `crop.embedded` → the vector table.

use bus::Entry;
use domain::{CropId, PersonId};
use proto::{Malformed, v1};

use crate::table::Table;

/// Takes the event into the table; a vector of another profile, or none at all, is passed over.
pub(crate) fn apply(table: &Table, profile: &str, entry: Entry<v1::CropEmbedded>) {
    if let Err(why) = entry.message.and_then(|event| take(table, profile, event)) {
        tracing::warn!(subject = entry.subject, %why, "an embedded crop was passed over");
    }
}

fn take(table: &Table, profile: &str, event: v1::CropEmbedded) -> Result<(), Malformed> {
    let impossible = |field, why: String| Malformed::Impossible { field, why };
    let person = PersonId::new(event.person).map_err(|e| impossible("person", e.to_string()))?;
    let crop = CropId::new(event.crop).map_err(|e| impossible("crop", e.to_string()))?;
    if event.profile != profile {
        tracing::debug!(%person, %crop, profile = event.profile, "a vector of another profile");
        return Ok(());
    }
    if (domain::embedding::norm(&event.vector) - 1.0).abs() >= 1e-3 {
        return Err(impossible("vector", "not of unit length".to_owned()));
    }
    table.rows().entry(person).or_default().crops.insert(crop, event.vector);
    Ok(())
}
