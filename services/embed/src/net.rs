//! The net on a thread of its own: photos first, then crops in batches.
//!
//! Whoever has a chip asks and waits for its vector; batches are made of what is asked meanwhile. What waits here is
//! bounded: photos by the places at the door, crops by what the broker hands out.

use std::slice::from_ref;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use vision::{Chip, Embedder, FaceCrops, OnnxRuntime, Profile, VisionConfig};

use crate::{Config, EmbedError, metrics};

/// Photos that may be underway; more are turned away.
const PHOTOS: usize = 16;
/// While a photo is underway, batches are this part of their full size: it waits for one to end.
const HURRY: usize = 4;

type Answer = oneshot::Sender<Result<Vec<f32>, EmbedError>>;

/// Where to ask for vectors. Cheap to clone; the thread ends when the last one is dropped.
#[derive(Clone)]
pub(crate) struct Net {
    profile: Arc<Profile>,
    places: Arc<Semaphore>,
    photos: mpsc::Sender<Photo>,
    crops: mpsc::Sender<Crop>,
}

struct Crop {
    chip: Chip,
    answer: Answer,
}

struct Photo {
    face: FaceCrops,
    profile: String,
    answer: Answer,
    _place: OwnedSemaphorePermit,
}

/// What goes through the net next.
enum Turn {
    Photo(Box<Photo>),
    Crops(Vec<Crop>),
}

/// The net and its lines, to be run on a thread.
pub(crate) struct NetThread {
    onnx: OnnxRuntime,
    vision: VisionConfig,
    own: Embedder,
    /// Of another profile, for photos, while a catalogue of it is served.
    other: Option<Embedder>,
    photos: mpsc::Receiver<Photo>,
    crops: mpsc::Receiver<Crop>,
    places: Arc<Semaphore>,
    /// Crops of the next batch, and when it goes however few they are.
    gathered: Vec<Crop>,
    due: Instant,
    most: usize,
    wait: Duration,
}

/// Opens the configured profile's net.
pub(crate) fn open(config: &Config, onnx: &OnnxRuntime) -> Result<(Net, NetThread), EmbedError> {
    let vision = config.embedding();
    let own = Embedder::open(onnx, &vision, &vision.profiles.profile)?;
    let places = Arc::new(Semaphore::new(PHOTOS));
    let (ask_photo, photos) = mpsc::channel(PHOTOS);
    let (ask_crop, crops) = mpsc::channel(config.batch);
    let profile = Arc::new(own.profile().clone());
    tracing::info!(
        profile = profile.name,
        threads = vision.threads(),
        batch = config.batch,
        "the net is open"
    );
    let net = Net { profile, places: places.clone(), photos: ask_photo, crops: ask_crop };
    let thread = NetThread {
        onnx: onnx.clone(),
        vision,
        own,
        other: None,
        photos,
        crops,
        places,
        gathered: Vec::new(),
        due: Instant::now(),
        most: config.batch,
        wait: config.wait(),
    };
    Ok((net, thread))
}

impl Net {
    /// The configured profile: what crops are embedded with.
    pub(crate) fn profile(&self) -> &Profile {
        &self.profile
    }

    /// A place for a photo from its arrival to its answer. While one is taken, crops go in smaller batches.
    pub(crate) fn photo_place(&self) -> Result<OwnedSemaphorePermit, EmbedError> {
        self.places.clone().try_acquire_owned().map_err(|_| EmbedError::Busy)
    }

    /// The unit vector of a photo's face under `profile`, before any crop that waits.
    pub(crate) async fn photo(
        &self,
        face: FaceCrops,
        profile: String,
        place: OwnedSemaphorePermit,
    ) -> Result<Vec<f32>, EmbedError> {
        let (answer, answered) = oneshot::channel();
        let asked = self.photos.send(Photo { face, profile, answer, _place: place }).await;
        asked.map_err(|_| EmbedError::NetEnded)?;
        answered.await.map_err(|_| EmbedError::NetEnded)?
    }

    /// The unit vector of a crop's chip, in the batch that it gets into.
    pub(crate) async fn crop(&self, chip: Chip) -> Result<Vec<f32>, EmbedError> {
        let (answer, answered) = oneshot::channel();
        self.crops.send(Crop { chip, answer }).await.map_err(|_| EmbedError::NetEnded)?;
        answered.await.map_err(|_| EmbedError::NetEnded)?
    }
}

impl NetThread {
    /// Answers until nobody is left to ask. Blocks its thread, which must be one of a runtime.
    pub(crate) fn run(mut self) {
        let here = Handle::current();
        while let Some(turn) = here.block_on(self.turn()) {
            match turn {
                Turn::Photo(photo) => self.photo(*photo),
                Turn::Crops(batch) => self.batch(batch),
            }
        }
    }

    async fn turn(&mut self) -> Option<Turn> {
        loop {
            if let Ok(photo) = self.photos.try_recv() {
                return Some(Turn::Photo(Box::new(photo)));
            }
            let most = self.most_now();
            if self.gathered.len() >= most {
                return Some(Turn::Crops(self.gathered.drain(..most).collect()));
            }
            tokio::select! {
                biased;
                Some(photo) = self.photos.recv() => return Some(Turn::Photo(Box::new(photo))),
                Some(crop) = self.crops.recv() => {
                    if self.gathered.is_empty() {
                        self.due = Instant::now() + self.wait;
                    }
                    self.gathered.push(crop);
                }
                () = sleep_until(self.due), if !self.gathered.is_empty() => {
                    return Some(Turn::Crops(std::mem::take(&mut self.gathered)));
                }
                else => return None,
            }
        }
    }

    fn most_now(&self) -> usize {
        let hurry = self.places.available_permits() < PHOTOS;
        if hurry { self.most.div_ceil(HURRY) } else { self.most }
    }

    /// One photo, unless its caller has hung up.
    fn photo(&mut self, photo: Photo) {
        if !photo.answer.is_closed() {
            let vector = self.embedder(&photo.profile).and_then(|embedder| {
                let chip = embedder.chip(&photo.face.context, &photo.face.face_in_context);
                one(embedder, &chip)
            });
            // Who hung up meanwhile needs no answer.
            let _gone = photo.answer.send(vector);
        }
    }

    fn batch(&mut self, batch: Vec<Crop>) {
        let (chips, answers): (Vec<_>, Vec<_>) = batch.into_iter().map(|c| (c.chip, c.answer)).unzip();
        let started = std::time::Instant::now();
        let vectors: Vec<_> = match self.own.embed(&chips) {
            Ok(vectors) => vectors.into_iter().map(sound).collect(),
            Err(error) => {
                // One of them may be at fault: alone, each gets the answer that it deserves.
                tracing::warn!(%error, crops = chips.len(), "a batch failed; its crops go one by one");
                chips.iter().map(|chip| one(&mut self.own, chip)).collect()
            }
        };
        ::metrics::histogram!(metrics::SECONDS).record(started.elapsed());
        ::metrics::histogram!(metrics::BATCH).record(chips.len() as f64);
        for (answer, vector) in answers.into_iter().zip(vectors) {
            let _gone = answer.send(vector);
        }
    }

    /// The net of `profile`: the own one, or one other, opened when it is first asked for.
    fn embedder(&mut self, profile: &str) -> Result<&mut Embedder, EmbedError> {
        if self.own.profile().name == profile {
            return Ok(&mut self.own);
        }
        if self.other.as_ref().is_none_or(|other| other.profile().name != profile) {
            let opened = Embedder::open(&self.onnx, &self.vision, profile);
            let opened =
                opened.map_err(|source| EmbedError::OtherProfile { profile: profile.to_owned(), source })?;
            tracing::info!(
                profile,
                own = self.own.profile().name,
                "photos are embedded with another profile, too"
            );
            self.other = Some(opened);
        }
        Ok(self.other.as_mut().expect("it was opened just now"))
    }
}

/// A chip on its own.
fn one(embedder: &mut Embedder, chip: &Chip) -> Result<Vec<f32>, EmbedError> {
    embedder.embed(from_ref(chip))?.pop().ok_or(EmbedError::NoVector).and_then(sound)
}

/// A vector that is not of unit length (a zero, an infinity, no number at all) has no place in a catalogue.
fn sound(vector: Vec<f32>) -> Result<Vec<f32>, EmbedError> {
    let off = (domain::embedding::norm(&vector) - 1.0).abs();
    if off < 1e-3 { Ok(vector) } else { Err(EmbedError::NoVector) }
}

#[cfg(test)]
mod tests;
