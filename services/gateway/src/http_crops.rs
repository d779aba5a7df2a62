//! `GET /media/crops/{person}/{crop}`: a face, of people who consent to it being shown.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{CropId, PersonId};
use store::View;
use utoipa::{IntoParams, ToSchema};

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

/// Widths that a crop is made small to, in pixels.
const WIDTHS: [u32; 3] = [160, 320, 400];

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "it documents the query, which is read name by name")]
pub(crate) struct Asked {
    /// `context`, the default: at most 400 px; `face`: 160×160.
    #[param(pattern = "^(context|face)$", example = "face")]
    view: Option<String>,
    /// As a JPEG of at most so many pixels a side; without it, the PNG as it is stored.
    #[param(pattern = "^(160|320|400)$", example = "320")]
    width: Option<String>,
}

/// The bytes of a picture.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(dead_code, reason = "it documents the body")]
pub(crate) struct Picture(Vec<u8>);

/// A crop: the PNG as it is stored, or a small JPEG of it.
#[utoipa::path(get, path = "/media/crops/{person}/{crop}", operation_id = "crop",
    params(
        ("person" = String, Path, pattern = "^[a-z0-9-]{1,64}$", example = "ada"),
        ("crop" = String, Path, pattern = "^[0-9a-f]{32}$", example = "00000000000000000000000000000000"),
        Asked,
    ),
    responses(
        (status = 200, description = "the face", content(
            (Picture = "image/png"),
            (Picture = "image/jpeg"),
        )),
        (status = 304, description = "the copy named by If-None-Match is still good"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "no such view or width"),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "no such crop, or no consent to show it"),
    ))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (person, crop) = named(path)?;
    let (view, width) = asked(query)?;
    if !app.consents.allows(&person, &app.bus).await.map_err(|e| Problem::of(&e))? {
        return Err(missing());
    }
    let tag = format!("\"{crop}-{}\"", width.unwrap_or_default());
    let answer = if held(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        picture(&app, &person, &crop, (view, width)).await?
    };
    Ok(([(header::CACHE_CONTROL, CACHE), (header::ETAG, &tag)], answer).into_response())
}

/// The picture of a crop in a view and, where one is given, a width.
pub(crate) async fn picture(
    app: &App,
    person: &PersonId,
    crop: &CropId,
    (view, width): (View, Option<u32>),
) -> Result<Response, Problem> {
    let png = app.crops.get(person, crop, view).await.map_err(|error| match error {
        store::StoreError::Missing(_) => missing(),
        error => Problem::of(&error),
    })?;
    Ok(match width {
        None => ([(header::CONTENT_TYPE, "image/png")], png).into_response(),
        Some(width) => {
            let jpeg = app.shrinking.jpeg(png, width).await.map_err(Problem::bug)?;
            ([(header::CONTENT_TYPE, "image/jpeg")], jpeg).into_response()
        }
    })
}

/// The crop that a path names.
pub(crate) fn named(
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<(PersonId, CropId), Problem> {
    let Path((person, crop)) = path.map_err(|_| missing())?;
    PersonId::new(person).ok().zip(CropId::new(crop).ok()).ok_or_else(missing)
}

/// One answer for every reason: who is on the roster is nobody's business.
pub(crate) fn missing() -> Problem {
    Problem::not_found("there is no such crop to show")
}

/// The view and the width that are asked for; every name may stand once.
pub(crate) fn asked(
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<(View, Option<u32>), Problem> {
    let no_view = || Problem::bad_request("view must be context or face, once").field("view");
    let no_width = || Problem::bad_request("width must be 160, 320 or 400, once").field("width");
    let Query(named) = query.map_err(|_| no_view())?;
    let (mut view, mut width) = (None, None);
    for (name, value) in named {
        match name.as_str() {
            "view" => {
                let known = match value.as_str() {
                    "context" => View::Context,
                    "face" => View::Face,
                    _ => return Err(no_view()),
                };
                if view.replace(known).is_some() {
                    return Err(no_view());
                }
            }
            "width" => {
                let known =
                    WIDTHS.into_iter().find(|known| known.to_string() == value).ok_or_else(no_width)?;
                if width.replace(known).is_some() {
                    return Err(no_width());
                }
            }
            _ => {}
        }
    }
    Ok((view.unwrap_or(View::Context), width))
}
