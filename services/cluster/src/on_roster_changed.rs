//! The KV bucket `roster` → who is enrolled.

use bus::Change;
use domain::PersonId;
use proto::convert::decode;
use proto::v1;

use crate::table::{Enrolled, Table};

/// Takes the change into the table; returns whether anything that matters here changed.
pub(crate) fn apply(table: &Table, change: &Change) -> bool {
    let Ok(person) = PersonId::new(change.key.as_str()) else { return false };
    let enrolled = match &change.stored {
        None => None,
        Some(stored) => match decode::<v1::Enrolment>("Enrolment", &stored.value) {
            Ok(wire) => Some(Enrolled {
                name: wire.name,
                links: wire.links.iter().map(Into::into).collect(),
                display: wire.consent_display,
            }),
            // Whoever cannot be read must not be shown.
            Err(why) => {
                tracing::warn!(%person, %why, "an enrolment was passed over");
                None
            }
        },
    };
    table.change(person, |row| {
        let changed = row.enrolled != enrolled;
        row.enrolled = enrolled;
        changed
    })
}
