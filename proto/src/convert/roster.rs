//! Roster rows and enrolments.

use std::fmt::Display;
use std::str::FromStr;

use domain::PersonId;
use domain::catalogue::Link;
use domain::hosts::Hosts;
use domain::roster::{AddressList, Consent, Date, Enrolment, Row, Source, stands};

use super::{Malformed, impossible};
use crate::v1;

impl From<&v1::RosterRow> for Row {
    fn from(wire: &v1::RosterRow) -> Self {
        let list = |list: &v1::AddressList| AddressList {
            file: list.file.clone(),
            addresses: list.addresses.clone(),
        };
        Self {
            id: wire.id.clone(),
            name: wire.name.clone(),
            links: wire.links.clone(),
            sources: wire.sources.clone(),
            hosts: wire.hosts.clone(),
            lists: wire.lists.iter().map(list).collect(),
            attested_by: wire.attested_by.clone(),
            attested_on: wire.attested_on.clone(),
            consent_reference: wire.consent_reference.clone(),
            consent_scope: wire.consent_scope.clone(),
            consent_granted_on: wire.consent_granted_on.clone(),
            consent_expires_on: wire.consent_expires_on.clone(),
            consent_withdrawn_on: wire.consent_withdrawn_on.clone(),
            unreadable: wire.unreadable.clone(),
        }
    }
}

impl v1::AddressList {
    /// Returns the addresses in the text of `file`: one a line, with empty lines and # comments between them.
    pub fn of(file: &str, text: &str) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self { file: file.to_owned(), addresses: lines.map(str::to_owned).collect() }
    }
}

/// Without an alias: whoever enrols them draws it.
impl From<&Enrolment> for v1::Enrolment {
    fn from(person: &Enrolment) -> Self {
        Self {
            person: person.id.to_string(),
            name: person.name.clone(),
            links: person.links.iter().map(Into::into).collect(),
            sources: person.sources.iter().map(Source::to_string).collect(),
            attested_by: person.attested_by.clone(),
            attested_on: person.attested_on.to_string(),
            consent_reference: person.consent.reference.clone(),
            consent_template: person.consent.template,
            consent_display: person.consent.display,
            consent_granted_on: person.consent.granted_on.to_string(),
            hosts: person.hosts.entries().collect(),
            alias: String::new(),
            consent_expires_on: person.consent.expires_on.map(|end| end.to_string()).unwrap_or_default(),
        }
    }
}

impl TryFrom<&v1::Enrolment> for Enrolment {
    type Error = Malformed;

    fn try_from(wire: &v1::Enrolment) -> Result<Self, Malformed> {
        let sources = wire.sources.iter().map(|source| source.parse::<Source>());
        let hosts = Hosts::new(wire.hosts.iter().map(String::as_str));
        Ok(Self {
            id: PersonId::new(&wire.person).map_err(|e| impossible("person")(&e))?,
            name: wire.name.clone(),
            links: wire.links.iter().map(Link::from).collect(),
            sources: sources.collect::<Result<_, _>>().map_err(|e| impossible("sources")(&e))?,
            hosts: hosts.map_err(|e| impossible("hosts")(&e))?,
            attested_by: wire.attested_by.clone(),
            attested_on: date("attested_on", &wire.attested_on)?,
            consent: Consent {
                reference: wire.consent_reference.clone(),
                template: wire.consent_template,
                display: wire.consent_display,
                granted_on: date("consent_granted_on", &wire.consent_granted_on)?,
                expires_on: expires_on(wire)?,
            },
        })
    }
}

/// Returns whether the consent of an enrolment stands on the day `today`; not where its end cannot be read.
pub fn consent_stands(wire: &v1::Enrolment, today: Date) -> bool {
    expires_on(wire).is_ok_and(|end| stands(end, today))
}

/// The day on which the consent of an enrolment ends.
pub fn expires_on(wire: &v1::Enrolment) -> Result<Option<Date>, Malformed> {
    let written = &wire.consent_expires_on;
    (!written.is_empty()).then(|| date("consent_expires_on", written)).transpose()
}

fn date<D: FromStr<Err: Display>>(field: &'static str, written: &str) -> Result<D, Malformed> {
    written.parse().map_err(|e: D::Err| impossible(field)(&e))
}
