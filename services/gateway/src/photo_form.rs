//! A visitor's photo as it comes: multipart/form-data, held in memory for one request.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use domain::Class;
use runtime::failure::class_of;
use tonic::Status;

use crate::app::App;
use crate::form;
use crate::json::media_type;
use crate::problem::Problem;

/// The field that carries the photo.
pub(crate) const IMAGE: &str = "image";
/// The field that says which face of it is meant.
const FACE: &str = "face";
/// Most bytes of a face's number.
const FACE_BYTES: usize = 10;

/// What was sent.
pub(crate) struct PhotoForm {
    /// A picture, or anything else.
    pub(crate) image: Bytes,
    /// Place of the face among the picture's faces, largest first.
    pub(crate) face: u32,
}

impl FromRequest<Arc<App>> for PhotoForm {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        if media_type(request.headers()) != form::MEDIA_TYPE {
            let detail = "the body must be multipart/form-data with a field named image";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        let mut parts = form::parts(request, app).await?;
        let broken = |error| form::broken(app.limits.photo_bytes, Some(IMAGE), &error);
        let (mut image, mut face) = (None, 0);
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            match part.name() {
                Some(IMAGE) => image = Some(part.bytes().await.map_err(broken)?),
                Some(FACE) => face = number(part).await.map_err(broken)?.ok_or_else(no_number)?,
                _ => {}
            }
        }
        let image = image.ok_or_else(|| Problem::bad_request("image is missing").field(IMAGE))?;
        Ok(Self { image, face })
    }
}

async fn number(part: Field<'_>) -> Result<Option<u32>, MultipartError> {
    let bytes = part.bytes().await?;
    let digits = bytes.len() <= FACE_BYTES && bytes.iter().all(u8::is_ascii_digit);
    Ok(std::str::from_utf8(&bytes).ok().filter(|_| digits).and_then(|text| text.parse().ok()))
}

fn no_number() -> Problem {
    Problem::bad_request("face must be a whole number from 0, the largest face").field(FACE)
}

/// What the embedder made of a picture instead of an answer.
pub(crate) fn refusal(status: &Status) -> Problem {
    let problem = Problem::of_peer("embedder", status);
    match class_of(status) {
        Class::BadInput if problem.is("no_such_face") => problem.field(FACE),
        Class::BadInput => problem.field(IMAGE),
        _ => problem,
    }
}
