//! `GET /api/v1/representatives`: the nine faces to rank.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::Class;
use proto::v1;
use runtime::failure::class_of;
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use crate::app::App;
use crate::etag;
use crate::http_crops::image_url;
use crate::problem::Problem;
use crate::recommender::WHO;
use crate::served_catalogue::no_catalogue;
use crate::shown_slate::being_replaced;

/// Nine groups, one face each.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "catalogue_version": "7b73c26107dc",
    "representatives": [{"group": 0, "person": {
        "id": "ada", "name": "Ada", "image_url": "/media/crops/ada/00000000000000000000000000000000"
    }}]
}))]
pub(crate) struct Representatives {
    /// Names the catalogue; a recommendation is asked with it.
    catalogue_version: String,
    /// One a group.
    representatives: Vec<Representative>,
}

/// The face that stands for a group.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Representative {
    /// 0 to 8.
    group: u32,
    person: Person,
}

/// A person of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Person {
    id: String,
    name: String,
    image_url: String,
}

/// The nine faces of the newest catalogue.
#[utoipa::path(get, path = "/api/v1/representatives", operation_id = "representatives", params(
    ("if-none-match" = Option<String>, Header, description = "the tag of the copy that is held"),
), responses(
    (status = 200, body = Representatives, description = "tagged: ask again with If-None-Match"),
    (status = 304, description = "the copy named by If-None-Match is still good"),
    (status = 503, body = Problem, content_type = "application/problem+json", description = "no catalogue yet, and what is missing for one"),
))]
pub(crate) async fn list(State(app): State<Arc<App>>, asked: HeaderMap) -> Result<Response, Problem> {
    let reply = app.recommender.representatives().await.map_err(|e| refused(&app, &e))?;
    let representatives: Option<_> = reply.representatives.into_iter().map(representative).collect();
    let representatives: Vec<Representative> =
        representatives.ok_or_else(|| Problem::bug("a representative without a person"))?;
    let shown: Vec<&str> = representatives.iter().map(|face| &*face.person.id).collect();
    if !app.consents.hidden(&shown, &app.bus).await?.is_empty() {
        return Err(being_replaced());
    }
    let faces = Representatives { catalogue_version: reply.catalogue_version, representatives };
    let body = serde_json::to_vec(&faces).map_err(Problem::bug)?;
    Ok(etag::fresh(&asked, "application/json", body))
}

/// Where there is no catalogue, with what there is none for want of.
fn refused(app: &App, status: &Status) -> Problem {
    let has_words = std::error::Error::source(status).is_none() && class_of(status) == Class::Unavailable;
    match has_words && !app.obstacle.borrow().is_empty() {
        true => Problem::unavailable(no_catalogue(app, status.message().to_owned())),
        false => Problem::of_peer(WHO, status),
    }
}

fn representative(wire: v1::Representative) -> Option<Representative> {
    let v1::ShownPerson { person, name, portrait, .. } = wire.person?;
    let image_url = image_url(&person, &portrait);
    Some(Representative { group: wire.group, person: Person { id: person, name, image_url } })
}
