//! The collector: from a roster and its pictures to stored face crops.
//!
//! - consumes: nothing
//! - publishes: `crop.stored`; the KV bucket `roster`
//! - serves: gRPC `Collector` (`ImportRoster`)
//! - owns: the crops in the object store, and who is enrolled
//!
//! Nothing is read for a person whose row lacks attestation or consent.

mod config;
mod detectors;
mod enrolment;
mod error;
pub mod fetch;
mod folder;
mod metrics;
mod picture_collected;
mod rpc_import_roster;
mod tally;

use proto::v1::collector_server::CollectorServer;
use runtime::Lifecycle;
use vision::OnnxRuntime;

pub use config::Config;
pub use error::IngestError;

/// Runs until the token is cancelled.
pub async fn run(config: Config, life: Lifecycle) -> Result<(), IngestError> {
    metrics::describe();
    let nets = life.health.condition("nets");
    let listening = life.health.condition("grpc");
    let onnx = OnnxRuntime::load(&config.vision)?;
    let detectors = detectors::Detectors::open(&config, &onnx)?;
    nets.met();
    let bus = bus::Bus::connect("ingest", &config.bus, &life.health).await?;
    if bus.prepare(&life.shutdown).await.is_err() {
        return Ok(());
    }
    let crops = store::Crops::open(&config.objects)?;
    let collector = rpc_import_roster::Collector::new(bus, crops, detectors, &config, life.shutdown.clone());
    let service = CollectorServer::new(collector).max_decoding_message_size(64 << 20);
    let server = tonic::transport::Server::builder().add_service(service);
    Ok(runtime::grpc::serve(config.grpc_addr, server, listening, life.shutdown).await?)
}
