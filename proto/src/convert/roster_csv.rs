//! Rosters as CSV, the way people and spreadsheets write them.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use csv::StringRecord;
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

/// What may stand between two cells: spreadsheets write a semicolon where the comma is the decimal mark.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// Text that is no roster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRoster {
    /// A column that must be there is not.
    #[error("column {0} is missing from the header")]
    Missing(&'static str),
    /// A column that means nothing here.
    #[error("column {0:?} is unknown; take it out")]
    Unknown(String),
    /// Which of the two counts cannot be known.
    #[error("column {0} stands in the header more than once; leave the one that counts")]
    Repeated(&'static str),
    /// A header alone.
    #[error("there are no rows below the header")]
    NoRows,
    /// Bytes in another encoding.
    #[error("it is not written in UTF-8, it looks like {0}; save it as CSV in UTF-8")]
    Encoding(&'static str),
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

/// Returns every row with its line in the text, without the lists of addresses that its sources name.
///
/// Columns may stand in any order. Rows and columns in which nothing stands are passed over. A line with other cells than
/// the header has is a row that says so.
///
/// # Errors
/// When the text is in another encoding than UTF-8, or when its header is not that of a roster.
pub fn rows(bytes: &[u8]) -> Result<Vec<RosterRow>, NoRoster> {
    let text = text(bytes)?;
    let mut reader = csv::ReaderBuilder::new();
    let mut reader =
        reader.trim(csv::Trim::All).flexible(true).delimiter(separator(text)).from_reader(text.as_bytes());
    let header = reader.headers().map_err(csv)?;
    let (columns, places) = (header.len(), places(header)?);
    let mut rows = Vec::new();
    let mut lines = Lines::default();
    for record in reader.records() {
        let record = record.map_err(csv)?;
        let line = lines.of(text, record.position().map_or(0, |position| position.byte() as usize));
        if record.iter().any(|cell| !cell.is_empty()) {
            rows.push(row(&record, line, columns, &places));
        }
    }
    if rows.is_empty() { Err(NoRoster::NoRows) } else { Ok(rows) }
}

/// Returns the text that `bytes` are in UTF-8, with or without the byte-order mark that spreadsheets put first.
///
/// # Errors
/// When they are in another encoding; which one it looks like.
pub fn text(bytes: &[u8]) -> Result<&str, NoRoster> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(NoRoster::Encoding("UTF-16"));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|_| {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
        detector.feed(bytes, true);
        NoRoster::Encoding(detector.guess(None, Utf8Detection::Deny).name())
    })
}

/// Returns what stands between the cells of the header.
fn separator(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let mut best = (0, SEPARATORS[0]);
    for separator in SEPARATORS {
        let cells = header.split(separator as char);
        let known =
            cells.filter(|cell| COLUMNS.contains(&column_name(cell.trim_matches('"')).as_str())).count();
        if known > best.0 {
            best = (known, separator);
        }
    }
    best.1
}

fn column_name(cell: &str) -> String {
    cell.trim().to_ascii_lowercase()
}

/// The place of each of [`COLUMNS`] in a row; none for one that is not there.
type Places = [Option<usize>; COLUMNS.len()];

fn places(header: &StringRecord) -> Result<Places, NoRoster> {
    let mut places = [None; COLUMNS.len()];
    for (place, cell) in header.iter().enumerate() {
        let name = column_name(cell);
        if name.is_empty() {
            continue;
        }
        let Some(column) = COLUMNS.iter().position(|column| *column == name) else {
            return Err(NoRoster::Unknown(cell.to_owned()));
        };
        if places[column].replace(place).is_some() {
            return Err(NoRoster::Repeated(COLUMNS[column]));
        }
    }
    for (column, place) in COLUMNS.into_iter().zip(places) {
        if place.is_none() && ![HOSTS, EXPIRES].contains(&column) {
            return Err(NoRoster::Missing(column));
        }
    }
    Ok(places)
}

/// Counts the lines of a text. The csv crate's own count is one too low where lines end in CR LF, as spreadsheets write
/// them: it takes a record's place before it has read the LF in front of it.
#[derive(Default)]
struct Lines {
    /// Bytes looked at.
    until: usize,
    /// Line feeds among them.
    feeds: u32,
}

impl Lines {
    /// Returns the line on which the record stands whose first byte is at `byte` of `text`, or behind what ends the line
    /// before it. Asked in the order of the records; the first line is 1.
    fn of(&mut self, text: &str, byte: usize) -> u32 {
        let bytes = text.as_bytes();
        let ends_line = |at: usize| bytes.get(at).is_some_and(|byte| [b'\r', b'\n'].contains(byte));
        let mut start = byte;
        while ends_line(start) {
            start += 1;
        }
        self.feeds += bytes[self.until..start].iter().filter(|byte| **byte == b'\n').count() as u32;
        self.until = start;
        self.feeds + 1
    }
}

fn row(record: &StringRecord, line: u32, columns: usize, places: &Places) -> RosterRow {
    let cell =
        |column: usize| places[column].and_then(|place| record.get(place)).unwrap_or_default().to_owned();
    let [
        id,
        name,
        links,
        sources,
        hosts,
        attested_by,
        attested_on,
        consent_reference,
        consent_scope,
        consent_granted_on,
        consent_expires_on,
        consent_withdrawn_on,
    ] = std::array::from_fn(cell);
    RosterRow {
        line,
        id,
        name,
        links,
        sources,
        hosts,
        lists: Vec::new(),
        attested_by,
        attested_on,
        consent_reference,
        consent_scope,
        consent_granted_on,
        consent_expires_on,
        consent_withdrawn_on,
        unreadable: unreadable(record, columns, places).unwrap_or_default(),
    }
}

/// Returns why the cells of a line cannot be told apart by a header of so many `columns`.
fn unreadable(record: &StringRecord, columns: usize, places: &Places) -> Option<String> {
    let cells = record.len();
    let needed = places.iter().flatten().max().map_or(0, |last| last + 1);
    if cells < needed {
        // Empty cells at the end might be meant; so might a line that was cut off.
        let commas = "leave empty cells between their commas, those at the end too";
        return Some(format!("the row has {cells} cells where the header has {needed}; {commas}"));
    }
    // A comma too many moves what stands behind it: a consent's end would be read as a withdrawal.
    let quotes = "a cell that holds a comma must stand in quotes";
    if cells > columns {
        return Some(format!("the row has {cells} cells where the header has {columns}; {quotes}"));
    }
    for (place, cell) in record.iter().enumerate() {
        if !cell.is_empty() && !places.contains(&Some(place)) {
            return Some(format!("{cell:?} stands in cell {} and no column is there; {quotes}", place + 1));
        }
    }
    None
}

fn csv(error: csv::Error) -> NoRoster {
    NoRoster::Csv(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = "aoi,Aoi,,folder,,Studio,2026-01-01,c-1,template,2026-01-02,,";

    fn roster(rows: &[&str]) -> String {
        format!("{}\n{}\n", COLUMNS.join(","), rows.join("\n"))
    }

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
    fn what_spreadsheets_add_and_write_otherwise_changes_nothing() {
        let plain = rows(roster(&[ROW]).as_bytes()).unwrap();
        let header = COLUMNS.join(",");
        let empty = ",".repeat(COLUMNS.len() - 1);
        for text in [
            format!("{header},,\r\n{ROW},,\r\n{empty},,\r\n\r\n,,\r\n"),
            format!("{}\n{ROW}\n", header.to_ascii_uppercase()),
            format!("{}\n{}\n", header.replace(',', ";"), ROW.replace(',', ";")),
            format!("{}\n{}\n", header.replace(',', "\t"), ROW.replace(',', "\t")),
            format!("\"{}\"\n{ROW}\n", header.replace(',', "\",\"")),
        ] {
            assert_eq!(rows(text.as_bytes()), Ok(plain.clone()), "{text}");
        }
    }

    #[test]
    fn rows_are_counted_as_a_spreadsheet_shows_them_however_lines_end() {
        let [bo, cy] = ["bo", "cy"].map(|id| ROW.replace("aoi", id));
        let quoted = ROW.replace("Aoi", "\"Aoi\nTanaka\"");
        let text = format!("{}\n{ROW}\n\n{quoted}\n{bo}\n{cy}", COLUMNS.join(","));
        for text in [text.clone(), text.replace('\n', "\r\n")] {
            let lines: Vec<u32> = rows(text.as_bytes()).unwrap().iter().map(|row| row.line).collect();
            assert_eq!(lines, [2, 4, 6, 7]);
        }
    }

    #[test]
    fn a_line_with_other_cells_than_the_header_is_refused_alone() {
        let comma = ROW.replace("Aoi", "Tanaka, Aoi");
        let rows = rows(roster(&["bo,Bo", ROW, &comma]).as_bytes()).unwrap();
        assert_eq!((rows[0].line, rows[0].id.as_str()), (2, "bo"));
        assert!(rows[0].unreadable.starts_with("the row has 2 cells where the header has 12"));
        assert_eq!(rows[1].unreadable, "");
        assert!(rows[2].unreadable.starts_with("the row has 13 cells where the header has 12"));
        let beside = format!("{},\n{ROW},x\n", COLUMNS.join(","));
        let beside = super::rows(beside.as_bytes()).unwrap();
        assert!(beside[0].unreadable.starts_with("\"x\" stands in cell 13 and no column is there"));
    }

    #[test]
    fn text_that_is_no_roster_says_why() {
        assert_eq!(rows(b"id,name\nx,y\n"), Err(NoRoster::Missing("links")));
        let header = format!("{},extra\n", COLUMNS.join(","));
        assert_eq!(rows(header.as_bytes()), Err(NoRoster::Unknown("extra".to_owned())));
        let twice = format!("{},Attested_On\n", COLUMNS.join(","));
        assert_eq!(rows(twice.as_bytes()), Err(NoRoster::Repeated("attested_on")));
        assert_eq!(rows(roster(&[]).as_bytes()), Err(NoRoster::NoRows));
        assert!(rows(b"").is_err());
    }

    #[test]
    fn another_encoding_is_named_for_what_it_looks_like() {
        let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode("田中あおいと鈴木さくら、東京の写真館");
        assert_eq!(rows(&shift_jis), Err(NoRoster::Encoding("Shift_JIS")));
        let utf16: Vec<u8> = "\u{feff}id,name".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(rows(&utf16), Err(NoRoster::Encoding("UTF-16")));
        let latin = [&b"id,name\nzo"[..], b"\xeb", b",Zo", b"\xeb", b" Garc", b"\xed", b"a\n"].concat();
        assert_eq!(rows(&latin), Err(NoRoster::Encoding("windows-1252")));
    }
}
