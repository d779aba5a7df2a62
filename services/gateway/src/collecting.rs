//! What the collector tells while it collects, passed on line by line.

use std::convert::Infallible;
use std::future::ready;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use proto::v1;
use proto::v1::collect_progress::Told;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use tonic::Streaming;
use utoipa::ToSchema;

use crate::problem::Problem;

/// What the collector is called in a problem.
pub(crate) const WHO: &str = "collector";

/// One line of what is told. `row`: what became of a row of the roster; `rejected`: something that gave no crop; `count`: how
/// far it is; `summary`: the last line of a run that was done; `unconfirmed`: that of an import which waits for a yes; `problem`:
/// that of a run which was not done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = json!({"row": {"line": 2, "id": "ada", "accepted": true, "taken_off": false}}))]
pub(crate) enum CollectLine {
    Row(RowTold),
    Rejected(RejectedTold),
    Count(CountTold),
    Summary(CountTold),
    Unconfirmed(UnconfirmedTold),
    Problem(Problem),
}

/// The last line of an import that would take more than a tenth of those who are shown off the show. Nothing was changed; the
/// same with `confirmed=true` does it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnconfirmedTold {
    /// Whose consent has ended by this roster, or covers display no longer, by id.
    people: Vec<String>,
    /// People whom visitors may be shown now.
    shown: u32,
}

/// What became of a row.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowTold {
    /// Line of the file, the header being line 1.
    line: u32,
    id: String,
    accepted: bool,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Of the cell at fault; absent where it is the whole row.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<String>,
    /// What stands in that cell, or the part of it that is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// Whether they were on the roster before and are no longer, since consent has ended. By any other refusal they stay.
    taken_off: bool,
}

/// Something that gave no crop.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RejectedTold {
    person: String,
    /// File name, address or source; empty for all of the person's sources.
    source: String,
    /// `no_face`, `duplicate` or `failed` of a picture; `passed_over` of a whole source.
    outcome: String,
    reason: String,
    /// Whether the same again tries it once more.
    tried_again: bool,
}

/// How far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountTold {
    people: u32,
    people_done: u32,
    refused_rows: u32,
    /// Pictures found in the sources so far.
    found: u32,
    /// Crops stored by this run.
    stored: u32,
    /// Pictures whose crop was there already.
    known: u32,
    no_face: u32,
    duplicate: u32,
    failed: u32,
}

/// The rows of a roster, by line, of which nobody has been told yet.
pub(crate) type Rows = Vec<(u32, String)>;

/// An answer that tells `messages` as they come. The collector names the rows that it refuses before it begins to collect: the
/// others of `rows` are accepted from then on.
pub(crate) fn told(
    messages: Streaming<v1::CollectProgress>,
    rows: Rows,
    shutdown: CancellationToken,
) -> Response {
    let lines = messages
        .scan(Some(rows), |rows, message| {
            let lines = match message {
                Ok(message) => message.told.map_or_else(Vec::new, |told| lines(told, rows)),
                Err(status) => vec![CollectLine::Problem(Problem::of_peer(WHO, &status))],
            };
            ready(Some(stream::iter(lines)))
        })
        .flatten()
        .map(|line| {
            let mut text = serde_json::to_vec(&line).unwrap_or_default();
            text.push(b'\n');
            Ok::<_, Infallible>(Bytes::from(text))
        })
        .take_until(shutdown.cancelled_owned());
    // A proxy that gathers answers before it passes them on would gather this one to its end.
    let headers = [(header::CONTENT_TYPE.as_str(), "application/x-ndjson"), ("x-accel-buffering", "no")];
    (headers, Body::from_stream(lines)).into_response()
}

fn lines(told: Told, rows: &mut Option<Rows>) -> Vec<CollectLine> {
    match told {
        Told::Refused(v1::RefusedRow { line, id, reason, column, value, taken_off }) => {
            if let Some(rows) = rows {
                rows.retain(|(other, _)| *other != line);
            }
            let [column, value] = match column.is_empty() {
                true => [None, None],
                false => [Some(column), Some(value)],
            };
            let reason = Some(reason);
            vec![CollectLine::Row(RowTold { line, id, accepted: false, reason, column, value, taken_off })]
        }
        Told::Rejected(v1::Rejection { person, source, outcome, reason, tried_again }) => {
            vec![CollectLine::Rejected(RejectedTold { person, source, outcome, reason, tried_again })]
        }
        Told::Count(count) => {
            let accepted = rows.take().unwrap_or_default().into_iter();
            let accepted = accepted.map(|(line, id)| RowTold {
                line,
                id,
                accepted: true,
                reason: None,
                column: None,
                value: None,
                taken_off: false,
            });
            accepted.map(CollectLine::Row).chain([CollectLine::Count(count.into())]).collect()
        }
        Told::Summary(count) => vec![CollectLine::Summary(count.into())],
        Told::Unconfirmed(v1::Unconfirmed { people, shown }) => {
            vec![CollectLine::Unconfirmed(UnconfirmedTold { people, shown })]
        }
    }
}

impl From<v1::CollectCount> for CountTold {
    fn from(count: v1::CollectCount) -> Self {
        let v1::CollectCount {
            people,
            people_done,
            refused_rows,
            found,
            stored,
            known,
            no_face,
            duplicate,
            failed,
        } = count;
        Self { people, people_done, refused_rows, found, stored, known, no_face, duplicate, failed }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(told: Told, rows: &mut Option<Rows>) -> Value {
        serde_json::to_value(lines(told, rows)).unwrap()
    }

    #[test]
    fn rows_are_accepted_that_were_not_refused_before_collecting_began() {
        let mut rows = Some(vec![(2, "ada".to_owned()), (3, "bo".to_owned())]);
        let refused = v1::RefusedRow {
            line: 3,
            id: "bo".into(),
            reason: "name is empty".into(),
            column: "name".into(),
            ..Default::default()
        };
        let row = json!([{"row": {"line": 3, "id": "bo", "accepted": false, "reason": "name is empty",
                                  "column": "name", "value": "", "taken_off": false}}]);
        assert_eq!(told(Told::Refused(refused), &mut rows), row);
        let count = v1::CollectCount { people: 1, refused_rows: 1, ..Default::default() };
        let first = told(Told::Count(count), &mut rows);
        assert_eq!(first[0], json!({"row": {"line": 2, "id": "ada", "accepted": true, "taken_off": false}}));
        assert_eq!((&first[1]["count"]["people"], first.as_array().unwrap().len()), (&json!(1), 2));
        assert_eq!(told(Told::Count(count), &mut rows).as_array().unwrap().len(), 1, "they are told once");
    }
}
