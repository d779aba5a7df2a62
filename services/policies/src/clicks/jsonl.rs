//! Clicks as JSON, one a line: `{"sequence":…,"click":{…}}`, the click as `avzeus.v1.ClickRecorded`. `CLICKS.md` tells every
//! part of it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use bytes::Bytes;
use proto::v1::{Arm, ClickRecorded, Impression, SlateEntry};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::SequencedClick;
use super::sieve::{Found, Place};
use crate::PoliciesError;

/// What editors and spreadsheets put before the first line.
const BYTE_ORDER_MARK: char = '\u{feff}';

#[derive(Serialize, Deserialize)]
struct Line<C> {
    sequence: u64,
    click: C,
}

/// Gives every line of `file` to `take`, with 0 for their number, which is not known; empty lines are none. A line that is
/// JSON but no click is told apart from one that is no JSON: behind that the file is not to be trusted.
pub(super) fn read(file: &Path, take: &mut impl FnMut(Found, u64)) -> Result<(), PoliciesError> {
    let lines = BufReader::new(File::open(file).map_err(PoliciesError::file(file, "read"))?).lines();
    let whole = whole()?;
    for (number, line) in (1..).zip(lines) {
        let corrupt = |why: String| PoliciesError::Clicks {
            path: file.to_owned(),
            why: format!("line {number}: {why}"),
        };
        let line = line.map_err(|e| corrupt(e.to_string()))?;
        let line = if number == 1 { line.trim_start_matches(BYTE_ORDER_MARK) } else { &line };
        if line.trim().is_empty() {
            continue;
        }
        let Line { sequence, click } =
            serde_json::from_str::<Line<Value>>(line).map_err(|e| corrupt(words(&e)))?;
        let message = match missing(&click, &whole) {
            Some(way) => Err(format!("click{way} is missing or null")),
            None => serde_json::from_value::<ClickRecorded>(click).map_err(|e| e.to_string()),
        };
        take(Found { place: Place::Line(number), sequence, message }, 0);
    }
    Ok(())
}

/// A click with every part that one has, for the names of the parts.
fn whole() -> serde_json::Result<Value> {
    let slate = vec![SlateEntry::default()];
    let impression = Impression { slate, arms: vec![Arm::default()], ..Impression::default() };
    serde_json::to_value(ClickRecorded { impression: Some(impression), ..ClickRecorded::default() })
}

/// The way to the first part of `whole` that is not in `found`: as a message of protobuf, what is left out would be 0.
fn missing(found: &Value, whole: &Value) -> Option<String> {
    match (found, whole) {
        (Value::Null, _) => Some(String::new()),
        (Value::Object(found), Value::Object(whole)) => whole.iter().find_map(|(key, part)| {
            let way = missing(found.get(key).unwrap_or(&Value::Null), part)?;
            Some(format!(".{key}{way}"))
        }),
        (Value::Array(found), Value::Array(whole)) => {
            let part = whole.first().unwrap_or(&Value::Bool(true));
            found.iter().enumerate().find_map(|(place, found)| {
                let way = missing(found, part)?;
                Some(format!("[{place}]{way}"))
            })
        }
        _ => None,
    }
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
