//! `GET /api/v1/representatives`: the nine faces to rank.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use proto::v1;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::http_crops::image_url;
use crate::problem::Problem;
use crate::recommender::WHO;

/// Nine groups, one face each.
#[derive(Debug, Serialize, ToSchema)]
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
#[utoipa::path(get, path = "/api/v1/representatives", responses(
    (status = 200, body = Representatives),
    (status = 503, body = Problem, content_type = "application/problem+json", description = "no catalogue yet"),
))]
pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Json<Representatives>, Problem> {
    let reply = app.recommender.representatives().await.map_err(|e| Problem::of_peer(WHO, &e))?;
    let representatives: Option<_> = reply.representatives.into_iter().map(representative).collect();
    let representatives = representatives.ok_or_else(|| Problem::bug("a representative without a person"))?;
    Ok(Json(Representatives { catalogue_version: reply.catalogue_version, representatives }))
}

fn representative(wire: v1::Representative) -> Option<Representative> {
    let v1::ShownPerson { person, name, portrait, .. } = wire.person?;
    let image_url = image_url(&person, &portrait);
    Some(Representative { group: wire.group, person: Person { id: person, name, image_url } })
}
