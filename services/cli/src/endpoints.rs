//! Where the running services of a data folder are: written by `avzeus up`, read by commands and tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::CliError;

/// Addresses and process ids of one `avzeus up`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Endpoints {
    /// Address of the page and the API.
    pub http: String,
    /// Address of NATS.
    pub nats: String,
    /// Address of Redis.
    pub redis: String,
    /// Each child by name: the six services, and the servers that were started.
    pub services: BTreeMap<String, ServiceEndpoint>,
}

/// One child.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ServiceEndpoint {
    /// Its process, now.
    pub pid: Option<u32>,
    /// How often it was started again.
    pub restarts: u32,
    /// Address of its /healthz, /readyz and /metrics.
    pub ops: Option<String>,
    /// Address of its gRPC service.
    pub grpc: Option<String>,
}

impl Endpoints {
    /// Where it lies within a data folder.
    pub fn file(data: &Path) -> PathBuf {
        data.join("endpoints.json")
    }

    /// Reads the file of a running `avzeus up`.
    pub fn read(data: &Path) -> Result<Self, CliError> {
        let file = Self::file(data);
        let text = std::fs::read(&file).map_err(CliError::file(&file, "read"))?;
        serde_json::from_slice(&text).map_err(|e| CliError::file(&file, "read")(e.into()))
    }

    /// Writes the file whole or not at all.
    pub(crate) fn write(&self, data: &Path) -> Result<(), CliError> {
        let (file, fresh) = (Self::file(data), data.join("endpoints.json.new"));
        let text = serde_json::to_vec_pretty(self).expect("addresses are plain text");
        std::fs::write(&fresh, text).map_err(CliError::file(&fresh, "written"))?;
        std::fs::rename(&fresh, &file).map_err(CliError::file(&file, "written"))
    }

    /// A child's gRPC address.
    pub(crate) fn grpc(&self, service: &str) -> Option<&str> {
        self.services.get(service)?.grpc.as_deref()
    }
}
