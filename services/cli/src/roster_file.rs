//! Rosters as CSV files.

use std::io::Read as _;
use std::path::Path;

use domain::roster::list_files;
use proto::convert::roster_csv::{NoRoster, rows, text};
use proto::v1::{AddressList, RosterRow};

use crate::CliError;

/// What stands for the standard input where a roster is named.
pub(crate) const STANDARD_INPUT: &str = "-";

/// Returns every row with its line in the file, and with the lists of addresses beside it that it names.
pub(crate) fn read(path: &Path) -> Result<Vec<RosterRow>, CliError> {
    let mut bytes = Vec::new();
    if path == Path::new(STANDARD_INPUT) {
        std::io::stdin().read_to_end(&mut bytes).map_err(CliError::file(path, "read"))?;
    } else {
        bytes = std::fs::read(path).map_err(CliError::file(path, "read"))?;
    }
    let unreadable = |why: NoRoster| CliError::Roster { path: path.to_owned(), why: why.to_string() };
    let mut rows = rows(&bytes).map_err(unreadable)?;
    for row in &mut rows {
        // A list that cannot be read is missing from the row, which is refused for it by name.
        row.lists = list_files(&row.sources).filter_map(|file| list(path, file)).collect();
    }
    Ok(rows)
}

/// Returns the addresses in a text file beside the roster.
fn list(roster: &Path, file: &str) -> Option<AddressList> {
    let bytes = std::fs::read(roster.with_file_name("").join(file)).ok()?;
    Some(AddressList::of(file, text(&bytes).ok()?))
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
        let addresses = "\u{feff}# mine\r\nhttps://a.example.org/1\n\n  https://a.example.org/2  \n";
        std::fs::write(folder.path().join("own.txt"), addresses).unwrap();
        let rows = read(&folder.path().join("roster.csv")).unwrap();
        assert_eq!((rows[0].hosts.as_str(), rows[0].lists.len()), ("", 1));
        assert_eq!(rows[0].lists[0].addresses, ["https://a.example.org/1", "https://a.example.org/2"]);
    }
}
