//! `ImportRoster`: checks every row, then collects everyone, telling progress as it goes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bus::Bus;
use domain::PersonId;
use domain::roster::Enrolment;
use futures::StreamExt;
use futures::stream;
use proto::v1;
use proto::v1::collector_server::Collector as Service;
use proto::v1::import_progress::Told;
use runtime::failure::grpc_status;
use store::Crops;
use tokio::sync::{Mutex, OwnedMutexGuard, mpsc};
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::detectors::Detectors;
use crate::picture_collected::{Collected, Collection};
use crate::tally::Tally;
use crate::{Config, IngestError, enrolment, folder};

/// Progress messages a slow caller may lag behind before collecting waits for it.
const LAG: usize = 256;
/// The source that means `photos/<person>/`.
const FOLDER: &str = "folder";

type Progress = mpsc::Sender<Result<v1::ImportProgress, Status>>;

/// Answers `Collector`. One import at a time: two would fight over the same detectors.
pub(crate) struct Collector {
    collection: Collection,
    side_by_side: usize,
    most_crops: usize,
    one_at_a_time: Arc<Mutex<JoinSet<()>>>,
    shutdown: CancellationToken,
}

/// One picture still to be read.
struct Todo {
    person: PersonId,
    path: PathBuf,
}

impl Collector {
    pub(crate) fn new(
        bus: Bus,
        crops: Crops,
        detectors: Detectors,
        config: &Config,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            collection: Collection { bus, crops, detectors },
            // One picture is read or stored while another is looked at.
            side_by_side: 2 * config.detector_count(),
            most_crops: config.crops,
            one_at_a_time: Arc::default(),
            shutdown,
        }
    }
}

#[tonic::async_trait]
impl Service for Collector {
    type ImportRosterStream = ReceiverStream<Result<v1::ImportProgress, Status>>;

    async fn import_roster(
        &self,
        request: Request<v1::ImportRosterRequest>,
    ) -> Result<Response<Self::ImportRosterStream>, Status> {
        let request = request.into_inner();
        let photos = PathBuf::from(&request.photos);
        if !photos.is_dir() {
            return Err(grpc_status(&IngestError::NoFolder(request.photos)));
        }
        let mut running =
            self.one_at_a_time.clone().try_lock_owned().map_err(|_| grpc_status(&IngestError::Busy))?;
        if running.try_join_next().is_none() && !running.is_empty() {
            return Err(grpc_status(&IngestError::Busy));
        }
        let (progress, told) = mpsc::channel(LAG);
        let import = Import {
            collection: self.collection.clone(),
            side_by_side: self.side_by_side,
            most_crops: self.most_crops,
        };
        let shutdown = self.shutdown.clone();
        running.spawn(async move {
            let work = import.run(&request.rows, &photos, &progress);
            let outcome = shutdown.run_until_cancelled(work).await.unwrap_or(Err(IngestError::Interrupted));
            if let Err(error) = outcome {
                tracing::warn!(%error, "an import ended early");
                // The caller may be gone or slow; then nobody waits for the reason.
                let _ = progress.try_send(Err(grpc_status(&error)));
            }
        });
        drop::<OwnedMutexGuard<_>>(running);
        Ok(Response::new(ReceiverStream::new(told)))
    }
}

struct Import {
    collection: Collection,
    side_by_side: usize,
    most_crops: usize,
}

impl Import {
    async fn run(
        &self,
        rows: &[v1::RosterRow],
        photos: &Path,
        progress: &Progress,
    ) -> Result<(), IngestError> {
        let mut tally = Tally::default();
        let mut people = Vec::new();
        for checked in enrolment::check(rows) {
            match checked {
                Ok(person) => people.push(person),
                Err(mut refused) => {
                    tally.0.refused_rows += 1;
                    if enrolment::expel(&self.collection.bus, &refused.id).await? {
                        refused.reason += "; they were on the roster before and are no longer shown";
                    }
                    tell(progress, Told::Refused(refused)).await;
                }
            }
        }
        let mut todo = Vec::new();
        for person in &people {
            enrolment::enrol(&self.collection.bus, person).await?;
            todo.push(self.listed(person, photos, progress).await);
        }
        tally.0.people = people.len() as u32;
        tally.0.pictures = todo.iter().map(|files| files.len() as u32).sum();
        tell(progress, Told::Count(tally.0)).await;
        for files in todo {
            self.collect(files, &mut tally, progress).await?;
        }
        tracing::info!(?tally, "an import is done");
        tell(progress, Told::Summary(tally.0)).await;
        Ok(())
    }

    /// The pictures of `person`, if the folder is among the sources their row lists.
    async fn listed(&self, person: &Enrolment, photos: &Path, progress: &Progress) -> Vec<Todo> {
        if !person.sources.iter().any(|source| source == FOLDER) {
            return Vec::new();
        }
        let path = photos.join(person.id.as_str());
        match folder::pictures(&path) {
            Ok(files) => files.into_iter().map(|path| Todo { person: person.id.clone(), path }).collect(),
            Err(error) => {
                let reason = format!("the folder {error}");
                tell(progress, Told::Skipped(skipped(&person.id, &path, &reason))).await;
                Vec::new()
            }
        }
    }

    /// One person's pictures in order, a few side by side, until there are enough crops.
    async fn collect(
        &self,
        files: Vec<Todo>,
        tally: &mut Tally,
        progress: &Progress,
    ) -> Result<(), IngestError> {
        let mut crops = 0;
        let mut outcomes = stream::iter(files)
            .map(|Todo { person, path }| async move {
                let outcome = self.collection.collect(&person, &path).await;
                (person, path, outcome)
            })
            .buffered(self.side_by_side);
        while let Some((person, path, outcome)) = outcomes.next().await {
            let counted = match outcome {
                Ok(collected) => {
                    crops += usize::from(collected != Collected::NoFace);
                    if collected == Collected::NoFace {
                        tell(progress, Told::Skipped(skipped(&person, &path, "no face was found"))).await;
                    }
                    Some(collected)
                }
                Err(error) if error.is_of_one_picture() => {
                    tracing::warn!(%person, picture = %path.display(), %error, "skipped");
                    tell(progress, Told::Skipped(skipped(&person, &path, &error.to_string()))).await;
                    None
                }
                Err(error) => return Err(error),
            };
            tally.count(counted);
            tell(progress, Told::Count(tally.0)).await;
            if crops >= self.most_crops {
                break;
            }
        }
        Ok(())
    }
}

fn skipped(person: &PersonId, path: &Path, reason: &str) -> v1::SkippedPicture {
    let picture = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    v1::SkippedPicture { person: person.to_string(), picture, reason: reason.to_owned() }
}

/// A caller that hung up does not stop the import; it only hears no more of it.
async fn tell(progress: &Progress, told: Told) {
    let _ = progress.send(Ok(v1::ImportProgress { told: Some(told) })).await;
}
