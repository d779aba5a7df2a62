//! Roster rows and enrolments.

use domain::roster::{Enrolment, Row};

use crate::v1;

impl From<&v1::RosterRow> for Row {
    fn from(wire: &v1::RosterRow) -> Self {
        Self {
            id: wire.id.clone(),
            name: wire.name.clone(),
            links: wire.links.clone(),
            sources: wire.sources.clone(),
            attested_by: wire.attested_by.clone(),
            attested_on: wire.attested_on.clone(),
            consent_reference: wire.consent_reference.clone(),
            consent_scope: wire.consent_scope.clone(),
            consent_granted_on: wire.consent_granted_on.clone(),
            consent_withdrawn_on: wire.consent_withdrawn_on.clone(),
        }
    }
}

impl From<&Enrolment> for v1::Enrolment {
    fn from(person: &Enrolment) -> Self {
        Self {
            person: person.id.to_string(),
            name: person.name.clone(),
            links: person.links.iter().map(Into::into).collect(),
            sources: person.sources.clone(),
            attested_by: person.attested_by.clone(),
            attested_on: person.attested_on.to_string(),
            consent_reference: person.consent.reference.clone(),
            consent_template: person.consent.template,
            consent_display: person.consent.display,
            consent_granted_on: person.consent.granted_on.to_string(),
            hosts: vec![],
        }
    }
}
