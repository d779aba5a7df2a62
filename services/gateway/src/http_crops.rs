//! `GET /media/crops/{person}/{crop}`: a face, of people who consent to it being shown.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{CropId, PersonId};
use serde::Deserialize;
use store::View;
use utoipa::IntoParams;

use crate::app::App;
use crate::etag::held;
use crate::http_silhouette;
use crate::problem::Problem;

/// An hour: a crop never changes under its name, but a withdrawal must take effect.
const CACHE: &str = "public, max-age=3600";

/// Where a person is shown: their portrait, or a silhouette where they have none.
pub(crate) fn image_url(person: &str, portrait: &str) -> String {
    if portrait.is_empty() {
        http_silhouette::PATH.to_owned()
    } else {
        format!("/media/crops/{person}/{portrait}")
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// `context`, the default: at most 400 px; `face`: 160×160.
    #[param(pattern = "^(context|face)$", example = "face")]
    view: Option<String>,
}

/// The PNG of a crop.
#[utoipa::path(get, path = "/media/crops/{person}/{crop}", operation_id = "crop",
    params(
        ("person" = String, Path, pattern = "^[a-z0-9-]{1,64}$", example = "ada"),
        ("crop" = String, Path, pattern = "^[0-9a-f]{32}$", example = "00000000000000000000000000000000"),
        Asked,
    ),
    responses(
        (status = 200, content_type = "image/png", description = "the face"),
        (status = 304, description = "the copy named by If-None-Match is still good"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "no such view"),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "no such crop, or no consent to show it"),
    ))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    query: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // One answer for every reason: who is on the roster is nobody's business.
    let missing = || Problem::not_found("there is no such crop to show");
    let Path((person, crop)) = path.map_err(|_| missing())?;
    let (person, crop) = (PersonId::new(person).ok(), CropId::new(crop).ok());
    let (person, crop) = person.zip(crop).ok_or_else(missing)?;
    let view = view(query)?;
    if !app.consents.allows(&person, &app.bus).await.map_err(|e| Problem::of(&e))? {
        return Err(missing());
    }
    let tag = format!("\"{crop}\"");
    let answer = if held(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let png = app.crops.get(&person, &crop, view).await.map_err(|error| match error {
            store::StoreError::Missing(_) => missing(),
            error => Problem::of(&error),
        })?;
        ([(header::CONTENT_TYPE, "image/png")], png).into_response()
    };
    Ok(([(header::CACHE_CONTROL, CACHE), (header::ETAG, &tag)], answer).into_response())
}

/// The view that a query asks for.
pub(crate) fn view(query: Result<Query<Asked>, QueryRejection>) -> Result<View, Problem> {
    let refused = || Problem::bad_request("view must be context or face").field("view");
    let Query(asked) = query.map_err(|_| refused())?;
    match asked.view.as_deref() {
        None | Some("context") => Ok(View::Context),
        Some("face") => Ok(View::Face),
        Some(_) => Err(refused()),
    }
}
