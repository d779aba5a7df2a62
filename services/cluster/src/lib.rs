//! The cataloguer: purifies everyone's crops, groups people, and publishes catalogues.
//!
//! - consumes: `crop.embedded` (the whole stream: it is the vector table), the KV bucket `roster`
//! - publishes: `catalogue.published`
//! - serves: gRPC `Cataloguer` (`Describe`, `Rebuild`)
//! - owns: catalogue snapshots in the object store
//!
//! What is published follows from vectors, roster and seed alone: the same again is the same version.

mod build;
mod config;
mod error;
pub mod grouping;
mod metrics;
mod on_crop_embedded;
mod on_roster_changed;
mod publication;
mod reading;
mod rpc_describe;
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
    let rules = build::Rules::of(&config)?;
    let table = Arc::new(table::Table::default());
    let (rebuilds, asked) = mpsc::channel(16);
    let bus = bus::Bus::connect("cluster", &config.bus, &life.health).await?;
    let describe = rpc_describe::Describe::new(table.clone(), rebuilds, bus.clone());
    let mut tasks: JoinSet<Result<(), ClusterError>> = JoinSet::new();
    let server = tonic::transport::Server::builder().add_service(CataloguerServer::new(describe));
    let (addr, listening, shutdown) =
        (config.grpc_addr, life.health.condition("grpc"), life.shutdown.clone());
    tasks.spawn(async move { Ok(runtime::grpc::serve(addr, server, listening, shutdown).await?) });
    let publisher = publication::Publisher::open(bus, &config, rules, table)?;
    tasks.spawn(publisher.run(asked, life.clone()));
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|e| ClusterError::Panicked(e.to_string()))??;
    }
    Ok(())
}
