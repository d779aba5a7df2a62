//! Decoding stored crops, and cutting the nets' input out of them, on threads that give way to the nets.
//!
//! A net computes all the time, a crop is decoded in under a millisecond. Were both of one weight, the system would take
//! the net's core away for milliseconds whenever a crop arrives, even where another core is idle.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use vision::crops::CONTEXT_SIDE;
use vision::picture::{self, PictureLimits};
use vision::{Chip, Face, Profile};

use crate::EmbedError;

/// A stored crop is never larger; what says so is not decoded.
const LIMITS: PictureLimits =
    PictureLimits { max_pixels: CONTEXT_SIDE as u64 * CONTEXT_SIDE as u64, max_side: CONTEXT_SIDE };
/// How much these threads give way, 0 to 19.
const NICE: i32 = 10;

/// Where to ask for chips. The cutters end when it is dropped.
pub(crate) struct Cutting(mpsc::Sender<Crop>);

/// A stored crop to cut.
struct Crop {
    png: Bytes,
    around: Option<Face>,
    answer: oneshot::Sender<Result<Chip, EmbedError>>,
}

/// The threads that cut: as many as nets, for more would only take cores from those.
pub(crate) struct Cutters {
    profile: Arc<Profile>,
    crops: Arc<Mutex<mpsc::Receiver<Crop>>>,
    threads: usize,
}

/// Cuts what `profile`'s net takes, on so many `threads`.
pub(crate) fn open(profile: Arc<Profile>, threads: usize) -> (Cutting, Cutters) {
    let (ask, crops) = mpsc::channel(threads);
    (Cutting(ask), Cutters { profile, crops: Arc::new(Mutex::new(crops)), threads })
}

impl Cutting {
    /// The net's input: `png` as it is, or what the profile wants of it `around` a face.
    pub(crate) async fn chip(&self, png: Bytes, around: Option<Face>) -> Result<Chip, EmbedError> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Crop { png, around, answer }).await.map_err(|_| EmbedError::NetEnded)?;
        answered.await.map_err(|_| EmbedError::NetEnded)?
    }
}

impl Cutters {
    /// Cuts until nobody is left to ask.
    pub(crate) async fn run(self) -> Result<(), EmbedError> {
        let mut threads = JoinSet::new();
        for _ in 0..self.threads {
            let (profile, crops) = (self.profile.clone(), self.crops.clone());
            threads.spawn_blocking(move || {
                give_way();
                let next = || crops.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
                while let Some(Crop { png, around, answer }) = next() {
                    // A decoder's panic is this crop's alone.
                    let cut = catch_unwind(AssertUnwindSafe(|| cut(&profile, &png, around)));
                    let panicked = |_| Err(EmbedError::Panicked("a crop could not be cut".to_owned()));
                    // Who asked may have gone: the service is ending.
                    let _ = answer.send(cut.unwrap_or_else(panicked));
                }
            });
        }
        while let Some(ended) = threads.join_next().await {
            ended?;
        }
        Ok(())
    }
}

/// Linux counts niceness by the thread; elsewhere the whole process would give way.
fn give_way() {
    if cfg!(target_os = "linux")
        && let Err(error) = rustix::process::setpriority_process(None, NICE)
    {
        tracing::debug!(%error, "crops are cut at the nets' own priority");
    }
}

fn cut(profile: &Profile, png: &[u8], around: Option<Face>) -> Result<Chip, EmbedError> {
    let picture = picture::decode(png, LIMITS)?;
    let Some(face) = around else { return Ok(Chip { pixels: picture }) };
    let (width, height) = picture.dimensions();
    let [x1, y1, x2, y2] = face.bounds;
    if !(x1.max(0.0) < x2.min(width as f32) && y1.max(0.0) < y2.min(height as f32)) {
        return Err(EmbedError::FaceOutside { width, height });
    }
    Ok(vision::embedder::chip(profile, &picture, &face))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgb, RgbImage};
    use vision::FaceCrops;
    use vision::catalog::Catalog;

    use super::*;

    fn png(image: &RgbImage) -> Bytes {
        let mut bytes = Cursor::new(vec![]);
        image.write_to(&mut bytes, ImageFormat::Png).expect("memory takes everything");
        bytes.into_inner().into()
    }

    /// A face in the middle of a picture.
    fn crops() -> FaceCrops {
        let image = RgbImage::from_fn(300, 300, |x, y| Rgb([x as u8, (x * y) as u8, y as u8]));
        let landmarks = [[120.0, 130.0], [170.0, 132.0], [146.0, 158.0], [124.0, 184.0], [166.0, 186.0]];
        FaceCrops::cut(&image, &Face { bounds: [100.0, 90.0, 190.0, 210.0], probability: 1.0, landmarks })
    }

    fn opened() -> (Cutting, Cutters) {
        open(Arc::new(Catalog::builtin().profile("dlib-resnet-v1").expect("it is built in")), 2)
    }

    #[tokio::test]
    async fn a_chip_is_the_stored_picture_or_what_is_cut_out_of_it() {
        let (cutting, cutters) = opened();
        let running = tokio::spawn(cutters.run());
        let crops = crops();
        let as_it_is = cutting.chip(png(&crops.aligned), None).await.expect("it can be decoded");
        assert_eq!(as_it_is.pixels, crops.aligned);
        let cut = cutting.chip(png(&crops.context), Some(crops.face_in_context)).await;
        assert_eq!(
            cut.expect("it can be cut"),
            as_it_is,
            "a crop without the aligned view has the same chip"
        );
        drop(cutting);
        running.await.expect("nothing panicked").expect("they end when nobody asks");
    }

    #[tokio::test]
    async fn a_crop_that_cannot_be_cut_leaves_the_others_alone() {
        let (cutting, cutters) = opened();
        let running = tokio::spawn(cutters.run());
        let crops = crops();
        let whole = png(&crops.context);
        let broken = cutting.chip(whole.slice(..whole.len() / 3), Some(crops.face_in_context)).await;
        assert!(matches!(broken, Err(EmbedError::Picture(_))), "{broken:?}");
        let beside = Face { bounds: [500.0, 0.0, 600.0, 90.0], ..crops.face_in_context };
        let outside = cutting.chip(whole.clone(), Some(beside)).await;
        assert!(matches!(outside, Err(EmbedError::FaceOutside { .. })), "{outside:?}");
        cutting.chip(whole, Some(crops.face_in_context)).await.expect("it can be cut");
        drop(cutting);
        running.await.expect("nothing panicked").expect("they end when nobody asks");
    }
}
