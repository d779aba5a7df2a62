//! gRPC `Embedder`: what is asked of a picture, which is held for the call and kept nowhere.

use std::sync::{Arc, Mutex, PoisonError};

use image::RgbImage;
use proto::v1;
use proto::v1::embedder_server::Embedder as Service;
use runtime::failure::grpc_status;
use tokio::task::spawn_blocking;
use tonic::{Request, Response, Status};
use vision::picture::{self, PictureLimits};
use vision::{Detector, DetectorSettings, Face, OnnxRuntime};

use crate::net::Net;
use crate::{Config, EmbedError, metrics};

/// Largest picture taken, in bytes, with room for the message around it.
pub(crate) const LARGEST_PICTURE: usize = 11 << 20;

/// A detector of its own, and the net that crops go through, which lets photos go first.
pub(crate) struct Photos {
    detector: Arc<Mutex<Detector>>,
    pub(crate) net: Net,
}

impl Photos {
    pub(crate) fn open(config: &Config, onnx: &OnnxRuntime, net: Net) -> Result<Self, EmbedError> {
        let detector = Detector::open(onnx, &config.vision, DetectorSettings::default())?;
        Ok(Self { detector: Arc::new(Mutex::new(detector)), net })
    }

    /// What `look` makes of the picture and of its faces, largest first.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        picture: Vec<u8>,
        look: impl FnOnce(&RgbImage, &[Face]) -> Result<T, EmbedError> + Send + 'static,
    ) -> Result<T, EmbedError> {
        let detector = self.detector.clone();
        let work = move || {
            let mut detector = detector.lock().unwrap_or_else(PoisonError::into_inner);
            // Decoded one at a time: a picture may need some hundred megabytes.
            let image = picture::decode(&picture, PictureLimits::default())?;
            drop(picture);
            let faces = detector.detect(&image)?;
            look(&image, &faces)
        };
        spawn_blocking(work).await?
    }
}

#[tonic::async_trait]
impl Service for Photos {
    async fn find_faces(
        &self,
        request: Request<v1::FindFacesRequest>,
    ) -> Result<Response<v1::FindFacesReply>, Status> {
        self.find(request.into_inner()).await.map(Response::new).map_err(|e| grpc_status(&e))
    }

    async fn embed_photo(
        &self,
        request: Request<v1::EmbedPhotoRequest>,
    ) -> Result<Response<v1::EmbedPhotoReply>, Status> {
        let reply = self.embed(request.into_inner()).await.map_err(|e| grpc_status(&e))?;
        ::metrics::counter!(metrics::PHOTOS).increment(1);
        Ok(Response::new(reply))
    }
}
