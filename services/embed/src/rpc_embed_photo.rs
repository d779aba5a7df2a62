//! `EmbedPhoto`: the vector of one face of a photo, and nothing kept.

use proto::v1;
use vision::FaceCrops;

use crate::EmbedError;
use crate::net::Embedding;
use crate::service::Photos;

impl Photos {
    pub(crate) async fn embed(
        &self,
        request: v1::EmbedPhotoRequest,
    ) -> Result<v1::EmbedPhotoReply, EmbedError> {
        let v1::EmbedPhotoRequest { picture, profile, face: number } = request;
        let profile = if profile.is_empty() { self.net.profile().name.clone() } else { profile };
        let place = self.net.photo_place()?;
        // The place is the work's, not the caller's: who hangs up leaves work behind that must be counted.
        let look = self.look(picture, move |image, faces| {
            let none = || match faces.len() {
                0 => EmbedError::NoFace,
                faces => EmbedError::NoSuchFace { faces, number },
            };
            let face = *faces.get(number as usize).ok_or_else(none)?;
            Ok((face, FaceCrops::cut(image, &face), place))
        });
        let (face, crops, place) = look.await?;
        let Embedding { vector, made_by } = self.net.photo(crops, profile.clone(), place).await?;
        let face = (face.bounds, face.probability, face.landmarks).into();
        Ok(v1::EmbedPhotoReply { profile, vector, face: Some(face), made_by: made_by.to_string() })
    }
}
