//! `EmbedPhoto`: a photo's vector, and nothing kept.

use std::sync::{Mutex, PoisonError};

use proto::v1;
use proto::v1::embedder_server::Embedder as Service;
use runtime::failure::grpc_status;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};
use vision::picture::{self, PictureLimits};
use vision::{Detector, DetectorSettings, Embedder, FaceCrops, OnnxRuntime};

use crate::{Config, EmbedError, metrics};

/// Largest picture taken, in bytes, with room for the message around it.
pub(crate) const LARGEST_PICTURE: usize = 11 << 20;
/// Photos that may wait for the nets; more are turned away.
const LINE: usize = 16;

/// Nets of their own, so that a photo never waits behind the backlog of crops.
pub(crate) struct Photos {
    nets: Arc<Mutex<(Detector, Embedder)>>,
    line: Arc<Semaphore>,
}

impl Photos {
    pub(crate) fn open(config: &Config, onnx: &OnnxRuntime) -> Result<Self, EmbedError> {
        let detector = Detector::open(onnx, &config.vision, DetectorSettings::default())?;
        let embedder = Embedder::open(onnx, &config.vision, &config.vision.profiles.profile)?;
        Ok(Self { nets: Arc::new(Mutex::new((detector, embedder))), line: Arc::new(Semaphore::new(LINE)) })
    }

    async fn embed(&self, picture: Vec<u8>) -> Result<v1::EmbedPhotoReply, EmbedError> {
        let place = self.line.clone().try_acquire_owned().map_err(|_| EmbedError::Busy)?;
        let nets = self.nets.clone();
        let work = move || {
            // The place is the work's, not the caller's: who hangs up leaves work behind that must be counted.
            let _place = place;
            let mut nets = nets.lock().unwrap_or_else(PoisonError::into_inner);
            // Decoded one at a time: a picture may need some hundred megabytes.
            let image = picture::decode(&picture, PictureLimits::default())?;
            drop(picture);
            let (detector, embedder) = &mut *nets;
            let face = *detector.detect(&image)?.first().ok_or(EmbedError::NoFace)?;
            let crops = FaceCrops::cut(&image, &face);
            let chip = embedder.chip(&crops.context, &crops.face_in_context);
            let vector = embedder.embed(&[chip])?.pop().ok_or(EmbedError::NoVector)?;
            let face = (face.bounds, face.probability, face.landmarks).into();
            Ok(v1::EmbedPhotoReply { profile: embedder.profile().name.clone(), vector, face: Some(face) })
        };
        tokio::task::spawn_blocking(work).await.map_err(|e| EmbedError::Panicked(e.to_string()))?
    }
}

#[tonic::async_trait]
impl Service for Photos {
    async fn embed_photo(
        &self,
        request: Request<v1::EmbedPhotoRequest>,
    ) -> Result<Response<v1::EmbedPhotoReply>, Status> {
        let reply = self.embed(request.into_inner().picture).await.map_err(|e| grpc_status(&e))?;
        ::metrics::counter!(metrics::PHOTOS).increment(1);
        Ok(Response::new(reply))
    }
}
