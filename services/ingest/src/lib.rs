//! The collector: from a name on a roster to stored face crops.
//!
//! - consumes: `person.withdrawn`, `person.erased`
//! - publishes: `crop.stored`, `person.erased` and the receipts of `person.withdrawn`; the KV buckets `roster` and `pictures`
//! - serves: gRPC `Collector` (`ImportRoster`, `Collect`)
//! - owns: the crops in the object store, who is enrolled, and what became of every picture
//!
//! A person's way: [`rpc_import_roster`] → [`run`] → [`listing`] → [`person_collected`]. A picture's way:
//! [`origin`] → [`picture_looked_at`] → [`sight`] → [`picture_settled`] → [`ledger`].
//!
//! Nothing is read for a person whose row lacks attestation or consent.

mod config;
mod detectors;
mod enrolment;
mod error;
pub mod fetch;
mod folder;
mod ledger;
mod listing;
mod metrics;
mod on_person_erased;
mod on_person_withdrawn;
mod origin;
mod outcome;
mod person_collected;
mod picture_looked_at;
mod picture_settled;
mod progress;
mod receipt_key;
mod rpc_collect;
mod rpc_import_roster;
mod run;
mod search;
mod service;
mod sight;
mod twins;

use std::sync::Arc;

use proto::v1::collector_server::CollectorServer;
use runtime::Lifecycle;
use tokio::task::JoinSet;
use vision::OnnxRuntime;

pub use config::Config;
pub use error::IngestError;

/// Runs until the token is cancelled.
pub async fn run(config: Config, life: Lifecycle) -> Result<(), IngestError> {
    metrics::describe();
    let nets = life.health.condition("nets");
    let listening = life.health.condition("grpc");
    let onnx = OnnxRuntime::load(&config.vision.for_detection())?;
    let detectors = detectors::Detectors::open(&config, &onnx)?;
    nets.met();
    let bus = bus::Bus::connect("ingest", &config.bus, &life.health).await?;
    if bus.prepare(&life.shutdown).await.is_err() {
        return Ok(());
    }
    let crops = store::Crops::open(&config.objects)?;
    let fetcher = Arc::new(fetch::Fetcher::open(&config.fetch).map_err(IngestError::Fetcher)?);
    let key = receipt_key::ReceiptKey::open(&config.receipt_key())?;
    let mut erasing = JoinSet::new();
    let (watched, held, shutdown) = (bus.clone(), crops.clone(), life.shutdown.clone());
    erasing.spawn(async move {
        let follow = async {
            tokio::join!(
                on_person_withdrawn::follow(&watched, &held),
                on_person_erased::follow(&watched, &held, &key)
            )
        };
        shutdown.run_until_cancelled(follow).await;
    });
    let collection = picture_looked_at::Collection { bus, crops, detectors, fetcher };
    let collector = service::Collector::new(collection, &config, life.shutdown.clone());
    let service = CollectorServer::new(collector).max_decoding_message_size(64 << 20);
    let server = tonic::transport::Server::builder().add_service(service);
    runtime::grpc::serve(config.grpc_addr, server, listening, life.shutdown).await?;
    match erasing.join_next().await {
        Some(Err(error)) => Err(error.into()),
        _ => Ok(()),
    }
}
