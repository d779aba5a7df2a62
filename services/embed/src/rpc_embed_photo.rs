//! `EmbedPhoto`: a photo's vector, and nothing kept.

use std::sync::{Arc, Mutex, PoisonError};

use proto::v1;
use proto::v1::embedder_server::Embedder as Service;
use runtime::failure::grpc_status;
use tokio::task::spawn_blocking;
use tonic::{Request, Response, Status};
use vision::picture::{self, PictureLimits};
use vision::{Detector, DetectorSettings, FaceCrops, OnnxRuntime};

use crate::net::Net;
use crate::{Config, EmbedError, metrics};

/// Largest picture taken, in bytes, with room for the message around it.
pub(crate) const LARGEST_PICTURE: usize = 11 << 20;

/// A detector of its own, and the net that crops go through, which lets photos go first.
pub(crate) struct Photos {
    detector: Arc<Mutex<Detector>>,
    net: Net,
}

impl Photos {
    pub(crate) fn open(config: &Config, onnx: &OnnxRuntime, net: Net) -> Result<Self, EmbedError> {
        let detector = Detector::open(onnx, &config.vision, DetectorSettings::default())?;
        Ok(Self { detector: Arc::new(Mutex::new(detector)), net })
    }

    async fn embed(&self, request: v1::EmbedPhotoRequest) -> Result<v1::EmbedPhotoReply, EmbedError> {
        let v1::EmbedPhotoRequest { picture, profile } = request;
        let profile = if profile.is_empty() { self.net.profile().name.clone() } else { profile };
        let place = self.net.photo_place()?;
        let detector = self.detector.clone();
        let work = move || {
            let mut detector = detector.lock().unwrap_or_else(PoisonError::into_inner);
            // Decoded one at a time: a picture may need some hundred megabytes.
            let image = picture::decode(&picture, PictureLimits::default())?;
            drop(picture);
            let face = *detector.detect(&image)?.first().ok_or(EmbedError::NoFace)?;
            // The place is the work's, not the caller's: who hangs up leaves work behind that must be counted.
            Ok::<_, EmbedError>((face, FaceCrops::cut(&image, &face), place))
        };
        let (face, crops, place) =
            spawn_blocking(work).await.map_err(|e| EmbedError::Panicked(e.to_string()))??;
        let vector = self.net.photo(crops, profile.clone(), place).await?;
        let face = (face.bounds, face.probability, face.landmarks).into();
        Ok(v1::EmbedPhotoReply { profile, vector, face: Some(face) })
    }
}

#[tonic::async_trait]
impl Service for Photos {
    async fn embed_photo(
        &self,
        request: Request<v1::EmbedPhotoRequest>,
    ) -> Result<Response<v1::EmbedPhotoReply>, Status> {
        let reply = self.embed(request.into_inner()).await.map_err(|e| grpc_status(&e))?;
        ::metrics::counter!(metrics::PHOTOS).increment(1);
        Ok(Response::new(reply))
    }
}
