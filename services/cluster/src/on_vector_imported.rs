//! `vector.imported` → the vector table.

use bus::{Entry, kind};
use domain::PersonId;
use proto::convert::catalogue::portrait;
use proto::{Malformed, v1};

use crate::rules::Rules;
use crate::table::{Imported, Table};

/// Takes the event into the table; what is no vector of the profile is passed over and counted.
pub(crate) fn apply(table: &Table, rules: &Rules, entry: Entry<v1::VectorImported>) {
    let taken = entry.message.and_then(|event| take(table, rules, event));
    table.mark_foreign(&entry.subject, taken.is_err());
    if let Err(why) = taken {
        tracing::warn!(event = kind(&entry.subject), %why, "an imported vector was passed over");
    }
}

fn take(table: &Table, rules: &Rules, event: v1::VectorImported) -> Result<(), Malformed> {
    let impossible = |field, why: String| Malformed::Impossible { field, why };
    let person = PersonId::new(event.person).map_err(|e| impossible("person", e.to_string()))?;
    if let Some(misfit) = rules.misfit(&event.profile, &event.vector) {
        return Err(impossible("vector", misfit));
    }
    let portrait = portrait(&event.portrait)?;
    let imported = Some(Imported { vector: event.vector, crops: event.crops, portrait });
    table.change(person, |row| {
        let changed = row.imported != imported;
        row.imported = imported;
        changed
    });
    Ok(())
}
