//! Rosters as CSV files.

use std::path::Path;

use proto::convert::roster_csv::{NoRoster, rows};
use proto::v1::{AddressList, RosterRow};

use crate::CliError;

/// Every row with its line in the file, and with the lists of addresses beside it that it names. Columns may stand in
/// any order; an unknown or missing one is an error.
pub(crate) fn read(path: &Path) -> Result<Vec<RosterRow>, CliError> {
    let bytes = std::fs::read(path).map_err(CliError::file(path, "read"))?;
    let unreadable = |why: NoRoster| CliError::Roster { path: path.to_owned(), why: why.to_string() };
    let mut rows = rows(&bytes).map_err(unreadable)?;
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

#[cfg(test)]
mod tests {
    use proto::convert::roster_csv::COLUMNS;

    use super::*;

    #[test]
    fn a_roster_without_hosts_and_ends_is_read_and_lists_come_with_their_rows() {
        let folder = tempfile::tempdir().unwrap();
        let may_be_missing = ["hosts", "consent_expires_on"];
        let columns = COLUMNS.into_iter().filter(|column| !may_be_missing.contains(column));
        let columns = columns.collect::<Vec<_>>().join(",");
        let row = "aoi,Aoi,,folder;list=own.txt;list=gone.txt,Studio,2026-01-01,c-1,template,2026-01-02,";
        std::fs::write(folder.path().join("roster.csv"), format!("{columns}\n{row}\n")).unwrap();
        let addresses = "# mine\nhttps://a.example.org/1\n\n  https://a.example.org/2  \n";
        std::fs::write(folder.path().join("own.txt"), addresses).unwrap();
        let rows = read(&folder.path().join("roster.csv")).unwrap();
        assert_eq!((rows[0].hosts.as_str(), rows[0].lists.len()), ("", 1));
        assert_eq!(rows[0].lists[0].addresses, ["https://a.example.org/1", "https://a.example.org/2"]);
    }
}
