//! `POST /api/v1/recommendations`: ten people for five ranked faces.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::{Class, Ranking};
use proto::v1;
use runtime::failure::class_of;
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use crate::app::App;
use crate::http_crops::image_url;
use crate::json::{JsonObject, Whole};
use crate::problem::Problem;
use crate::recommender::WHO;
use crate::shown_slate;

/// What is asked.
#[derive(ToSchema)]
#[schema(example = json!({"catalogue_version": "7b73c26107dc", "ranking": [4, 0, 8, 2, 6]}))]
#[allow(dead_code, reason = "it documents the body, which is read field by field")]
pub(crate) struct RecommendationRequest {
    /// As /api/v1/representatives answered.
    catalogue_version: String,
    /// Five distinct groups of the nine, best first.
    #[schema(value_type = HashSet<GroupNumber>, min_items = 5, max_items = 5)]
    ranking: Vec<i64>,
}

/// Number of a group.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it documents the ranking")]
#[schema(minimum = 0, maximum = 8)]
pub(crate) struct GroupNumber(i64);

/// Ten people, best first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "recommendation_id": "019c1a2b3c4d7e8f9a0b1c2d3e4f5061", "catalogue_version": "7b73c26107dc",
    "policy_version": 12, "policy": "live", "weights": [1.0, 0.45, 0.35, 0.25, 0.15],
    "people": [{
        "rank": 1, "id": "ada", "name": "Ada", "image_url": "/media/crops/ada/00000000000000000000000000000000",
        "links": [{"label": "site", "url": "https://www.example.org/"}], "score": 1.42
    }]
}))]
pub(crate) struct Slate {
    /// Names this slate; a click is sent with it.
    recommendation_id: String,
    catalogue_version: String,
    /// Version of the policy that chose the weights.
    policy_version: u64,
    /// Which policy that is: a line, a pinned candidate, or the initial one.
    policy: String,
    /// `[1, w2..w5]` that ordered the slate.
    weights: Vec<f32>,
    people: Vec<RecommendedPerson>,
}

/// One of the ten.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecommendedPerson {
    /// 1 to 10.
    rank: u32,
    id: String,
    name: String,
    image_url: String,
    links: Vec<Link>,
    score: f32,
}

/// Where a person can be found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Link {
    label: String,
    url: String,
}

/// Ten people for five ranked faces.
#[utoipa::path(post, path = "/api/v1/recommendations", operation_id = "recommendation", request_body = RecommendationRequest, params(
    ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 128, pattern = "^[!-~]+$",
        description = "the same request under the same key gets the same answer for a day"),
), responses(
    (status = 200, body = Slate,
        description = "ten people; with idempotency-replayed: true, those that this key was given before"),
    (status = 400, body = Problem, content_type = "application/problem+json", description = "no such JSON"),
    (status = 409, body = Problem, content_type = "application/problem+json",
        description = "that catalogue is no longer held: fetch the representatives again; or the key's request is \
            still being answered"),
    (status = 422, body = Problem, content_type = "application/problem+json",
        description = "the ranking is not five distinct groups, or the key was sent with another request"),
    (status = 503, body = Problem, content_type = "application/problem+json", description = "no catalogue yet"),
))]
pub(crate) async fn recommend(
    State(app): State<Arc<App>>,
    mut body: JsonObject,
) -> Result<Json<Slate>, Problem> {
    let version: String = body.take("catalogue_version")?;
    let picks: Vec<Whole> = body.take("ranking")?;
    let picks: Vec<i64> = picks.into_iter().map(|Whole(number)| number).collect();
    let ranking = Ranking::new(&picks).map_err(|e| Problem::bad_input(e.to_string()).field("ranking"))?;
    let reply = shown_slate::recommended(&app, &version, &ranking).await?.map_err(|e| refusal(&e))?;
    Ok(Json(Slate::try_from(reply)?))
}

fn refusal(status: &Status) -> Problem {
    match class_of(status) {
        Class::Conflict | Class::NotFound => Problem::conflict(status.message()).field("catalogue_version"),
        Class::BadInput => Problem::bad_input(status.message()).field("ranking"),
        _ => Problem::of_peer(WHO, status),
    }
}

impl TryFrom<v1::RecommendReply> for Slate {
    type Error = Problem;

    fn try_from(wire: v1::RecommendReply) -> Result<Self, Problem> {
        let people: Option<_> = wire.people.into_iter().map(recommended).collect();
        Ok(Self {
            recommendation_id: wire.recommendation,
            catalogue_version: wire.catalogue_version,
            policy_version: wire.policy_version,
            policy: wire.policy,
            weights: wire.weights,
            people: people.ok_or_else(|| Problem::bug("a slate with a place without a person"))?,
        })
    }
}

fn recommended(wire: v1::RecommendedPerson) -> Option<RecommendedPerson> {
    let v1::ShownPerson { person, name, portrait, links } = wire.person?;
    let links = links.into_iter().map(|link| Link { label: link.label, url: link.url });
    Some(RecommendedPerson {
        rank: wire.rank,
        image_url: image_url(&person, &portrait),
        id: person,
        name,
        links: links.collect(),
        score: wire.score,
    })
}
