//! Rosters as CSV files.

use std::path::Path;

use proto::v1::{AddressList, RosterRow};

use crate::CliError;

/// The columns, in order.
pub(crate) const COLUMNS: [&str; 12] = [
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

/// Every row with its line in the file, and with the lists of addresses beside it that it names. Columns may stand in
/// any order; an unknown or missing one is an error.
pub(crate) fn read(path: &Path) -> Result<Vec<RosterRow>, CliError> {
    let bytes = std::fs::read(path).map_err(CliError::file(path, "read"))?;
    let mut rows = parse(&bytes).map_err(|why| CliError::Roster { path: path.to_owned(), why })?;
    for row in &mut rows {
        let named = row.sources.split(';').filter_map(|source| source.trim().strip_prefix("list="));
        // A list that cannot be read is missing from the row, which is refused for it by name.
        row.lists = named.filter_map(|file| list(path, file.trim())).collect();
    }
    Ok(rows)
}

/// The addresses in a text file beside the roster: one a line, with empty lines and # comments between them.
fn list(roster: &Path, file: &str) -> Option<AddressList> {
    let text = std::fs::read_to_string(roster.with_file_name("").join(file)).ok()?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    Some(AddressList { file: file.to_owned(), addresses: lines.map(str::to_owned).collect() })
}

fn parse(bytes: &[u8]) -> Result<Vec<RosterRow>, String> {
    // Spreadsheets put a byte-order mark first.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|e| e.to_string())?.clone();
    let places = COLUMNS.map(|column| header.iter().position(|h| h == column));
    if let Some(missing) =
        (0..COLUMNS.len()).find(|&i| places[i].is_none() && ![HOSTS, EXPIRES].contains(&COLUMNS[i]))
    {
        return Err(format!("column {} is missing from the header", COLUMNS[missing]));
    }
    if let Some(odd) = header.iter().find(|h| !COLUMNS.contains(h)) {
        return Err(format!("column {odd:?} is unknown"));
    }
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|e| e.to_string())?;
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
        let rows = parse(text.as_bytes()).unwrap();
        assert_eq!(
            (rows[0].line, rows[0].id.as_str(), rows[0].consent_scope.as_str()),
            (2, "aoi", "template")
        );
    }

    #[test]
    fn a_roster_without_hosts_and_ends_is_read_and_lists_come_with_their_rows() {
        let folder = tempfile::tempdir().unwrap();
        let columns = COLUMNS
            .into_iter()
            .filter(|column| ![HOSTS, EXPIRES].contains(column))
            .collect::<Vec<_>>()
            .join(",");
        let row = "aoi,Aoi,,folder;list=own.txt;list=gone.txt,Studio,2026-01-01,c-1,template,2026-01-02,";
        std::fs::write(folder.path().join("roster.csv"), format!("{columns}\n{row}\n")).unwrap();
        let addresses = "# mine\nhttps://a.example.org/1\n\n  https://a.example.org/2  \n";
        std::fs::write(folder.path().join("own.txt"), addresses).unwrap();
        let rows = read(&folder.path().join("roster.csv")).unwrap();
        assert_eq!((rows[0].hosts.as_str(), rows[0].lists.len()), ("", 1));
        assert_eq!(rows[0].lists[0].addresses, ["https://a.example.org/1", "https://a.example.org/2"]);
    }

    #[test]
    fn a_file_that_is_no_roster_says_why() {
        assert!(parse(b"id,name\nx,y\n").unwrap_err().contains("column links is missing"));
        let header = format!("{},extra\n", COLUMNS.join(","));
        assert!(parse(header.as_bytes()).unwrap_err().contains("\"extra\" is unknown"));
        let ragged = format!("{}\na,b\n", COLUMNS.join(","));
        assert!(parse(ragged.as_bytes()).is_err());
    }
}
