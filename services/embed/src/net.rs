//! The nets, each on a thread of its own: photos first, then crops in batches.
//!
//! Whoever has a chip asks and waits for its vector; batches are made of what is asked meanwhile. What waits here is
//! bounded: photos by the places at the door, crops by what the broker hands out.

mod check;
mod lane;

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use vision::{Chip, Embedder, Execution, FaceCrops, OnnxRuntime, Profile};

use self::check::Check;
use self::lane::{Lane, Other};
use crate::{Config, EmbedError, metrics};

/// Photos that may be underway; more are turned away.
const PHOTOS: usize = 16;
/// While a photo is underway, batches are this part of their full size: it waits for one to end.
const HURRY: usize = 4;

type Answer = oneshot::Sender<Result<Embedding, EmbedError>>;

/// A face's vector, and how it was made.
#[derive(Debug, PartialEq)]
pub(crate) struct Embedding {
    pub(crate) vector: Vec<f32>,
    pub(crate) made_by: Execution,
}

/// Where to ask for vectors. Cheap to clone; the lanes end when the last one is dropped.
#[derive(Clone)]
pub(crate) struct Net {
    profile: Arc<Profile>,
    execution: Execution,
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

/// What goes through a net next.
enum Turn {
    Photo(Box<Photo>),
    Crops(Vec<Crop>),
}

/// The nets and what waits for them.
pub(crate) struct Lanes {
    lanes: Vec<Lane>,
    queue: Queue,
}

/// What waits, and whose turn it is.
struct Queue {
    photos: mpsc::Receiver<Photo>,
    crops: mpsc::Receiver<Crop>,
    places: Arc<Semaphore>,
    /// Crops of the next batch, and when it goes however few they are.
    gathered: Vec<Crop>,
    due: Instant,
    most: usize,
    wait: Duration,
}

/// Opens the configured profile's nets.
pub(crate) fn open(config: &Config, onnx: &OnnxRuntime) -> Result<(Net, Lanes), EmbedError> {
    let vision = config.embedding();
    let other = Other::shared(onnx.clone(), vision.clone());
    let check = Check::shared(onnx.clone(), vision.clone());
    let mut lanes = Vec::new();
    for _ in 0..config.nets() {
        let own = Embedder::open(onnx, &vision, &vision.profiles.profile)?;
        lanes.push(Lane { own, other: other.clone(), check: check.clone(), unchecked: 0 });
    }
    let own = &lanes.first().expect("there is at least one").own;
    let (profile, choice) = (Arc::new(own.profile().clone()), own.choice());
    let (execution, why) = (choice.execution, &choice.reason);
    if choice.is_second_best {
        tracing::warn!(made_by = %execution, why, "embeddings are made by the CPU provider in f32");
    }
    metrics::record_execution(execution);
    let places = Arc::new(Semaphore::new(PHOTOS));
    let (ask_photo, photos) = mpsc::channel(PHOTOS);
    let (ask_crop, crops) = mpsc::channel(config.nets() * config.batch);
    tracing::info!(
        profile = profile.name,
        nets = lanes.len(),
        batch = config.batch,
        made_by = %execution,
        why,
        "the nets are open"
    );
    let net = Net { profile, execution, places: places.clone(), photos: ask_photo, crops: ask_crop };
    let (most, wait, due) = (config.batch, config.wait(), Instant::now());
    let queue = Queue { photos, crops, places, gathered: Vec::new(), due, most, wait };
    Ok((net, Lanes { lanes, queue }))
}

impl Net {
    /// The configured profile: what crops are embedded with.
    pub(crate) fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    /// How the configured profile's nets run.
    pub(crate) fn execution(&self) -> Execution {
        self.execution
    }

    /// A place for a photo from its arrival to its answer. While one is taken, crops go in smaller batches.
    pub(crate) fn photo_place(&self) -> Result<OwnedSemaphorePermit, EmbedError> {
        self.places.clone().try_acquire_owned().map_err(|_| EmbedError::Busy)
    }

    /// The embedding of a photo's face under `profile`, before any crop that waits.
    pub(crate) async fn photo(
        &self,
        face: FaceCrops,
        profile: String,
        place: OwnedSemaphorePermit,
    ) -> Result<Embedding, EmbedError> {
        let (answer, answered) = oneshot::channel();
        let asked = self.photos.send(Photo { face, profile, answer, _place: place }).await;
        asked.map_err(|_| EmbedError::NetEnded)?;
        answered.await.map_err(|_| EmbedError::NetEnded)?
    }

    /// The embedding of a crop's chip, in the batch that it gets into.
    pub(crate) async fn crop(&self, chip: Chip) -> Result<Embedding, EmbedError> {
        let (answer, answered) = oneshot::channel();
        self.crops.send(Crop { chip, answer }).await.map_err(|_| EmbedError::NetEnded)?;
        answered.await.map_err(|_| EmbedError::NetEnded)?
    }
}

impl Lanes {
    /// Answers until nobody is left to ask.
    pub(crate) async fn run(self) -> Result<(), EmbedError> {
        let queue = Arc::new(Mutex::new(self.queue));
        let mut threads = JoinSet::new();
        for mut lane in self.lanes {
            let (queue, runtime) = (queue.clone(), Handle::current());
            // Made up when a net is free to take it, by its own thread: until then a batch grows, and between two
            // there is nobody else to be woken first.
            let next = move || runtime.block_on(async { queue.lock().await.turn().await });
            threads.spawn_blocking(move || {
                while let Some(turn) = next() {
                    lane.take(turn);
                }
            });
        }
        while let Some(ended) = threads.join_next().await {
            ended?;
        }
        Ok(())
    }
}

impl Queue {
    /// What goes through a net next; nothing when nobody is left to ask.
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
}

#[cfg(test)]
mod tests;
