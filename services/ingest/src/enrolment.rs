//! Rows into enrolled people.

use bus::{Bucket, Bus, KeyValue, Stream, Subject};
use domain::PersonId;
use domain::roster::{Enrolment, Row, RowError, enrol_all, stands};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use proto::convert::decode;
use proto::convert::roster::consent_stands;
use proto::{Message, v1};

use crate::IngestError;

/// Questions to the broker that are under way at a time.
pub(crate) const AT_ONCE: usize = 64;

/// Where the day begins first.
const LATEST: Offset = Offset::constant(14);

/// What a roster asks for, before anything is done of it.
#[derive(Debug, Default)]
pub(crate) struct Import {
    /// Whoever passed every check, with their row.
    pub(crate) enrolled: Vec<(Enrolment, v1::RosterRow)>,
    /// Rows that nobody is enrolled by. Whoever `taken_off` says so of is on the roster, and consent has ended.
    pub(crate) refused: Vec<v1::RefusedRow>,
    /// People whom visitors may be shown now and may not once this is done, by id.
    pub(crate) leaving: Vec<String>,
    /// People whom visitors may be shown now.
    pub(crate) shown: usize,
}

impl Import {
    /// Returns what `rows` ask for, by today's date, by who withdrew and by who is enrolled now.
    pub(crate) async fn of(bus: &Bus, rows: &[v1::RosterRow]) -> Result<Self, IngestError> {
        let enrolled_now = bus.bucket(Bucket::Roster).values().await?;
        let today = runtime::today();
        let is_shown = |id: &str| {
            let stored = enrolled_now.get(id);
            let person = stored.and_then(|stored| decode::<v1::Enrolment>("Enrolment", &stored.value).ok());
            person.is_some_and(|person| person.consent_display && consent_stands(&person, today))
        };
        let shown = enrolled_now.keys().filter(|id| is_shown(id)).count();
        let mut import = Self { shown, ..Self::default() };
        for (checked, row) in check(bus, rows).await?.into_iter().zip(rows) {
            let id = row.id.trim();
            let leaves = match checked {
                Ok(person) => {
                    let leaves = !person.consent.display;
                    import.enrolled.push((person, row.clone()));
                    leaves
                }
                Err(why) => {
                    let taken_off = why.ends_consent() && enrolled_now.contains_key(id);
                    import.refused.push(v1::RefusedRow { taken_off, ..refused(row, &why) });
                    taken_off
                }
            };
            if leaves && is_shown(id) {
                import.leaving.push(id.to_owned());
            }
        }
        Ok(import)
    }

    /// Returns whether it takes so many off the show that somebody is asked first: more than a tenth.
    pub(crate) fn asks_first(&self) -> bool {
        10 * self.leaving.len() > self.shown
    }
}

/// Checks every row against today's date, and against who withdrew.
async fn check(bus: &Bus, rows: &[v1::RosterRow]) -> Result<Vec<Result<Enrolment, RowError>>, IngestError> {
    let read: Vec<Row> = rows.iter().map(Row::from).collect();
    let anybody_withdrew = bus.extent(Stream::Withdrawals).await?.messages > 0;
    let held_against = |enrolment: Result<Enrolment, RowError>| async move {
        match &enrolment {
            Ok(person) if anybody_withdrew => Ok(withdrew(bus, person).await?.map_or(enrolment, Err)),
            _ => Ok(enrolment),
        }
    };
    stream::iter(enrol_all(&read, runtime::today())).map(held_against).buffered(AT_ONCE).try_collect().await
}

/// A row, and why nobody is enrolled by it.
pub(crate) fn refused(row: &v1::RosterRow, why: &RowError) -> v1::RefusedRow {
    v1::RefusedRow {
        line: row.line,
        id: row.id.clone(),
        reason: why.to_string(),
        column: why.column.to_owned(),
        value: why.value.clone(),
        taken_off: false,
    }
}

/// That `person` withdrew, unless they agreed anew since. The day counts where it is latest: on the day of the withdrawal
/// nobody is enrolled by what was granted that morning, wherever that was.
pub(crate) async fn withdrew(bus: &Bus, person: &Enrolment) -> Result<Option<RowError>, IngestError> {
    let withdrawn = bus.last::<v1::PersonWithdrawn>(Subject::PersonWithdrawn(&person.id)).await?;
    let Some(withdrawn) = withdrawn.map(|entry| entry.message).transpose()? else { return Ok(None) };
    let at = Timestamp::from_millisecond(withdrawn.withdrawn_at_ms as i64).unwrap_or(Timestamp::MAX);
    Ok(person.renews(at.to_zoned_datetime(TimeZone::fixed(LATEST)).date()).err())
}

/// Writes `person` to the roster bucket, unless the same stands there. Whoever is new to it is given an alias. Somebody
/// who withdrew since their row was checked is off it again, and why is told.
pub(crate) async fn enrol(bus: &Bus, person: &Enrolment) -> Result<Option<RowError>, IngestError> {
    let roster = bus.bucket(Bucket::Roster);
    let as_new = v1::Enrolment { alias: drawn_alias(), ..person.into() }.encode_to_vec();
    if !roster.put_first(person.id.as_str(), as_new.into()).await? && !rewrite(&roster, person).await? {
        return Ok(None);
    }
    // A withdrawal from before this line is seen here; whoever answers one from after it finds what was written.
    let erased = withdrew(bus, person).await?;
    if erased.is_some() {
        roster.remove(person.id.as_str()).await?;
        // Their receipt may be signed already: everyone looks once more.
        bus.withdraw(&person.id).await?;
    }
    Ok(erased)
}

/// Writes `person` over what stands there of them, keeping their alias; returns whether anything differed.
async fn rewrite(roster: &KeyValue, person: &Enrolment) -> Result<bool, IngestError> {
    let present = roster.get(person.id.as_str()).await?;
    let before = present.as_ref().and_then(|stored| decode::<v1::Enrolment>("Enrolment", &stored.value).ok());
    let alias =
        before.map(|before| before.alias).filter(|alias| !alias.is_empty()).unwrap_or_else(drawn_alias);
    let value = v1::Enrolment { alias, ..person.into() }.encode_to_vec();
    if present.is_some_and(|stored| stored.value == value) {
        return Ok(false);
    }
    roster.put(person.id.as_str(), value.into()).await?;
    Ok(true)
}

/// Takes somebody off the roster whose row says that consent has ended. Returns whether they were on it.
pub(crate) async fn expel(bus: &Bus, id: &str) -> Result<bool, IngestError> {
    match PersonId::new(id.trim()) {
        Ok(person) => Ok(bus.bucket(Bucket::Roster).remove(person.as_str()).await?),
        Err(_) => Ok(false),
    }
}

fn drawn_alias() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// `person` as they are enrolled now, or why nothing may be collected for them.
pub(crate) async fn of(bus: &Bus, person: &PersonId) -> Result<Result<Enrolment, String>, IngestError> {
    let Some(stored) = bus.bucket(Bucket::Roster).get(person.as_str()).await? else {
        return Ok(Err("they are not on the roster, or no longer".to_owned()));
    };
    let enrolment = decode::<v1::Enrolment>("Enrolment", &stored.value);
    let enrolment = enrolment.and_then(|wire| Enrolment::try_from(&wire));
    Ok(match enrolment {
        Ok(Enrolment { consent, .. }) if !consent.template => {
            Err("their consent does not cover template".to_owned())
        }
        Ok(Enrolment { consent, .. }) if !stands(consent.expires_on, runtime::today()) => {
            Err("their consent has expired".to_owned())
        }
        Ok(enrolment) => Ok(enrolment),
        Err(error) => Err(format!("{error}; import their row again")),
    })
}

/// Everyone who is on the roster, by id.
pub(crate) async fn everyone(bus: &Bus) -> Result<Vec<PersonId>, IngestError> {
    let enrolled = bus.bucket(Bucket::Roster).values().await?;
    Ok(enrolled.into_keys().filter_map(|key| PersonId::new(key).ok()).collect())
}
