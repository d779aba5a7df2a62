//! Rows into enrolled people.

use bus::{Bucket, Bus};
use domain::PersonId;
use domain::roster::{Enrolment, Row};
use jiff::ZonedDateTime;
use proto::{Message, v1};

use crate::IngestError;

/// A row and what became of it.
pub(crate) type Checked = Result<Enrolment, v1::RefusedRow>;

/// Checks every row against today's date. An id that stands twice is refused both times: which of the rows
/// tells the person's will cannot be known.
pub(crate) fn check(rows: &[v1::RosterRow]) -> Vec<Checked> {
    let today = ZonedDateTime::now().date();
    let mut times = std::collections::HashMap::new();
    for row in rows {
        *times.entry(row.id.trim()).or_insert(0) += 1;
    }
    let refused =
        |row: &v1::RosterRow, reason: String| v1::RefusedRow { line: row.line, id: row.id.clone(), reason };
    rows.iter()
        .map(|row| {
            if times[row.id.trim()] > 1 {
                return Err(refused(row, format!("id {:?} stands in the roster more than once", row.id)));
            }
            Row::from(row).enrol(today).map_err(|e| refused(row, e.to_string()))
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

/// Takes whoever a refused row names off the roster: without standing consent nobody is shown. Returns whether they
/// were on it.
pub(crate) async fn expel(bus: &Bus, id: &str) -> Result<bool, IngestError> {
    match PersonId::new(id.trim()) {
        Ok(person) => Ok(bus.bucket(Bucket::Roster).remove(person.as_str()).await?),
        Err(_) => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_stands_twice_is_refused_both_times() {
        let row = |line, withdrawn: &str| v1::RosterRow {
            line,
            id: "aoi".into(),
            name: "Aoi".into(),
            attested_by: "Studio".into(),
            attested_on: "2020-01-01".into(),
            consent_reference: "C-1".into(),
            consent_scope: "template display".into(),
            consent_granted_on: "2020-01-01".into(),
            consent_withdrawn_on: withdrawn.into(),
            ..v1::RosterRow::default()
        };
        assert!(check(&[row(2, "")])[0].is_ok());
        let twice = check(&[row(2, "2021-01-01"), row(3, "")]);
        assert!(
            twice.iter().all(|checked| checked.as_ref().is_err_and(|r| r.reason.contains("more than once")))
        );
    }
}
