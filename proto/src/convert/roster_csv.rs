//! Rosters as CSV, the way people write them.

use domain::{Class, Classified};

use crate::v1::RosterRow;

/// The columns, in order.
pub const COLUMNS: [&str; 12] = [
    "id",
    "name",
    "links",
    "sources",
    HOSTS,
    "attested_by",
    "attested_on",
    "consent_reference",
    "consent_scope",
    "consent_granted_on",
    EXPIRES,
    "consent_withdrawn_on",
];

/// The columns that may be missing: nobody on such a roster has pictures on the web, or a consent with an end.
const HOSTS: &str = "hosts";
const EXPIRES: &str = "consent_expires_on";

/// Text that is no roster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRoster {
    /// A column that must be there is not.
    #[error("column {0} is missing from the header")]
    Missing(&'static str),
    /// A column that means nothing here.
    #[error("column {0:?} is unknown")]
    Unknown(String),
    /// It cannot be read as CSV.
    #[error("{0}")]
    Csv(String),
}

/// Always its writer's fault.
impl Classified for NoRoster {
    fn class(&self) -> Class {
        Class::BadInput
    }
}

/// Every row with its line in the text, without the lists of addresses that its sources name. Columns may stand in any
/// order; an unknown or missing one is an error.
pub fn rows(bytes: &[u8]) -> Result<Vec<RosterRow>, NoRoster> {
    // Spreadsheets put a byte-order mark first.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(csv)?.clone();
    let places = COLUMNS.map(|column| header.iter().position(|h| h == column));
    if let Some(missing) =
        (0..COLUMNS.len()).find(|&i| places[i].is_none() && ![HOSTS, EXPIRES].contains(&COLUMNS[i]))
    {
        return Err(NoRoster::Missing(COLUMNS[missing]));
    }
    if let Some(odd) = header.iter().find(|h| !COLUMNS.contains(h)) {
        return Err(NoRoster::Unknown(odd.to_owned()));
    }
    reader
        .records()
        .map(|record| {
            let record = record.map_err(csv)?;
            let line = record.position().map_or(0, |p| p.line() as u32);
            let field = |i: usize| places[i].and_then(|p| record.get(p)).unwrap_or_default().to_owned();
            let [
                id,
                name,
                links,
                sources,
                hosts,
                attested_by,
                attested_on,
                reference,
                scope,
                granted,
                expires,
                withdrawn,
            ] = std::array::from_fn(field);
            Ok(RosterRow {
                line,
                id,
                name,
                links,
                sources,
                hosts,
                lists: Vec::new(),
                attested_by,
                attested_on,
                consent_reference: reference,
                consent_scope: scope,
                consent_granted_on: granted,
                consent_expires_on: expires,
                consent_withdrawn_on: withdrawn,
            })
        })
        .collect()
}

fn csv(error: csv::Error) -> NoRoster {
    NoRoster::Csv(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_line_and_columns_may_be_in_any_order() {
        let mut columns = COLUMNS;
        columns.reverse();
        let text = format!(
            "\u{feff}{}\n,,2026-01-02,template,c-1,2026-01-01,studio,,folder,,Aoi,aoi\n",
            columns.join(",")
        );
        let rows = rows(text.as_bytes()).unwrap();
        assert_eq!(
            (rows[0].line, rows[0].id.as_str(), rows[0].consent_scope.as_str()),
            (2, "aoi", "template")
        );
    }

    #[test]
    fn text_that_is_no_roster_says_why() {
        assert_eq!(rows(b"id,name\nx,y\n"), Err(NoRoster::Missing("links")));
        let header = format!("{},extra\n", COLUMNS.join(","));
        assert_eq!(rows(header.as_bytes()), Err(NoRoster::Unknown("extra".to_owned())));
        let ragged = format!("{}\na,b\n", COLUMNS.join(","));
        assert!(rows(ragged.as_bytes()).is_err());
        assert!(rows(b"").is_err());
    }
}
