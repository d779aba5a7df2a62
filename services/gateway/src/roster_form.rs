//! A roster as it comes: as CSV, or as multipart/form-data with the lists of addresses that it names.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use domain::roster::list_files;
use proto::convert::roster_csv::{rows, text};
use proto::v1::{AddressList, RosterRow};

use crate::app::App;
use crate::form;
use crate::json::{media_type, too_large};
use crate::problem::Problem;

/// Largest roster with its lists, in bytes.
pub(crate) const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The field that carries the roster.
const ROSTER: &str = "roster";
/// The fields that carry a list of addresses each, called as the roster calls it.
const LIST: &str = "list";

/// What was sent.
pub(crate) struct RosterForm {
    /// Every row, with the lists that it names and that were sent.
    pub(crate) rows: Vec<RosterRow>,
}

impl FromRequest<Arc<App>> for RosterForm {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (roster, lists) = match media_type(request.headers()).as_str() {
            "text/csv" => (whole(request, app).await?, Vec::new()),
            form::MEDIA_TYPE => parts(request, app).await?,
            _ => {
                let detail = "the body must be a roster, with content-type: text/csv, or multipart/form-data with a \
                              field named roster and a field named list for each list=FILE that it names";
                return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
            }
        };
        let mut rows = rows(&roster).map_err(|why| Problem::of(&why))?;
        for row in &mut rows {
            // A list that was not sent is missing from the row, which is refused for it by name.
            let sent =
                list_files(&row.sources).filter_map(|file| lists.iter().find(|list| list.file == file));
            row.lists = sent.cloned().collect();
        }
        Ok(Self { rows })
    }
}

async fn whole(request: Request, app: &Arc<App>) -> Result<Bytes, Problem> {
    Bytes::from_request(request, app).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(MOST_BYTES),
        _ => Problem::bad_request("the body ended before it was whole"),
    })
}

async fn parts(request: Request, app: &Arc<App>) -> Result<(Bytes, Vec<AddressList>), Problem> {
    let mut parts = form::parts(request, app).await?;
    let broken = |error| form::broken(MOST_BYTES, None, &error);
    let (mut roster, mut lists) = (None, Vec::new());
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        match part.name() {
            Some(ROSTER) => roster = Some(part.bytes().await.map_err(broken)?),
            Some(LIST) => {
                let file = part.file_name().unwrap_or_default().to_owned();
                let bytes = part.bytes().await.map_err(broken)?;
                let text = text(&bytes).map_err(|why| Problem::of(&why).field(LIST))?;
                lists.push(AddressList::of(&file, text));
            }
            _ => {}
        }
    }
    let roster = roster.ok_or_else(|| Problem::bad_request("roster is missing").field(ROSTER))?;
    Ok((roster, lists))
}
