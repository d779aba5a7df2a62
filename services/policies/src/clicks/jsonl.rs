//! Clicks as JSON, one a line: `{"sequence":…,"click":{…}}`, the click as `avzeus.v1.ClickRecorded`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use bytes::Bytes;
use proto::v1::ClickRecorded;
use serde::{Deserialize, Serialize};

use super::SequencedClick;
use super::sieve::{Found, Place};
use crate::PoliciesError;

#[derive(Serialize, Deserialize)]
struct Line<C> {
    sequence: u64,
    click: C,
}

/// Gives every line of `file` to `take`, with 0 for their number, which is not known. A line that is JSON but no click is
/// told apart from one that is no JSON: behind that the file is not to be trusted.
pub(super) fn read(file: &Path, take: &mut impl FnMut(Found, u64)) -> Result<(), PoliciesError> {
    let lines = BufReader::new(File::open(file).map_err(PoliciesError::file(file, "read"))?).lines();
    for (number, line) in (1..).zip(lines) {
        let corrupt = |why: String| PoliciesError::Clicks {
            path: file.to_owned(),
            why: format!("line {number}: {why}"),
        };
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

/// `clicks`, a line each.
pub(super) fn lines(clicks: &[SequencedClick]) -> serde_json::Result<Bytes> {
    let mut lines = Vec::new();
    for SequencedClick { sequence, click } in clicks {
        let line = Line { sequence: *sequence, click: ClickRecorded::from(click) };
        serde_json::to_writer(&mut lines, &line)?;
        lines.push(b'\n');
    }
    Ok(lines.into())
}
