//! `FindFaces`: where the faces of a picture are, and nothing kept.

use proto::v1;

use crate::EmbedError;
use crate::service::Photos;

impl Photos {
    pub(crate) async fn find(&self, request: v1::FindFacesRequest) -> Result<v1::FindFacesReply, EmbedError> {
        let place = self.net.photo_place()?;
        let look = self.look(request.picture, move |image, faces| {
            let _place = place;
            let faces = faces.iter().map(|face| (face.bounds, face.probability, face.landmarks).into());
            Ok(v1::FindFacesReply { width: image.width(), height: image.height(), faces: faces.collect() })
        });
        look.await
    }
}
