//! The cataloguer: drops bad crops, averages each person's, groups people, and publishes catalogues.
//!
//! - consumes: `crop.embedded` and `vector.imported` (one profile's part of each, whole: it is the vector table),
//!   the KV bucket `roster`, `person.withdrawn`
//! - publishes: `catalogue.published`, `vector.imported`, `person.erased`
//! - serves: gRPC `Cataloguer` (`Describe`, `Rebuild`, `ReplaceRepresentative`, `Elbow`, `Export`, `Import`)
//! - owns: catalogue snapshots in the object store
//!
//! A change costs the changed people only; everyone is grouped anew when enough has changed. What is published follows
//! from vectors, roster, seed and what was published before: after a restart it is gone on from.

mod config;
mod coverage;
mod due;
mod error;
pub mod grouping;
mod making;
mod metrics;
mod on_crop_embedded;
mod on_person_withdrawn;
mod on_roster_changed;
mod on_vector_imported;
mod person;
mod publication;
mod publisher;
mod reading;
mod rpc_describe;
mod rpc_elbow;
mod rpc_export;
mod rpc_import;
mod rpc_rebuild;
mod rpc_replace_representative;
mod rules;
mod service;
mod table;

use std::sync::Arc;

use proto::v1::cataloguer_server::CataloguerServer;
use runtime::Lifecycle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

pub use config::Config;
pub use error::ClusterError;

/// Runs until the token is cancelled.
pub async fn run(config: Config, life: Lifecycle) -> Result<(), ClusterError> {
    metrics::describe();
    let rules = rules::Rules::of(&config)?;
    let table = Arc::new(table::Table::default());
    let (rebuilds, asked) = mpsc::channel(16);
    let bus = bus::Bus::connect("cluster", &config.bus, &life.health).await?;
    let service = service::Service {
        table: table.clone(),
        rules: rules.clone(),
        bus: bus.clone(),
        rebuilds: rebuilds.clone(),
    };
    let mut tasks: JoinSet<Result<(), ClusterError>> = JoinSet::new();
    let server = tonic::transport::Server::builder().add_service(CataloguerServer::new(service));
    let (addr, listening, shutdown) =
        (config.grpc_addr, life.health.condition("grpc"), life.shutdown.clone());
    tasks.spawn(async move { Ok(runtime::grpc::serve(addr, server, listening, shutdown).await?) });
    tasks.spawn(on_person_withdrawn::follow(bus.clone(), rebuilds.clone(), life.shutdown.clone()));
    let publisher = publisher::Publisher::open(bus, &config, rules, table)?;
    tasks.spawn(publisher.run(asked, life.clone()));
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}
