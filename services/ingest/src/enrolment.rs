//! Rows into enrolled people.

use bus::{Bucket, Bus};
use domain::PersonId;
use domain::roster::{Enrolment, Row, enrol_all};
use jiff::ZonedDateTime;
use proto::{Message, v1};

use crate::IngestError;

/// A row and what became of it.
pub(crate) type Checked = Result<Enrolment, v1::RefusedRow>;

/// Checks every row against today's date.
pub(crate) fn check(rows: &[v1::RosterRow]) -> Vec<Checked> {
    let read: Vec<Row> = rows.iter().map(Row::from).collect();
    let checked = enrol_all(&read, ZonedDateTime::now().date()).into_iter().zip(rows);
    let refused = |row: &v1::RosterRow, reason| v1::RefusedRow { line: row.line, id: row.id.clone(), reason };
    checked.map(|(enrolment, row)| enrolment.map_err(|why| refused(row, why.to_string()))).collect()
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

/// Takes whoever a refused row names off the roster: without standing consent nobody is shown. Returns whether they
/// were on it.
pub(crate) async fn expel(bus: &Bus, id: &str) -> Result<bool, IngestError> {
    match PersonId::new(id.trim()) {
        Ok(person) => Ok(bus.bucket(Bucket::Roster).remove(person.as_str()).await?),
        Err(_) => Ok(false),
    }
}
