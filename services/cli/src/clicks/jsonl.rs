//! Clicks as JSON, one a line: `{"sequence":…,"click":{…}}`, the click as `avzeus.v1.ClickRecorded`.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use proto::v1::ClickRecorded;
use serde::{Deserialize, Serialize};

use super::SequencedClick;
use super::log::{Found, Place};
use crate::CliError;

#[derive(Serialize, Deserialize)]
struct Line<C> {
    sequence: u64,
    click: C,
}

/// Gives every line of `file` to `take`, with 0 for their number, which is not known. A line that is JSON but no click is
/// told apart from one that is no JSON: behind that the file is not to be trusted.
pub(super) fn read(file: &Path, take: &mut impl FnMut(Found, u64)) -> Result<(), CliError> {
    let lines = BufReader::new(File::open(file).map_err(CliError::file(file, "read"))?).lines();
    for (number, line) in (1..).zip(lines) {
        let corrupt =
            |why: String| CliError::Clicks { path: file.to_owned(), why: format!("line {number}: {why}") };
        let line = line.map_err(|e| corrupt(e.to_string()))?;
        let Line { sequence, click } =
            serde_json::from_str::<Line<serde_json::Value>>(&line).map_err(|e| corrupt(words(&e)))?;
        let message = serde_json::from_value::<ClickRecorded>(click).map_err(|e| e.to_string());
        take(Found { place: Place::Line(number), sequence, message }, 0);
    }
    Ok(())
}

/// What is wrong in a line, without the place: to the parser every line is the first.
fn words(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.split(" at line ").next().unwrap_or_default().to_owned()
}

/// Writes `clicks` to `file`; `told` hears of every one.
pub(super) fn write(
    file: &Path,
    clicks: &[SequencedClick],
    mut told: impl FnMut(u64),
) -> Result<(), CliError> {
    let failed = || CliError::file(file, "written");
    let mut out = BufWriter::new(File::create(file).map_err(failed())?);
    for (number, SequencedClick { sequence, click }) in (1..).zip(clicks) {
        let line = Line { sequence: *sequence, click: ClickRecorded::from(click) };
        serde_json::to_writer(&mut out, &line).map_err(|e| failed()(e.into()))?;
        out.write_all(b"\n").map_err(failed())?;
        told(number);
    }
    out.flush().map_err(failed())
}
