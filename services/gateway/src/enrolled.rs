//! A roster's row as operators see it.

use proto::convert::decode;
use proto::convert::roster::consent_stands;
use proto::v1;
use serde::Serialize;
use utoipa::ToSchema;

/// A person who may be collected: the attestation and the consent that stand behind it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "ada", "name": "Ada", "links": [{"label": "Site", "url": "https://example.org/ada"}],
    "sources": ["folder", "search"], "hosts": ["img.example.org"],
    "attested_by": "Example Studio", "attested_on": "2026-01-31",
    "consent": {"reference": "C-0001", "template": true, "display": true, "granted_on": "2026-02-01",
        "expires_on": "2028-02-01", "stands": true}
}))]
pub(crate) struct Enrolled {
    pub(crate) id: String,
    pub(crate) name: String,
    links: Vec<EnrolledLink>,
    /// Where their pictures come from, in the order they are walked.
    sources: Vec<String>,
    /// The only hosts that these may be fetched from.
    hosts: Vec<String>,
    /// Who attested that they are an adult.
    attested_by: String,
    /// When, as a date.
    attested_on: String,
    consent: EnrolledConsent,
}

/// A link shown beside them.
#[derive(Debug, Serialize, ToSchema)]
struct EnrolledLink {
    label: String,
    url: String,
}

/// What they agreed to.
#[derive(Debug, Serialize, ToSchema)]
struct EnrolledConsent {
    /// Where it is filed.
    reference: String,
    /// Faces may be collected and turned into vectors.
    template: bool,
    /// The face may be shown to visitors.
    display: bool,
    /// Since when, as a date.
    granted_on: String,
    /// The first day on which it stands no longer; null where it has no end.
    expires_on: Option<String>,
    /// Whether it stands today.
    stands: bool,
}

impl Enrolled {
    /// The row under `id`; `None` where what stands there cannot be read, and so is as good as nothing.
    pub(crate) fn of(id: &str, value: &[u8]) -> Option<Self> {
        let row = decode::<v1::Enrolment>("Enrolment", value).ok()?;
        let stands = consent_stands(&row, runtime::today());
        Some(Self {
            id: id.to_owned(),
            name: row.name,
            links: row.links.into_iter().map(|v1::Link { label, url }| EnrolledLink { label, url }).collect(),
            sources: row.sources,
            hosts: row.hosts,
            attested_by: row.attested_by,
            attested_on: row.attested_on,
            consent: EnrolledConsent {
                reference: row.consent_reference,
                template: row.consent_template,
                display: row.consent_display,
                granted_on: row.consent_granted_on,
                expires_on: Some(row.consent_expires_on).filter(|end| !end.is_empty()),
                stands,
            },
        })
    }
}
