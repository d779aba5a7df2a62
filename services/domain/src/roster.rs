//! Who may be collected and shown: attestation and consent (README, "People").

mod date;
mod refusal;
mod source;

use std::collections::HashMap;

pub use jiff::civil::Date;

pub use self::date::DateFault;
use self::date::date;
pub use self::refusal::{RowError, RowFault};
pub use self::source::Source;
use crate::PersonId;
use crate::catalogue::Link;
use crate::hosts::Hosts;

/// Names of columns that several checks speak of.
const SOURCES: &str = "sources";
const HOSTS: &str = "hosts";
const SCOPE: &str = "consent_scope";
const EXPIRES_ON: &str = "consent_expires_on";
const WITHDRAWN_ON: &str = "consent_withdrawn_on";

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
    /// Why the line could not be told apart into cells; empty where it could.
    pub unreadable: String,
}

/// A text file of picture addresses that lay beside the roster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressList {
    /// As `list=` names it.
    pub file: String,
    /// Its addresses, in order.
    pub addresses: Vec<String>,
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

/// Returns the files that `sources`, a cell of a roster, names with `list=FILE`.
pub fn list_files(sources: &str) -> impl Iterator<Item = &str> {
    listed(sources).filter_map(list_file)
}

/// Returns whether a consent that ends on `expires_on`, if it does, stands on the day `today`.
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

/// Checks every row as of `today`, one answer a row. An id that stands twice is refused both times: which of its rows
/// tells the person's will cannot be known. A row that ends their consent counts all the same.
pub fn enrol_all(rows: &[Row], today: Date) -> Vec<Result<Enrolment, RowError>> {
    let mut times = HashMap::new();
    for row in rows {
        *times.entry(row.id.trim()).or_insert(0) += 1;
    }
    let mut checked = Vec::with_capacity(rows.len());
    for row in rows {
        let enrolment = row.enrol(today);
        let ends_consent = matches!(&enrolment, Err(refused) if refused.ends_consent());
        checked.push(match times[row.id.trim()] {
            1 => enrolment,
            _ if ends_consent || row.id.trim().is_empty() => enrolment,
            _ => Err(RowError::new("id", row.id.trim(), RowFault::Repeated)),
        });
    }
    checked
}

impl Enrolment {
    /// Checks that somebody who withdrew `on` a day, and was erased, agreed to it anew since.
    ///
    /// # Errors
    /// When they did not.
    pub fn renews(&self, on: Date) -> Result<(), RowError> {
        let granted_on = self.consent.granted_on;
        if granted_on > on { Ok(()) } else { Err(RowError::erased(granted_on, on)) }
    }
}

impl Row {
    /// Checks attestation, consent and links as of `today`.
    ///
    /// # Errors
    /// With the first cell at fault. A consent that has ended comes before every slip of the pen.
    pub fn enrol(&self, today: Date) -> Result<Enrolment, RowError> {
        if !self.unreadable.is_empty() {
            return Err(RowError::new("", "", RowFault::Line(self.unreadable.clone())));
        }
        let id = filled("id", &self.id)?;
        let id = PersonId::new(id).map_err(|_| RowError::new("id", id, RowFault::Id))?;
        let (display, expires_on) = self.standing(today)?;
        let name = filled("name", &self.name)?.to_owned();
        let attested_by = filled("attested_by", &self.attested_by)?.to_owned();
        let attested_on = past("attested_on", &self.attested_on, today)?;
        let reference = filled("consent_reference", &self.consent_reference)?.to_owned();
        let granted_on = past("consent_granted_on", &self.consent_granted_on, today)?;
        let consent = Consent { reference, template: true, display, granted_on, expires_on };
        let links = listed(&self.links).map(link).collect::<Result<_, _>>()?;
        let sources = self.sources()?;
        let hosts: Hosts =
            self.hosts.parse().map_err(|fault| RowError::new(HOSTS, &self.hosts, RowFault::Host(fault)))?;
        match sources.iter().find(|source| source.is_of_the_web()) {
            Some(source) if hosts.is_empty() => {
                Err(RowError::new(SOURCES, &source.to_string(), RowFault::NoHosts))
            }
            _ => Ok(Enrolment { id, name, links, sources, hosts, attested_by, attested_on, consent }),
        }
    }

    /// Returns the sources in order, each list of addresses in its place.
    fn sources(&self) -> Result<Vec<Source>, RowError> {
        let mut sources = Vec::new();
        for written in listed(&self.sources) {
            let Some(file) = list_file(written) else {
                sources.push(written.parse()?);
                continue;
            };
            let list = self.lists.iter().find(|list| list.file == file);
            let list = list.ok_or_else(|| RowError::new(SOURCES, written, RowFault::List))?;
            for line in &list.addresses {
                match line.parse()? {
                    address @ Source::Address(_) => sources.push(address),
                    _ => return Err(RowError::new(SOURCES, line, RowFault::Source)),
                }
            }
        }
        let characters = sources.iter().map(|source| source.to_string().len()).sum();
        match characters > SOURCES_MOST {
            true => Err(RowError::new(SOURCES, "", RowFault::Sources(characters))),
            false => Ok(sources),
        }
    }

    /// Returns whether consent covers display, and the day on which it will end, if one is written.
    ///
    /// # Errors
    /// When consent has ended or does not cover template, and when a cell that would say so cannot be read.
    fn standing(&self, today: Date) -> Result<(bool, Option<Date>), RowError> {
        let withdrawn_on = self.consent_withdrawn_on.trim();
        if !withdrawn_on.is_empty() {
            // A day that is still to come is taken at its word: they do not want to be shown.
            date(WITHDRAWN_ON, withdrawn_on)?;
            return Err(RowError::new(WITHDRAWN_ON, withdrawn_on, RowFault::Withdrawn));
        }
        let mut end = None;
        if !self.consent_expires_on.trim().is_empty() {
            let day = date(EXPIRES_ON, self.consent_expires_on.trim())?;
            if !stands(Some(day), today) {
                return Err(RowError::new(EXPIRES_ON, self.consent_expires_on.trim(), RowFault::Expired));
            }
            end = Some(day);
        }
        let scope = filled(SCOPE, &self.consent_scope)?;
        let (mut template, mut display) = (false, false);
        for word in scope.split_whitespace() {
            match word.to_ascii_lowercase().as_str() {
                "template" => template = true,
                "display" => display = true,
                _ => return Err(RowError::new(SCOPE, word, RowFault::Scope)),
            }
        }
        if template { Ok((display, end)) } else { Err(RowError::new(SCOPE, scope, RowFault::NoTemplate)) }
    }
}

fn listed(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').map(str::trim).filter(|s| !s.is_empty())
}

fn list_file(source: &str) -> Option<&str> {
    let (word, file) = source.split_once('=')?;
    word.trim().eq_ignore_ascii_case("list").then(|| file.trim())
}

fn filled<'a>(column: &'static str, cell: &'a str) -> Result<&'a str, RowError> {
    let cell = cell.trim();
    if cell.is_empty() { Err(RowError::new(column, "", RowFault::Empty)) } else { Ok(cell) }
}

/// Returns the date in a cell that must be filled with one that is not to come. A day that has begun somewhere on Earth,
/// where it may have been written, counts: the latest clock is a day ahead at most.
fn past(column: &'static str, cell: &str, today: Date) -> Result<Date, RowError> {
    let cell = filled(column, cell)?;
    let date = date(column, cell)?;
    let latest = today.tomorrow().unwrap_or(today);
    if date > latest { Err(RowError::new(column, cell, RowFault::Future)) } else { Ok(date) }
}

fn link(entry: &str) -> Result<Link, RowError> {
    let (label, url) = match entry.split_once('=') {
        // A bare address may hold an equals sign of its own.
        Some((label, url)) if !is_web(label) => (label.trim(), url.trim()),
        _ => (host(entry), entry),
    };
    if !is_web(url) || label.is_empty() {
        return Err(RowError::new("links", entry, RowFault::Link));
    }
    Ok(Link { label: label.to_owned(), url: url.to_owned() })
}

/// Returns whether an address begins with `http://` or `https://`, in small letters or capitals.
fn is_web(url: &str) -> bool {
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web))
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests;
