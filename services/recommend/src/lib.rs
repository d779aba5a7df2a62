//! The recommender: a ranking of five faces into ten people.
//!
//! - consumes: `catalogue.published`, the KV bucket `policy`, `person.withdrawn`
//! - publishes: `person.erased`, `recommendation.made` (and the same impression to Redis, the fast path to it)
//! - serves: gRPC `Recommender` (`Representatives`, `Recommend`)
//! - owns: nothing; it can be multiplied freely
//!
//! Without a learner it goes on with the last policy; without Redis, through the stream alone.

mod arms;
mod config;
mod error;
mod held;
mod metrics;
mod on_catalogue_published;
mod on_person_withdrawn;
mod on_policy_published;
mod rpc_recommend;
mod rpc_representatives;
mod service;

use std::sync::Arc;

use proto::v1::recommender_server::RecommenderServer;
use runtime::Lifecycle;
use tokio::task::JoinSet;

pub use config::Config;
pub use error::RecommendError;

/// Runs until the token is cancelled.
pub async fn run(config: Config, life: Lifecycle) -> Result<(), RecommendError> {
    metrics::describe();
    let impressions = store::Impressions::open(&config.redis, &config.bus.namespace)?;
    let catalogues = store::Catalogues::open(&config.objects)?;
    let bus = bus::Bus::connect("recommend", &config.bus, &life.health).await?;
    let (held, control) = (Arc::new(held::Held::new(config.catalogues)), config.control_share);
    let serving = life.health.condition("catalogue");
    let mut tasks: JoinSet<Result<(), RecommendError>> = JoinSet::new();
    let recommender = service::Recommender { bus: bus.clone(), impressions, held: held.clone() };
    let server = tonic::transport::Server::builder().add_service(RecommenderServer::new(recommender));
    let (addr, listening, shutdown) =
        (config.grpc_addr, life.health.condition("grpc"), life.shutdown.clone());
    tasks.spawn(async move { Ok(runtime::grpc::serve(addr, server, listening, shutdown).await?) });
    if bus.prepare(&life.shutdown).await.is_ok() {
        let follow = on_catalogue_published::follow(bus.clone(), catalogues, held.clone(), serving);
        let token = life.shutdown.clone();
        tasks.spawn(async move { token.run_until_cancelled(follow).await.unwrap_or(Ok(())) });
        let (token, withdrawn) =
            (life.shutdown.clone(), on_person_withdrawn::follow(bus.clone(), held.clone()));
        tasks.spawn(async move {
            token.run_until_cancelled(withdrawn).await;
            Ok(())
        });
        let token = life.shutdown.clone();
        tasks.spawn(async move {
            token.run_until_cancelled(on_policy_published::follow(bus, held, control)).await;
            Ok(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}
