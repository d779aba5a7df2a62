//! Rows into enrolled people.

use std::collections::BTreeSet;

use bus::{Bucket, Bus};
use domain::PersonId;
use domain::roster::{Enrolment, Row, enrol_all};
use jiff::ZonedDateTime;
use proto::convert::decode;
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

/// `person` as they are enrolled now, or why nothing may be collected for them.
pub(crate) async fn of(bus: &Bus, person: &PersonId) -> Result<Result<Enrolment, String>, IngestError> {
    let Some(stored) = bus.bucket(Bucket::Roster).get(person.as_str()).await? else {
        return Ok(Err("they are not on the roster, or no longer".to_owned()));
    };
    let enrolment = decode::<v1::Enrolment>("Enrolment", &stored.value);
    let enrolment = enrolment.and_then(|wire| Enrolment::try_from(&wire));
    Ok(match enrolment {
        Ok(enrolment) if enrolment.consent.template => Ok(enrolment),
        Ok(_) => Err("their consent does not cover template".to_owned()),
        Err(error) => Err(format!("{error}; import their row again")),
    })
}

/// Everyone who is on the roster, by id.
pub(crate) async fn everyone(bus: &Bus) -> Result<Vec<PersonId>, IngestError> {
    let roster = bus.bucket(Bucket::Roster);
    let mut people = BTreeSet::new();
    if !roster.is_empty().await? {
        roster
            .watch(|change| {
                let person = PersonId::new(change.key).ok();
                people.extend(person.filter(|_| change.stored.is_some()));
                change.pending > 0
            })
            .await;
    }
    Ok(people.into_iter().collect())
}
