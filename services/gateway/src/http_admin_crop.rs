//! `GET /api/v1/admin/people/{person}/crops/{crop}`: a face as it was cut, for operators: also of people who do not consent to
//! being shown, as long as they are on the roster.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bus::Bucket;
use domain::{CropId, PersonId};

use crate::app::App;
use crate::http_crops::{Asked, view};
use crate::problem::Problem;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/people/{person}/crops/{crop}";

/// The PNG of a crop, whatever its person agreed to but being collected. No cache keeps it.
#[utoipa::path(get, path = "/api/v1/admin/people/{person}/crops/{crop}", operation_id = "cropForOperators",
    params(
        ("person" = String, Path, pattern = "^[a-z0-9-]{1,64}$", example = "ada"),
        ("crop" = String, Path, pattern = "^[0-9a-f]{32}$", example = "00000000000000000000000000000000"),
        Asked,
    ),
    security(("operator" = [])), responses(
        (status = 200, content_type = "image/png", description = "the face"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "no such view"),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "without a token"),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "a wrong token, or another site's page"),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "no such crop, or its person is not on the roster"),
    ))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("there is no such crop");
    let Path((person, crop)) = path.map_err(|_| missing())?;
    let (person, crop) = (PersonId::new(person).ok(), CropId::new(crop).ok());
    let (person, crop) = person.zip(crop).ok_or_else(missing)?;
    let view = view(query)?;
    // Whoever withdrew is off the roster first of all.
    let row = app.bus.bucket(Bucket::Roster).get(person.as_str()).await.map_err(|e| Problem::of(&e))?;
    if row.is_none() {
        return Err(missing());
    }
    let png = app.crops.get(&person, &crop, view).await.map_err(|error| match error {
        store::StoreError::Missing(_) => missing(),
        error => Problem::of(&error),
    })?;
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
}
