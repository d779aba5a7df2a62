//! Which running system a command means, and where the parts of it are that the command asks.

use std::path::{Path, PathBuf};

use crate::CliError;
use crate::endpoints::Endpoints;

/// The system that `avzeus up` or `demo` started on a data folder, or services anywhere by their addresses. Every
/// address is the setting that the services themselves have, so that a command in a service's container needs no flags.
/// An address that is given counts; the others are those of the data folder.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Running system")]
pub(crate) struct Running {
    /// Folder of the system that `avzeus up` or `demo` started.
    #[arg(long, env = "AVZEUS_DATA", default_value = ".avzeus", value_name = "DIR")]
    pub(crate) data: PathBuf,

    /// Address of NATS [default: the data folder's]
    #[arg(long, env = "AVZEUS_NATS_URL", value_name = "URL")]
    nats_url: Option<String>,

    /// Namespace of the system, where several share one NATS.
    #[arg(long, env = "AVZEUS_NAMESPACE", default_value = "", value_name = "NAME")]
    pub(crate) namespace: String,

    /// Address of ingest's gRPC [default: the data folder's]
    #[arg(long, env = "AVZEUS_INGEST_URL", value_name = "URL")]
    ingest_url: Option<String>,

    /// Address of cluster's gRPC [default: the data folder's]
    #[arg(long, env = "AVZEUS_CLUSTER_URL", value_name = "URL")]
    cluster_url: Option<String>,

    /// Address of Redis [default: the data folder's]
    #[arg(long, env = "AVZEUS_REDIS_URL", value_name = "URL")]
    redis_url: Option<String>,

    /// Folder of crops and catalogues [default: objects/ in the data folder]
    #[arg(long, env = "AVZEUS_OBJECTS", value_name = "DIR")]
    objects: Option<PathBuf>,
}

impl Running {
    /// What was started on the data folder `data`.
    pub(crate) fn on(data: &Path) -> Self {
        let data = data.to_owned();
        let namespace = String::new();
        Self {
            data,
            namespace,
            nats_url: None,
            ingest_url: None,
            cluster_url: None,
            redis_url: None,
            objects: None,
        }
    }

    pub(crate) fn nats(&self) -> Result<String, CliError> {
        self.address(&self.nats_url, "nats", "AVZEUS_NATS_URL", |at| Some(at.nats.clone()))
    }

    pub(crate) fn redis(&self) -> Result<String, CliError> {
        self.address(&self.redis_url, "redis", "AVZEUS_REDIS_URL", |at| Some(at.redis.clone()))
    }

    pub(crate) fn ingest(&self) -> Result<String, CliError> {
        self.address(&self.ingest_url, "ingest", "AVZEUS_INGEST_URL", |at| {
            at.grpc("ingest").map(str::to_owned)
        })
    }

    pub(crate) fn cluster(&self) -> Result<String, CliError> {
        self.address(&self.cluster_url, "cluster", "AVZEUS_CLUSTER_URL", |at| {
            at.grpc("cluster").map(str::to_owned)
        })
    }

    /// The folder of crops and catalogues.
    pub(crate) fn objects(&self) -> PathBuf {
        self.objects.clone().unwrap_or_else(|| self.data.join("objects"))
    }

    /// Whether the broker's files lie in the data folder, too: `avzeus up` may use one that somebody else started.
    pub(crate) fn keeps_streams(&self) -> bool {
        self.is_local() && Endpoints::read(&self.data).is_ok_and(|at| at.services.contains_key("nats"))
    }

    /// Whether the system is the one that `avzeus up` started on the data folder.
    pub(crate) fn is_local(&self) -> bool {
        Endpoints::read(&self.data).is_ok_and(|at| self.nats_url.as_ref().is_none_or(|url| *url == at.nats))
    }

    fn address(
        &self,
        given: &Option<String>,
        what: &'static str,
        setting: &'static str,
        local: impl Fn(&Endpoints) -> Option<String>,
    ) -> Result<String, CliError> {
        if let Some(url) = given {
            return Ok(url.clone());
        }
        let endpoints = Endpoints::read(&self.data);
        endpoints.ok().as_ref().and_then(local).ok_or_else(|| CliError::NotRunning {
            data: self.data.clone(),
            what,
            setting,
        })
    }
}
