//! The embedding worker: turns stored face crops into vectors.
//!
//! - consumes: `crop.stored` (durable consumer `embed-<profile>`, shared by all workers of a profile)
//! - publishes: `crop.embedded`
//! - serves: gRPC `Embedder` (`FindFaces`, `EmbedPhoto`)
//! - owns: nothing; a worker can be killed at any time, and its messages go to another

mod backlog;
mod config;
mod cutting;
mod error;
mod metrics;
mod net;
mod on_crop_stored;
mod outage;
mod rpc_embed_photo;
mod rpc_find_faces;
mod service;

use proto::v1::embedder_server::EmbedderServer;
use runtime::Lifecycle;
use tokio::task::JoinSet;
use vision::OnnxRuntime;

pub use config::Config;
pub use error::EmbedError;

/// Runs until the token is cancelled; what is in hand then is finished first.
pub async fn run(config: Config, life: Lifecycle) -> Result<(), EmbedError> {
    metrics::describe();
    let nets = life.health.condition("nets");
    let onnx = OnnxRuntime::load(&config.vision)?;
    let (net, lanes) = net::open(&config, &onnx)?;
    life.health.fact("embeds by", net.execution().to_string());
    let photos = service::Photos::open(&config, &onnx, net.clone())?;
    nets.met();

    let bus = bus::Bus::connect("embed", &config.bus, &life.health).await?;
    let server = tonic::transport::Server::builder()
        .add_service(EmbedderServer::new(photos).max_decoding_message_size(service::LARGEST_PICTURE));
    let mut tasks: JoinSet<Result<(), EmbedError>> = JoinSet::new();
    let (addr, listening, shutdown) =
        (config.grpc_addr, life.health.condition("grpc"), life.shutdown.clone());
    tasks.spawn(async move { Ok(runtime::grpc::serve(addr, server, listening, shutdown).await?) });
    tasks.spawn(on_crop_stored::run(config, bus, net, life.shutdown));
    // They end when nobody is left to ask them.
    tasks.spawn(lanes.run());
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}
