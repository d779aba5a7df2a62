//! Settings of the collector.

use std::net::SocketAddr;
use std::path::PathBuf;

use runtime::{Configured, Invalid, ServiceSettings};

/// Collects pictures of people who agreed to it, finds and cuts their faces, and stores the crops.
///
/// `avzeus roster import` and `avzeus collect` call it. The same again collects only what is left.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "avzeus-ingest", version)]
pub struct Config {
    #[command(flatten)]
    pub(crate) service: ServiceSettings,
    #[command(flatten)]
    pub(crate) bus: bus::BusConfig,
    #[command(flatten)]
    pub(crate) objects: store::ObjectConfig,
    #[command(flatten)]
    pub(crate) vision: vision::VisionConfig,
    #[command(flatten)]
    pub(crate) fetch: crate::fetch::FetchConfig,
    #[command(flatten)]
    pub(crate) search: crate::search::SearchConfig,

    /// Address of the gRPC service `Collector`.
    #[arg(long, env = "AVZEUS_GRPC_ADDR", default_value = "127.0.0.1:50054")]
    pub(crate) grpc_addr: SocketAddr,

    /// Pictures looked at side by side; 0 means one a core.
    #[arg(long, env = "AVZEUS_INGEST_DETECTORS", default_value_t = 0)]
    pub(crate) detectors: usize,

    /// Side of the smallest face looked for, in pixels.
    #[arg(long, env = "AVZEUS_INGEST_MIN_FACE", default_value_t = 20)]
    pub(crate) min_face: u32,

    /// Folder within which pictures of the roster are read; an import or a collection that names one elsewhere is
    /// refused. All that this process may read, by default.
    #[arg(long, env = "AVZEUS_INGEST_PHOTOS_ROOT", value_name = "FOLDER", default_value = "/")]
    pub(crate) photos_root: PathBuf,

    /// File of the key that receipts of erasures are signed with (64 hex digits, Ed25519); drawn and written at the first
    /// start. By default `receipt.key` in the folder of objects.
    #[arg(long, env = "AVZEUS_RECEIPT_KEY", value_name = "FILE")]
    pub(crate) receipt_key: Option<PathBuf>,

    /// Crops after which no more of a person's pictures are fetched or read.
    #[arg(long, env = "AVZEUS_INGEST_CROPS", default_value_t = 50)]
    pub(crate) crops: usize,
}

impl Configured for Config {
    fn service(&self) -> &ServiceSettings {
        &self.service
    }

    fn validate(&self) -> Result<(), Invalid> {
        if self.min_face < 12 {
            let why = format!("is {}, MTCNN sees faces of 12 pixels and more", self.min_face);
            return Err(Invalid { setting: "AVZEUS_INGEST_MIN_FACE", why });
        }
        self.search.validate()?;
        self.bus.validate()
    }
}

impl Config {
    /// Where the key of receipts is kept.
    pub(crate) fn receipt_key(&self) -> PathBuf {
        self.receipt_key.clone().unwrap_or_else(|| self.objects.objects.join("receipt.key"))
    }

    /// How many detectors to open.
    pub(crate) fn detector_count(&self) -> usize {
        match self.detectors {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        }
    }
}
