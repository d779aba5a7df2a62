//! `POST /api/v1/photos/faces`: where the faces of a photo are, so that a visitor can say which one is meant.
//!
//! It knows nobody: the photo is looked at for faces, never compared with anyone, and held for this one request.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use proto::convert::face::FaceParts;
use proto::v1;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::photo_form::{PhotoForm, refusal};
use crate::problem::Problem;

/// What is asked, as multipart/form-data.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it documents the body, which is read as a stream")]
pub(crate) struct PictureRequest {
    /// A picture: PNG, JPEG or WebP.
    #[schema(value_type = String, format = Binary)]
    image: Vec<u8>,
}

/// The faces of a picture, largest first; none where there is none.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "width": 1024, "height": 768, "faces": [{"box": [402.5, 180.0, 618.25, 455.5], "probability": 0.99}]
}))]
pub(crate) struct PhotoFaces {
    /// Of the picture, upright as its EXIF data says, in pixels.
    width: u32,
    height: u32,
    faces: Vec<PhotoFace>,
}

/// A face in a picture.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PhotoFace {
    /// `[x1, y1, x2, y2]` in pixels of the picture, from its upper left corner.
    #[serde(rename = "box")]
    bounds: [f32; 4],
    /// How sure the detector is, 0 to 1.
    probability: f32,
}

/// Where the faces of a photo are. The photo is neither stored nor logged.
#[utoipa::path(post, path = "/api/v1/photos/faces", operation_id = "photoFaces",
    request_body(content = PictureRequest, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = PhotoFaces, description = "its faces, largest first; it may have none"),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "no image sent"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "too large"),
        (status = 415, body = Problem, content_type = "application/problem+json", description = "no multipart"),
        (status = 422, body = Problem, content_type = "application/problem+json",
            description = "not readable as a picture; `code` says why"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "not ready"),
    ))]
pub(crate) async fn find(
    State(app): State<Arc<App>>,
    PhotoForm { image, .. }: PhotoForm,
) -> Result<Json<PhotoFaces>, Problem> {
    let asked = app.embedder.clone().find_faces(v1::FindFacesRequest { picture: image.into() }).await;
    let v1::FindFacesReply { width, height, faces } = asked.map_err(|status| refusal(&status))?.into_inner();
    let inside = |[x1, y1, x2, y2]: [f32; 4]| {
        let (x, y) = (|x: f32| x.clamp(0.0, width as f32), |y: f32| y.clamp(0.0, height as f32));
        [x(x1), y(y1), x(x2), y(y2)]
    };
    let faces = faces.iter().map(|face| {
        let (bounds, probability, _) = FaceParts::try_from(face).map_err(Problem::bug)?;
        Ok(PhotoFace { bounds: inside(bounds), probability })
    });
    Ok(Json(PhotoFaces { width, height, faces: faces.collect::<Result<_, Problem>>()? }))
}
