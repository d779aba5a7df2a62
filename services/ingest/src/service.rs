//! gRPC `Collector`: one run at a time, since two would fight over the same detectors and hosts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::Classified;
use proto::v1;
use proto::v1::collector_server::Collector as Service;
use runtime::failure::grpc_status;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::person_collected::Reach;
use crate::picture_looked_at::Collection;
use crate::progress::{LAG, Progress};
use crate::run::Run;
use crate::search::{Search, SearchConfig};
use crate::{Config, IngestError, folder};

type Messages = ReceiverStream<Result<v1::CollectProgress, Status>>;

/// Answers `Collector`.
pub(crate) struct Collector {
    collection: Collection,
    reach: Reach,
    search: SearchConfig,
    photos_root: PathBuf,
    running: Arc<Mutex<JoinSet<()>>>,
    shutdown: CancellationToken,
}

/// What is asked for.
enum Task {
    Import { rows: Vec<v1::RosterRow>, confirmed: bool },
    Collect(Vec<String>),
}

impl Collector {
    pub(crate) fn new(collection: Collection, config: &Config, shutdown: CancellationToken) -> Self {
        // One picture is read or fetched while another is looked at.
        let reach = Reach { side_by_side: 2 * config.detector_count(), most_crops: config.crops };
        let (search, photos_root) = (config.search.clone(), config.photos_root.clone());
        Self { collection, reach, search, photos_root, running: Arc::default(), shutdown }
    }

    /// Begins a run. Whoever hangs up ends it: the same call goes on from there.
    fn begin(&self, task: Task, photos: String, again: bool) -> Result<Response<Messages>, Status> {
        let photos = (!photos.is_empty()).then(|| folder::within(&self.photos_root, Path::new(&photos)));
        let photos = photos.transpose().map_err(|error| grpc_status(&error))?;
        let busy = || grpc_status(&IngestError::Busy);
        let mut running = self.running.try_lock().map_err(|_| busy())?;
        if running.try_join_next().is_none() && !running.is_empty() {
            return Err(busy());
        }
        let (caller, messages) = mpsc::channel(LAG);
        let mut run = Run {
            collection: self.collection.clone(),
            reach: self.reach,
            photos,
            again,
            search: Search::new(self.search.clone()),
            progress: Progress::new(caller.clone()),
        };
        let shutdown = self.shutdown.clone();
        running.spawn(async move {
            let outcome = tokio::select! {
                outcome = task.run(&mut run) => outcome,
                () = shutdown.cancelled() => Err(IngestError::Interrupted),
                () = caller.closed() => Err(IngestError::HungUp),
            };
            run.search.close().await;
            if let Err(error) = outcome {
                // The caller is told why; a log names nobody.
                tracing::warn!(class = error.class().name(), "collecting ended early");
                // The caller may be gone or slow; then nobody waits for the reason.
                let _ = caller.try_send(Err(grpc_status(&error)));
            }
        });
        Ok(Response::new(ReceiverStream::new(messages)))
    }
}

impl Task {
    async fn run(&self, run: &mut Run) -> Result<(), IngestError> {
        match self {
            Self::Import { rows, confirmed } => run.import_roster(rows, *confirmed).await,
            Self::Collect(people) => run.collect(people).await,
        }
    }
}

#[tonic::async_trait]
impl Service for Collector {
    type ImportRosterStream = Messages;
    type CollectStream = Messages;

    async fn import_roster(
        &self,
        request: Request<v1::ImportRosterRequest>,
    ) -> Result<Response<Messages>, Status> {
        let v1::ImportRosterRequest { rows, photos, confirmed } = request.into_inner();
        self.begin(Task::Import { rows, confirmed }, photos, false)
    }

    async fn collect(&self, request: Request<v1::CollectRequest>) -> Result<Response<Messages>, Status> {
        let v1::CollectRequest { people, photos, again } = request.into_inner();
        self.begin(Task::Collect(people), photos, again)
    }
}
