//! A running system: its children and its data folder.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vision::VisionConfig;

use super::child::{Recipe, keep};
use super::console::{Console, Log};
use super::ports::Ports;
use super::services::{Plan, Setting, plan};
use super::{LOG_FILE, Place, data_form, nats_version, preflight, readiness};
use crate::CliError;
use crate::endpoints::Endpoints;

/// A data folder and addresses that nobody else uses, before anything runs there.
pub(crate) struct Claim {
    data: PathBuf,
    lock: File,
    plan: Plan,
}

impl Claim {
    /// Claims `place` for services that get `settings` besides their addresses. Where it cannot be had nothing is touched.
    ///
    /// # Errors
    /// When something that must be installed is not, and when somebody else uses the folder or an address.
    pub(crate) fn of(place: &Place, settings: &[Setting]) -> Result<Self, CliError> {
        preflight::nets(&VisionConfig::default())?;
        let (data, lock) = claim(&place.data)?;
        data_form::check(&data)?;
        if place.nats_url.is_none() {
            nats_version::check(&data.join("nats"))?;
        }
        let plan = plan(place, &data, settings)?;
        Ok(Self { data, lock, plan })
    }
}

/// Everything that was started, to be stopped together.
pub(crate) struct System {
    data: PathBuf,
    endpoints: Arc<Mutex<Endpoints>>,
    services: JoinSet<()>,
    servers: JoinSet<()>,
    stop_services: CancellationToken,
    stop_servers: CancellationToken,
    log: Log,
    /// Held while the system runs: two on one folder would spoil its streams.
    _lock: File,
    /// Held while the system runs: others that start meanwhile choose other ones.
    _ports: Ports,
}

impl System {
    /// Starts all children where it was claimed; `stop` stops the services.
    pub(crate) async fn start(
        claim: Claim,
        console: Console,
        stop: CancellationToken,
    ) -> Result<Self, CliError> {
        let Claim { data, lock, plan } = claim;
        let Plan { servers, services, endpoints, ports } = plan;
        let log = Log::open(&data.join(LOG_FILE), console)?;
        let mut system = Self {
            data,
            endpoints: Arc::new(Mutex::new(endpoints)),
            services: JoinSet::new(),
            servers: JoinSet::new(),
            stop_services: stop,
            stop_servers: CancellationToken::new(),
            log,
            _lock: lock,
            _ports: ports,
        };
        for recipe in servers {
            let child = system.child(recipe, system.stop_servers.clone());
            system.servers.spawn(child);
        }
        for recipe in services {
            let child = system.child(recipe, system.stop_services.clone());
            system.services.spawn(child);
        }
        Ok(system)
    }

    fn child(&self, recipe: Recipe, stop: CancellationToken) -> impl Future<Output = ()> + use<> {
        let (endpoints, data, log) = (self.endpoints.clone(), self.data.clone(), self.log.clone());
        let complaints = self.log.clone();
        let started = move |name: &'static str, pid, restarts| {
            let mut endpoints = endpoints.lock().unwrap_or_else(PoisonError::into_inner);
            let endpoint = endpoints.services.entry(name.to_owned()).or_default();
            (endpoint.pid, endpoint.restarts) = (Some(pid), restarts);
            if let Err(error) = endpoints.write(&data) {
                complaints.tell(name, &error.to_string());
            }
        };
        keep(recipe, log, stop, started)
    }

    /// Waits until every service can do its work.
    pub(crate) async fn ready(&self) -> Result<(), CliError> {
        readiness::all(&self.endpoints()).await
    }

    /// Where everything is, now.
    pub(crate) fn endpoints(&self) -> Endpoints {
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The data folder, absolute.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Stops the services, which drain, then the servers they used.
    pub(crate) async fn stop(mut self) {
        self.stop_services.cancel();
        while self.services.join_next().await.is_some() {}
        self.stop_servers.cancel();
        while self.servers.join_next().await.is_some() {}
        // From now on nothing runs here; a leftover file would say otherwise.
        let _ = std::fs::remove_file(Endpoints::file(&self.data));
        self.log.tell("avzeus", "everything that was started is stopped");
    }
}

/// Takes the folder's lock, and makes what is not there.
fn claim(data: &Path) -> Result<(PathBuf, File), CliError> {
    std::fs::create_dir_all(data).map_err(CliError::file(data, "made"))?;
    let data = data.canonicalize().map_err(CliError::file(data, "read"))?;
    let path = data.join("lock");
    let lock = File::create(&path).map_err(CliError::file(&path, "written"))?;
    // Children inherit it: were this process killed, the folder would stay claimed for as long as they live.
    let shared = rustix::io::fcntl_setfd(&lock, rustix::io::FdFlags::empty());
    shared.map_err(|e| CliError::file(&path, "shared")(e.into()))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(CliError::InUse(data)),
        Err(TryLockError::Error(source)) => return Err(CliError::file(&path, "locked")(source)),
    }
    for folder in ["nats", "redis", "objects"] {
        let folder = data.join(folder);
        std::fs::create_dir_all(&folder).map_err(CliError::file(&folder, "made"))?;
    }
    Ok((data, lock))
}
