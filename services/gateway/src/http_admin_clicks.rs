//! `GET /api/v1/admin/clicks.parquet` and `.jsonl`: recorded clicks to take away, made part by part as they are sent.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bus::BusError;
use futures::stream::try_unfold;
use policies::PoliciesError;
use policies::clicks::{Export, Format, Moment, Range, SequencedClick, StreamReader};
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::spawn_blocking;
use utoipa::IntoParams;

use crate::app::App;
use crate::http_admin_dead_letters::LAST_CURSOR;
use crate::problem::Problem;

/// Where they are.
pub(crate) const PARQUET: &str = "/api/v1/admin/clicks.parquet";
pub(crate) const JSONL: &str = "/api/v1/admin/clicks.jsonl";

/// Longest wait for the next click of the stream: they all lie there.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which clicks.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Between {
    /// Sequence of the first click; the first there is without it.
    #[param(minimum = 1, maximum = 9007199254740991i64)]
    from: Option<u64>,
    /// Sequence of the last one; the last there is without it.
    #[param(minimum = 1, maximum = 9007199254740991i64)]
    to: Option<u64>,
}

/// Clicks with their impressions as Parquet: a row a click, as `avzeus clicks export` writes it.
#[utoipa::path(get, path = "/api/v1/admin/clicks.parquet", operation_id = "clicksAsParquet", params(Between),
    security(("operator" = [])), responses(
    (status = 200, content_type = "application/vnd.apache.parquet", description = "the file"),
    (status = 400, body = Problem, content_type = "application/problem+json", description = "no such clicks"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "too many at once"),
))]
pub(crate) async fn parquet(
    State(app): State<Arc<App>>,
    between: Result<Query<Between>, QueryRejection>,
) -> Result<Response, Problem> {
    download(&app, between, Format::Parquet, "application/vnd.apache.parquet", "clicks.parquet").await
}

/// Clicks with their impressions as JSON, a click a line.
#[utoipa::path(get, path = "/api/v1/admin/clicks.jsonl", operation_id = "clicksAsJsonLines", params(Between),
    security(("operator" = [])), responses(
    (status = 200, content_type = "application/x-ndjson", description = "the file"),
    (status = 400, body = Problem, content_type = "application/problem+json", description = "no such clicks"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "too many at once"),
))]
pub(crate) async fn jsonl(
    State(app): State<Arc<App>>,
    between: Result<Query<Between>, QueryRejection>,
) -> Result<Response, Problem> {
    download(&app, between, Format::Jsonl, "application/x-ndjson", "clicks.jsonl").await
}

async fn download(
    app: &App,
    between: Result<Query<Between>, QueryRejection>,
    format: Format,
    content_type: &'static str,
    name: &str,
) -> Result<Response, Problem> {
    let Query(Between { from, to }) =
        between.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
    if [from, to].into_iter().flatten().any(|sequence| !(1..=LAST_CURSOR).contains(&sequence)) {
        let detail = format!("from and to are sequences of the stream, 1 to {LAST_CURSOR}");
        return Err(Problem::bad_request(detail));
    }
    let range = Range { from: from.map(Moment::Sequence), to: to.map(Moment::Sequence) };
    let reader = StreamReader::open(&app.bus, range).await.map_err(|e| Problem::of(&e))?;
    let place = app.judging.download(reader.sequences())?;
    let export = Export::new(format).map_err(|e| Problem::of(&e))?;
    let file = File { reader, export: Some(export), _place: place };
    let body = Body::from_stream(try_unfold(file, File::part));
    let named = format!("attachment; filename=\"{name}\"");
    Ok(([(header::CONTENT_TYPE, content_type), (header::CONTENT_DISPOSITION, named.as_str())], body)
        .into_response())
}

/// A download under way; it has its place until the body is sent or nobody wants it any more.
struct File {
    reader: StreamReader,
    /// Taken by the last part.
    export: Option<Export>,
    _place: OwnedSemaphorePermit,
}

impl File {
    /// The next bytes of the file, and what is left of it. Whoever reads slowly is read for slowly.
    async fn part(mut self) -> Result<Option<(Bytes, Self)>, PoliciesError> {
        let Some(mut export) = self.export.take() else { return Ok(None) };
        let clicks = self.clicks().await?;
        if clicks.is_empty() {
            let last = export.end()?;
            return Ok((!last.is_empty()).then_some((last, self)));
        }
        let encoded = spawn_blocking(move || export.take(&clicks).map(|bytes| (bytes, export))).await;
        let (bytes, export) = encoded.map_err(|panic| PoliciesError::Panicked(panic.to_string()))??;
        self.export = Some(export);
        Ok(Some((bytes, self)))
    }

    /// As many clicks as go out together; none at the end.
    async fn clicks(&mut self) -> Result<Vec<SequencedClick>, PoliciesError> {
        let mut clicks = Vec::new();
        while clicks.len() < Export::TOGETHER {
            let next = tokio::time::timeout(PATIENCE, self.reader.next()).await;
            match next.map_err(|_| BusError::Disconnected)? {
                Some(click) => clicks.push(click),
                None => break,
            }
        }
        Ok(clicks)
    }
}
