//! A few detectors, each used by one picture at a time.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use vision::{Detector, DetectorSettings, OnnxRuntime};

use crate::{Config, IngestError};

/// The detectors nobody uses now, and a permit for each.
#[derive(Clone)]
pub(crate) struct Detectors {
    free: Arc<Mutex<Vec<Detector>>>,
    permits: Arc<Semaphore>,
}

impl Detectors {
    pub(crate) fn open(config: &Config, onnx: &OnnxRuntime) -> Result<Self, IngestError> {
        let settings = DetectorSettings { min_face: config.min_face };
        let count = config.detector_count();
        let open = (0..count).map(|_| Detector::open(onnx, &config.vision, settings));
        let free = Arc::new(Mutex::new(open.collect::<Result<Vec<_>, _>>()?));
        Ok(Self { free, permits: Arc::new(Semaphore::new(count)) })
    }

    /// Runs `work` with a detector on a blocking thread, once one is free.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Detector) -> Result<T, IngestError> + Send + 'static,
    ) -> Result<T, IngestError> {
        let permit = self.permits.clone().acquire_owned().await.expect("the semaphore is never closed");
        let free = self.free.clone();
        let task = tokio::task::spawn_blocking(move || {
            let taken = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let detector = Some(taken.expect("a permit stands for a free detector"));
            // Given back also when a picture makes the work panic, and before the permit is.
            let _permit = permit;
            let mut lent = Lent { detector, free };
            work(lent.detector.as_mut().expect("it is lent until the end"))
        });
        task.await?
    }
}

/// A detector in use; dropped, it is free again.
struct Lent {
    detector: Option<Detector>,
    free: Arc<Mutex<Vec<Detector>>>,
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).extend(self.detector.take());
    }
}
