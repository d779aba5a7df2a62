//! Who may be collected and shown: attestation and consent (README, "People").

use std::collections::HashMap;
use std::fmt;

pub use jiff::civil::Date;

use crate::catalogue::Link;
use crate::hosts::{HostError, Hosts};
use crate::{IdError, PersonId};

/// Most characters that one person's sources may have in all, those of their lists of addresses included.
const SOURCES_MOST: usize = 500_000;

/// One row of the roster as it was written, every field as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// `[a-z0-9-]{1,64}`.
    pub id: String,
    /// Display name.
    pub name: String,
    /// `;`-separated `label=url` or bare URLs.
    pub links: String,
    /// `;`-separated [`Source`]s; `list=FILE` stands for the addresses in one of `lists`.
    pub sources: String,
    /// `;`-separated hosts that pictures may be fetched from.
    pub hosts: String,
    /// The lists of addresses that `sources` names.
    pub lists: Vec<AddressList>,
    /// Who attested that the person is an adult.
    pub attested_by: String,
    /// When, as YYYY-MM-DD.
    pub attested_on: String,
    /// Where the consent is filed.
    pub consent_reference: String,
    /// `template`, `display` or both, separated by a space.
    pub consent_scope: String,
    /// YYYY-MM-DD.
    pub consent_granted_on: String,
    /// YYYY-MM-DD, or empty where consent was given without an end.
    pub consent_expires_on: String,
    /// YYYY-MM-DD, or empty while consent stands.
    pub consent_withdrawn_on: String,
}

/// A text file of picture addresses that lay beside the roster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressList {
    /// As `list=` names it.
    pub file: String,
    /// Its addresses, in order.
    pub addresses: Vec<String>,
}

/// Where pictures of a person are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `folder`: the files of `photos/<id>/` beside the roster.
    Folder,
    /// `search` or `search=QUERY`: what the image search page finds for the query; without one, for the
    /// configured words about the person's name.
    Search(Option<String>),
    /// The http or https address of one picture.
    Address(String),
}

impl Source {
    /// Whether it reaches beyond the collector's own disk.
    pub fn is_of_the_web(&self) -> bool {
        !matches!(self, Self::Folder)
    }
}

/// As it is written on a roster.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder => f.write_str("folder"),
            Self::Search(None) => f.write_str("search"),
            Self::Search(Some(query)) => write!(f, "search={query}"),
            Self::Address(address) => f.write_str(address),
        }
    }
}

impl std::str::FromStr for Source {
    type Err = RowError;

    fn from_str(written: &str) -> Result<Self, RowError> {
        let written = written.trim();
        match written.split_once('=') {
            _ if is_web(written) => Ok(Self::Address(written.to_owned())),
            None if written == "folder" => Ok(Self::Folder),
            None if written == "search" => Ok(Self::Search(None)),
            Some(("search", query)) if !query.trim().is_empty() => {
                Ok(Self::Search(Some(query.trim().to_owned())))
            }
            _ => Err(RowError::Source(written.to_owned())),
        }
    }
}

/// What a person agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Where it is filed.
    pub reference: String,
    /// Faces may be collected and turned into vectors.
    pub template: bool,
    /// The face may be shown to visitors.
    pub display: bool,
    /// Since when.
    pub granted_on: Date,
    /// The first day on which it stands no longer; `None` where it has no end.
    pub expires_on: Option<Date>,
}

/// Whether a consent that ends on `expires_on`, if it does, stands on the day `today`.
pub fn stands(expires_on: Option<Date>, today: Date) -> bool {
    expires_on.is_none_or(|end| today < end)
}

/// A person who may be collected: a row that passed every check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Roster id.
    pub id: PersonId,
    /// Display name.
    pub name: String,
    /// Shown beside the name.
    pub links: Vec<Link>,
    /// Image sources, in the order they are walked.
    pub sources: Vec<Source>,
    /// The only hosts that their pictures are fetched from.
    pub hosts: Hosts,
    /// Who attested adult status.
    pub attested_by: String,
    /// When.
    pub attested_on: Date,
    /// What they agreed to.
    pub consent: Consent,
}

/// Why a row was refused. Nothing is fetched for a refused row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// The id is no safe name.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A field that must be filled is empty.
    #[error("{0} is empty")]
    Missing(&'static str),
    /// A date that is none.
    #[error("{field} {value:?} is not a date like 2026-01-31")]
    Date {
        /// Column.
        field: &'static str,
        /// What stands there.
        value: String,
    },
    /// Attested or granted after today.
    #[error("{field} {value} lies in the future")]
    Future {
        /// Column.
        field: &'static str,
        /// The date.
        value: Date,
    },
    /// A scope other than template and display.
    #[error("consent_scope {0:?} may hold template and display only")]
    Scope(String),
    /// Consent does not cover making a template.
    #[error("consent does not cover template, so no picture may be collected")]
    NoTemplate,
    /// Consent was withdrawn.
    #[error("consent was withdrawn on {0}")]
    Withdrawn(Date),
    /// Consent had an end.
    #[error("consent expired on {0}")]
    Expired(Date),
    /// Everything about them was erased, and nothing says that they want it back.
    #[error(
        "they withdrew on {0} and everything about them was erased; a new consent, granted after that day, enrols them again"
    )]
    Erased(Date),
    /// An id that several rows carry.
    #[error("id {0:?} stands in the roster more than once")]
    Repeated(String),
    /// A link that is neither http nor https.
    #[error("link {0:?} must be an http or https address, with an optional label= before it")]
    Link(String),
    /// A source that is none.
    #[error("source {0:?} must be folder, search, search=QUERY, list=FILE or an http or https address")]
    Source(String),
    /// A list of addresses that did not come with the row.
    #[error("list {0:?} is no text file beside the roster")]
    List(String),
    /// Pictures from the web, and no word on where from.
    #[error("source {0:?} reaches the web: name the hosts its pictures may be fetched from in column hosts")]
    NoHosts(String),
    /// A host that is none.
    #[error(transparent)]
    Host(#[from] HostError),
    /// More addresses than a person's pictures can need.
    #[error("the sources have {0} characters in all, the most is {SOURCES_MOST}; shorten the lists")]
    Sources(usize),
}

/// Checks every row as of `today`, one answer a row. An id that stands twice is refused both times: which of
/// its rows tells the person's will cannot be known.
pub fn enrol_all(rows: &[Row], today: Date) -> Vec<Result<Enrolment, RowError>> {
    let mut times = HashMap::new();
    for row in rows {
        *times.entry(row.id.trim()).or_insert(0) += 1;
    }
    let enrol = |row: &Row| match times[row.id.trim()] {
        1 => row.enrol(today),
        _ => Err(RowError::Repeated(row.id.clone())),
    };
    rows.iter().map(enrol).collect()
}

impl Enrolment {
    /// Whether somebody who withdrew `on` a day, and was erased, agreed to it anew since.
    pub fn renews(&self, on: Date) -> Result<(), RowError> {
        if self.consent.granted_on > on { Ok(()) } else { Err(RowError::Erased(on)) }
    }
}

impl Row {
    /// Checks attestation, consent and links as of `today`.
    pub fn enrol(&self, today: Date) -> Result<Enrolment, RowError> {
        let id = PersonId::new(self.id.trim())?;
        let name = filled("name", &self.name)?;
        let attested_by = filled("attested_by", &self.attested_by)?;
        let attested_on = past("attested_on", &self.attested_on, today)?;
        let consent = self.consent(today)?;
        let links = listed(&self.links).map(link).collect::<Result<_, _>>()?;
        let sources = self.sources()?;
        let hosts: Hosts = self.hosts.parse()?;
        match sources.iter().find(|source| source.is_of_the_web()) {
            Some(source) if hosts.is_empty() => Err(RowError::NoHosts(source.to_string())),
            _ => Ok(Enrolment { id, name, links, sources, hosts, attested_by, attested_on, consent }),
        }
    }

    /// The sources in order, each list of addresses in its place.
    fn sources(&self) -> Result<Vec<Source>, RowError> {
        let mut sources = Vec::new();
        for written in listed(&self.sources) {
            let Some(("list", file)) = written.split_once('=') else {
                sources.push(written.parse()?);
                continue;
            };
            let list = self.lists.iter().find(|list| list.file == file.trim());
            let list = list.ok_or_else(|| RowError::List(file.trim().to_owned()))?;
            let address = |line: &String| match line.parse()? {
                address @ Source::Address(_) => Ok(address),
                _ => Err(RowError::Source(line.clone())),
            };
            sources.extend(list.addresses.iter().map(address).collect::<Result<Vec<_>, _>>()?);
        }
        let characters = sources.iter().map(|source| source.to_string().len()).sum();
        if characters > SOURCES_MOST { Err(RowError::Sources(characters)) } else { Ok(sources) }
    }

    fn consent(&self, today: Date) -> Result<Consent, RowError> {
        let reference = filled("consent_reference", &self.consent_reference)?;
        let scope = filled("consent_scope", &self.consent_scope)?;
        let granted_on = past("consent_granted_on", &self.consent_granted_on, today)?;
        if !self.consent_withdrawn_on.trim().is_empty() {
            return Err(RowError::Withdrawn(date("consent_withdrawn_on", &self.consent_withdrawn_on)?));
        }
        if let Some(odd) = scope.split_whitespace().find(|s| !matches!(*s, "template" | "display")) {
            return Err(RowError::Scope(odd.to_owned()));
        }
        let covers = |what: &str| scope.split_whitespace().any(|s| s == what);
        if !covers("template") {
            return Err(RowError::NoTemplate);
        }
        let expires_on = self.consent_expires_on.trim();
        let expires_on = match expires_on.is_empty() {
            true => None,
            false => Some(date("consent_expires_on", expires_on)?),
        };
        match expires_on.filter(|_| !stands(expires_on, today)) {
            Some(end) => Err(RowError::Expired(end)),
            None => {
                Ok(Consent { reference, template: true, display: covers("display"), granted_on, expires_on })
            }
        }
    }
}

fn listed(field: &str) -> impl Iterator<Item = &str> {
    field.split(';').map(str::trim).filter(|s| !s.is_empty())
}

fn filled(field: &'static str, value: &str) -> Result<String, RowError> {
    let value = value.trim();
    if value.is_empty() { Err(RowError::Missing(field)) } else { Ok(value.to_owned()) }
}

fn date(field: &'static str, value: &str) -> Result<Date, RowError> {
    let value = filled(field, value)?;
    value.parse().map_err(|_| RowError::Date { field, value })
}

fn past(field: &'static str, value: &str, today: Date) -> Result<Date, RowError> {
    let value = date(field, value)?;
    if value > today { Err(RowError::Future { field, value }) } else { Ok(value) }
}

fn link(entry: &str) -> Result<Link, RowError> {
    let (label, url) = match entry.split_once('=') {
        // A bare address may hold an equals sign of its own.
        Some((label, url)) if !is_web(label) => (label.trim(), url.trim()),
        _ => (host(entry), entry),
    };
    if !is_web(url) || label.is_empty() {
        return Err(RowError::Link(entry.to_owned()));
    }
    Ok(Link { label: label.to_owned(), url: url.to_owned() })
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests;
