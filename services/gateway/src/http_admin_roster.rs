//! `GET` and `POST /api/v1/admin/roster`: who may be collected and shown; and more of them, as CSV.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use bus::Bucket;
use proto::v1::ImportRosterRequest;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::collecting::{self, CollectLine};
use crate::enrolled::Enrolled;
use crate::id_page::IdPage;
use crate::problem::Problem;
use crate::roster_form::RosterForm;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/roster";

/// A page of the roster, by id.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"people": [{
    "id": "ada", "name": "Ada", "links": [{"label": "Site", "url": "https://example.org/ada"}],
    "sources": ["folder", "search"], "hosts": ["img.example.org"],
    "attested_by": "Example Studio", "attested_on": "2026-01-31",
    "consent": {"reference": "C-0001", "template": true, "display": true, "granted_on": "2026-02-01",
        "expires_on": "2028-02-01", "stands": true}
}], "enrolled": 48, "next": "ada"}))]
pub(crate) struct Roster {
    people: Vec<Enrolled>,
    /// People on the roster, whatever is asked for.
    enrolled: usize,
    /// Cursor of the page behind this one; absent where this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Everyone on the roster, with attestation and consent.
#[utoipa::path(get, path = "/api/v1/admin/roster", operation_id = "roster", params(IdPage), security(("operator" = [])), responses(
    (status = 200, body = Roster, description = "a page of the roster"),
    (status = 400, body = Problem, content_type = "application/problem+json", description = "no such page"),
))]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    page: Result<Query<IdPage>, QueryRejection>,
) -> Result<Json<Roster>, Problem> {
    let page = IdPage::asked(page)?;
    let rows = app.bus.bucket(Bucket::Roster).values().await.map_err(|e| Problem::of(&e))?;
    let enrolled = rows.len();
    let people = rows.iter().filter_map(|(id, stored)| Enrolled::of(id, &stored.value));
    let (people, next) = page.cut(people.filter(|p| page.means(&p.id, &p.name)), |person| &person.id);
    Ok(Json(Roster { people, enrolled, next }))
}

/// How it is imported.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportSettings {
    /// Folder on the collector's machine that holds `<person>/<picture>`, for those whose sources name `folder`.
    #[param(max_length = 1000, example = "/roster/photos")]
    photos: Option<String>,
    /// Takes whoever's consent has ended off the show, also where that is more than a tenth of those who are shown.
    #[serde(default)]
    confirmed: bool,
}

/// A roster with the lists of addresses that it names.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it documents the body, which is read as a stream")]
pub(crate) struct RosterRequest {
    /// A CSV file, as `avzeus roster template` prints one.
    #[schema(value_type = String, format = Binary)]
    roster: Vec<u8>,
    /// A text file for each `list=FILE` of the roster, by that name: one address a line.
    #[schema(value_type = Vec<String>, format = Binary, required = false)]
    list: Vec<Vec<u8>>,
}

/// Enrols everyone on a roster and collects their pictures. The answer is told as it goes, one JSON value a line: what became
/// of every row first. A row that is refused leaves whoever it names as they are enrolled, unless it says that consent has
/// ended. Whoever the roster does not name stays. Whoever hangs up ends it; the same again goes on from there.
#[utoipa::path(post, path = "/api/v1/admin/roster", operation_id = "importRoster", params(ImportSettings),
    request_body(content(
        (String = "text/csv"),
        (RosterRequest = "multipart/form-data"),
    ), description = "a roster, as `avzeus roster template` prints one; with the lists that it names as a form"),
    security(("operator" = [])), responses(
    (status = 200, body = CollectLine, content_type = "application/x-ndjson", description = "one such value a line"),
    (status = 400, body = Problem, content_type = "application/problem+json", description = "no such setting"),
    (status = 409, body = Problem, content_type = "application/problem+json",
        description = "a roster is being imported or collected"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "no roster, or no such folder"),
))]
pub(crate) async fn import(
    State(app): State<Arc<App>>,
    settings: Result<Query<ImportSettings>, QueryRejection>,
    form: Result<RosterForm, Problem>,
) -> Result<Response, Problem> {
    let Query(ImportSettings { photos, confirmed }) =
        settings.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
    let photos = photos.unwrap_or_default();
    if photos.chars().count() > 1000 {
        return Err(Problem::bad_request("photos must have 1000 characters at most").field("photos"));
    }
    let RosterForm { rows } = form?;
    let named = rows.iter().map(|row| (row.line, row.id.clone())).collect();
    let messages = app.collector.clone().import_roster(ImportRosterRequest { rows, photos, confirmed }).await;
    let messages = messages.map_err(|status| Problem::of_peer(collecting::WHO, &status))?;
    Ok(collecting::told(messages.into_inner(), named, app.shutdown.clone()))
}
