//! `GET /api/v1/admin/people/{person}`: their row, their place in the catalogue, and what became of each of their crops.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use bus::Bucket;
use domain::PersonId;
use proto::v1;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::enrolled::Enrolled;
use crate::problem::Problem;

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/admin/people/{person}";

/// What the cataloguer is called in a problem.
pub(crate) const CATALOGUER: &str = "cataloguer";

/// Everything that is known of a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "enrolled": {
        "id": "ada", "name": "Ada", "links": [{"label": "Site", "url": "https://example.org/ada"}],
        "sources": ["folder", "search"], "hosts": ["img.example.org"],
        "attested_by": "Example Studio", "attested_on": "2026-01-31",
        "consent": {"reference": "C-0001", "template": true, "display": true, "granted_on": "2026-02-01",
            "expires_on": "2028-02-01", "stands": true}
    },
    "catalogued": {
        "id": "ada", "name": "Ada", "group": 3, "left_out": "", "kept": 1, "dropped": 0, "imported": false,
        "portrait": "00000000000000000000000000000000", "closeness": 0.71
    },
    "crops": [{
        "id": "00000000000000000000000000000000", "kept": true, "flaw": "", "reason": "", "cosine": 0.83,
        "probability": 0.98, "source": "04.png",
        "quality": {"face_side": 88.0, "sharpness": 41.2, "yaw": -12.0, "pitch": 3.0, "roll": 1.0}
    }]
}))]
pub(crate) struct KnownPerson {
    /// Their row of the roster; null where they are not on it.
    enrolled: Option<Enrolled>,
    /// What the cataloguer makes of them; null where it knows nothing of them yet.
    catalogued: Option<Catalogued>,
    /// Their crops, kept and dropped.
    crops: Vec<Crop>,
}

/// A person's place in the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "ada", "name": "Ada", "group": 3, "left_out": "", "kept": 11, "dropped": 2, "imported": false,
    "portrait": "00000000000000000000000000000000", "closeness": 0.71
}))]
pub(crate) struct Catalogued {
    pub(crate) id: String,
    pub(crate) name: String,
    /// 0 to 8; null where they are not in the catalogue that serves.
    group: Option<u32>,
    /// Why they are not in it; empty where they are.
    left_out: String,
    /// Crops that are used.
    kept: u32,
    /// Crops that are not.
    dropped: u32,
    /// Whether their vector was made elsewhere.
    imported: bool,
    /// The crop that is shown of them; null where there is none.
    portrait: Option<String>,
    /// Cosine to the middle of their group.
    pub(crate) closeness: Option<f32>,
}

/// A crop and why it is used, or is not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "00000000000000000000000000000000", "kept": false, "flaw": "blurred", "reason": "blurred: sharpness 1.2, 2.0 is needed",
    "cosine": null, "probability": 0.98, "source": "04.png",
    "quality": {"face_side": 88.0, "sharpness": 1.2, "yaw": -12.0, "pitch": 3.0, "roll": 1.0}
}))]
pub(crate) struct Crop {
    id: String,
    kept: bool,
    /// Name of what is wrong with it; empty where it is used.
    flaw: String,
    /// The same in words, with the numbers.
    reason: String,
    /// The cosine that was held against the threshold; null where it did not come to that.
    cosine: Option<f32>,
    /// The detector's, 0 to 1.
    probability: f32,
    /// Where the picture came from: a file name or an address.
    source: String,
    /// Null where it was not measured.
    quality: Option<CropQuality>,
}

/// How well a face can be seen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CropQuality {
    /// Shorter side of the face, in pixels of its picture.
    face_side: f32,
    /// Variance of the Laplacian of brightness: low is blurred.
    sharpness: f32,
    /// Degrees to a side, up or down, and of tilt.
    yaw: f32,
    pitch: f32,
    roll: f32,
}

/// A person, as the roster and the catalogue know them.
#[utoipa::path(get, path = "/api/v1/admin/people/{person}", operation_id = "person",
    params(("person" = String, Path, pattern = "^[a-z0-9-]{1,64}$", example = "ada")), security(("operator" = [])), responses(
    (status = 200, body = KnownPerson, description = "what is known of them"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "nobody is known by that id"),
))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<KnownPerson>, Problem> {
    let id = named(path)?;
    let row = app.bus.bucket(Bucket::Roster).get(id.as_str()).await.map_err(|e| Problem::of(&e))?;
    let request = v1::DescribeRequest { person: id.to_string() };
    let described = app.cataloguer.clone().describe(request).await;
    let described = described.map_err(|status| Problem::of_peer(CATALOGUER, &status))?.into_inner();
    let mut described = described.people.into_iter().next();
    let crops = described.as_mut().map(|person| std::mem::take(&mut person.crops)).unwrap_or_default();
    let enrolled = row.and_then(|row| Enrolled::of(id.as_str(), &row.value));
    if enrolled.is_none() && described.is_none() {
        return Err(nobody());
    }
    let crops = crops.into_iter().map(Crop::from).collect();
    Ok(Json(KnownPerson { enrolled, catalogued: described.map(Catalogued::from), crops }))
}

/// The person that a path names.
pub(crate) fn named(path: Result<Path<String>, PathRejection>) -> Result<PersonId, Problem> {
    let Path(id) = path.map_err(|_| nobody())?;
    PersonId::new(id).map_err(|_| nobody())
}

/// The answer about somebody who is not known.
pub(crate) fn nobody() -> Problem {
    Problem::not_found("nobody is known by that id")
}

impl From<v1::DescribedPerson> for Catalogued {
    fn from(person: v1::DescribedPerson) -> Self {
        Self {
            id: person.person,
            name: person.name,
            group: person.group,
            left_out: person.left_out,
            kept: person.kept,
            dropped: person.dropped,
            imported: person.imported,
            portrait: Some(person.portrait).filter(|portrait| !portrait.is_empty()),
            closeness: person.closeness,
        }
    }
}

impl From<v1::CropVerdict> for Crop {
    fn from(crop: v1::CropVerdict) -> Self {
        let v1::CropVerdict { crop: id, cosine, kept, flaw, reason, probability, quality, source } = crop;
        let quality = quality.map(|v1::Quality { face_side, sharpness, yaw, pitch, roll }| CropQuality {
            face_side,
            sharpness,
            yaw,
            pitch,
            roll,
        });
        Self { id, kept, flaw, reason, cosine, probability, source, quality }
    }
}
