//! `POST /api/v1/recommendations/photo`: ten people for a face in a photo.
//!
//! The photo ranks the groups, never people, and is held in memory for this one request alone.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use domain::photo::{PhotoError, rank_groups};
use domain::{Class, GROUPS, PICKS};
use proto::v1;
use runtime::failure::class_of;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::http_recommendations::Slate;
use crate::on_catalogue_published::PhotoGroups;
use crate::photo_form::{IMAGE, PhotoForm, refusal};
use crate::problem::Problem;
use crate::recommender::WHO;
use crate::shown_slate;

/// What is asked, as multipart/form-data.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it documents the body, which is read as a stream")]
pub(crate) struct PhotoRequest {
    /// A picture with a face: PNG, JPEG or WebP.
    #[schema(value_type = String, format = Binary)]
    image: Vec<u8>,
    /// Which of its faces, as /api/v1/photos/faces counts them: 0, the largest, where none is named.
    #[schema(required = false, minimum = 0)]
    face: u32,
}

/// A slate, and how the photo ranked the groups.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "recommendation_id": "019c1a2b3c4d7e8f9a0b1c2d3e4f5061", "catalogue_version": "7b73c26107dc",
    "policy_version": 12, "policy": "live", "weights": [1.0, 0.45, 0.35, 0.25, 0.15],
    "people": [{
        "rank": 1, "id": "ada", "name": "Ada", "image_url": "/media/crops/ada/00000000000000000000000000000000",
        "links": [{"label": "site", "url": "https://www.example.org/"}], "score": 1.42
    }],
    "ranking": [4, 0, 8, 2, 6], "similarities": [0.4, 0.1, 0.3, 0.0, 0.6, -0.1, 0.2, 0.1, 0.4]
}))]
pub(crate) struct SlateByPhoto {
    #[serde(flatten)]
    slate: Slate,
    /// The five groups it resembles most, best first.
    ranking: [usize; PICKS],
    /// Cosine of the face to each of the nine groups.
    similarities: [f32; GROUPS],
}

/// Ten people for one face of a photo, the largest unless another is named. The photo is neither stored nor logged.
#[utoipa::path(post, path = "/api/v1/recommendations/photo", operation_id = "recommendationByPhoto",
    request_body(content = PhotoRequest, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = SlateByPhoto, description = "ten people, and how the photo ranked the groups"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "no image sent, or a face that is no number"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "too large"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "no multipart"),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "not readable as a picture, or without that face; `code` says which"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "not ready"),
    ))]
pub(crate) async fn recommend(
    State(app): State<Arc<App>>,
    PhotoForm { image, face }: PhotoForm,
) -> Result<Json<SlateByPhoto>, Problem> {
    let catalogues = app.groups.held();
    let Some(newest) = catalogues.first() else {
        return Err(Problem::unavailable("no catalogue is served yet; try again in a moment"));
    };
    let mut photo = embedded(&app, image.clone(), face, &newest.profile).await?;
    for groups in &catalogues {
        // The catalogue before a change of profile has vectors of another kind.
        if photo.profile != groups.profile {
            photo = embedded(&app, image.clone(), face, &groups.profile).await?;
        }
        let (similarities, ranking) = ranked(&photo, groups)?;
        match shown_slate::recommended(&app, &groups.version, &ranking).await? {
            Ok(reply) => {
                let (slate, ranking) = (Slate::try_from(reply)?, ranking.groups());
                return Ok(Json(SlateByPhoto { slate, ranking, similarities }));
            }
            // It may not have swapped to the newest catalogue yet: then it still holds the one before.
            Err(status) if class_of(&status) == Class::Conflict => {}
            Err(status) => return Err(Problem::of_peer(WHO, &status)),
        }
    }
    let detail = format!("catalogue {} is not served yet; try again in a moment", newest.version);
    Err(Problem::unavailable(detail))
}

/// The vector of one of the picture's faces, from the net of `profile`.
async fn embedded(app: &App, image: Bytes, face: u32, profile: &str) -> Result<v1::EmbedPhotoReply, Problem> {
    let request = v1::EmbedPhotoRequest { picture: image.into(), profile: profile.to_owned(), face };
    let asked = app.embedder.clone().embed_photo(request).await;
    asked.map(tonic::Response::into_inner).map_err(|status| refusal(&status))
}

fn ranked(
    photo: &v1::EmbedPhotoReply,
    groups: &PhotoGroups,
) -> Result<([f32; GROUPS], domain::Ranking), Problem> {
    if photo.profile != groups.profile {
        let detail = format!(
            "photos are embedded with profile {}, catalogue {} with {}; it is being rebuilt, try again later",
            photo.profile, groups.version, groups.profile
        );
        return Err(Problem::unavailable(detail));
    }
    rank_groups(&photo.vector, &groups.centre, &groups.groups).map_err(|error| match error {
        PhotoError::Dimension { .. } => Problem::bug(error),
        PhotoError::NoDirection => Problem::bad_input(error.to_string()).field(IMAGE),
    })
}
