//! `GET /api/openapi.json`: the contract, made from the routes' own types.

use axum::Json;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

use crate::{
    http_clicks, http_crops, http_events, http_policy, http_recommendations, http_recommendations_photo,
    http_representatives, http_silhouette,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "AVzeus",
        description = "Five of nine faces, ten people, one click, and the policy that learns."
    ),
    paths(
        http_representatives::list,
        http_recommendations::recommend,
        http_recommendations_photo::recommend,
        http_clicks::record,
        http_policy::show,
        http_events::listen,
        http_crops::show,
        http_silhouette::show,
    )
)]
struct Contract;

/// The contract.
pub(crate) async fn show() -> Json<Document> {
    Json(document())
}

pub(crate) fn document() -> Document {
    Contract::openapi()
}
