//! The KV bucket `roster` → who is enrolled.

use bus::Change;
use domain::PersonId;
use domain::roster::stands;
use proto::convert::decode;
use proto::convert::impression::alias;
use proto::convert::roster::expires_on;
use proto::{Malformed, v1};

use crate::table::{Enrolled, Table};

/// Takes the change into the table; returns whether anything that matters here changed.
pub(crate) fn apply(table: &Table, change: &Change) -> bool {
    let Ok(person) = PersonId::new(change.key.as_str()) else { return false };
    let enrolled = match &change.stored {
        None => None,
        Some(stored) => match enrolled(&stored.value) {
            Ok(enrolled) => Some(enrolled),
            // Whoever cannot be read must not be shown.
            Err(why) => {
                tracing::warn!(%why, "an enrolment was passed over; import its row again");
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

/// Returns what an enrolment says, or why it cannot be read.
pub(crate) fn enrolled(value: &[u8]) -> Result<Enrolled, Malformed> {
    let wire: v1::Enrolment = decode("Enrolment", value)?;
    let expires_on = expires_on(&wire)?;
    Ok(Enrolled {
        name: wire.name,
        links: wire.links.iter().map(Into::into).collect(),
        alias: alias(&wire.alias)?,
        display: wire.consent_display,
        expires_on,
        expired: !stands(expires_on, runtime::today()),
    })
}
