//! Rows into enrolled people.

use bus::{Bucket, Bus};
use domain::roster::{Enrolment, Row};
use jiff::ZonedDateTime;
use proto::{Message, v1};

use crate::IngestError;

/// A row and what became of it.
pub(crate) type Checked = Result<Enrolment, v1::RefusedRow>;

/// Checks every row against today's date. An id that stands twice is refused the second time.
pub(crate) fn check(rows: &[v1::RosterRow]) -> Vec<Checked> {
    let today = ZonedDateTime::now().date();
    let mut seen = std::collections::HashSet::new();
    let refused =
        |row: &v1::RosterRow, reason: String| v1::RefusedRow { line: row.line, id: row.id.clone(), reason };
    rows.iter()
        .map(|row| {
            let enrolment = Row::from(row).enrol(today).map_err(|e| refused(row, e.to_string()))?;
            if !seen.insert(enrolment.id.clone()) {
                return Err(refused(row, format!("id {:?} stands in the roster twice", row.id)));
            }
            Ok(enrolment)
        })
        .collect()
}

/// Writes `person` to the roster bucket, unless the same stands there.
pub(crate) async fn enrol(bus: &Bus, person: &Enrolment) -> Result<(), IngestError> {
    let roster = bus.bucket(Bucket::Roster);
    let value = v1::Enrolment::from(person).encode_to_vec();
    let present = roster.get(person.id.as_str()).await?;
    if present.is_none_or(|stored| stored.value != value) {
        roster.put(person.id.as_str(), value.into()).await?;
    }
    Ok(())
}
