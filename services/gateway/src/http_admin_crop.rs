//! `GET /api/v1/admin/people/{person}/crops/{crop}`: a face as it was cut, for operators: also of people who do not consent to
//! being shown, as long as they are on the roster.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use bus::Bucket;

use crate::app::App;
use crate::http_crops::{Asked, Picture, asked, missing, named, picture};
use crate::problem::Problem;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/people/{person}/crops/{crop}";

/// A crop: the PNG as it is stored, or a small JPEG of it; whatever its person agreed to but being collected. No cache keeps it.
#[utoipa::path(get, path = "/api/v1/admin/people/{person}/crops/{crop}", operation_id = "cropForOperators",
    params(
        ("person" = String, Path, pattern = "^[a-z0-9-]{1,64}$", example = "ada"),
        ("crop" = String, Path, pattern = "^[0-9a-f]{32}$", example = "00000000000000000000000000000000"),
        Asked,
    ),
    security(("operator" = [])), responses(
        (status = 200, description = "the face", content((Picture = "image/png"), (Picture = "image/jpeg"))),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "no such view or width"),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "no such crop, or its person is not on the roster"),
    ))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, Problem> {
    let (person, crop) = named(path)?;
    let asked = asked(query)?;
    // Whoever withdrew is off the roster first of all.
    let row = app.bus.bucket(Bucket::Roster).get(person.as_str()).await.map_err(|e| Problem::of(&e))?;
    if row.is_none() {
        return Err(missing());
    }
    picture(&app, &person, &crop, asked).await
}
