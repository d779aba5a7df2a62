//! The HTTP edge.
//!
//! - consumes: `catalogue.published`, `person.withdrawn`, the buckets `policy` and `roster`; it keeps no place in any stream
//! - publishes: `click.recorded`, once a slate; `person.erased`; for operators, `person.withdrawn`, `serving` in the bucket
//!   `policy`, and dead letters under their own subjects again
//! - serves: the page, the operators' console, the contract and its page, `/api/v1/*`, `/media/*`, server-sent events; health as well
//! - owns: nothing; impressions are found in Redis or their stream, faces in the object store

mod access;
mod admin_door;
mod app;
mod away;
mod built_in;
mod client;
mod collecting;
mod config;
mod cors;
mod enrolled;
mod error;
mod etag;
mod form;
mod http_admin_catalogue;
mod http_admin_clicks;
mod http_admin_collect;
mod http_admin_crop;
mod http_admin_dead_letter;
mod http_admin_dead_letters;
mod http_admin_erasure;
mod http_admin_health;
mod http_admin_person;
mod http_admin_policies;
mod http_admin_policies_calibration;
mod http_admin_policies_curve;
mod http_admin_policies_promote;
mod http_admin_policies_rollback;
mod http_admin_policies_values;
mod http_admin_policies_weights;
mod http_admin_roster;
mod http_api_page;
mod http_clicks;
mod http_console;
mod http_crops;
mod http_events;
mod http_page;
mod http_photos_faces;
mod http_policy;
mod http_recommendations;
mod http_recommendations_photo;
mod http_representatives;
mod http_silhouette;
mod id_page;
mod idempotency;
mod impressions;
mod json;
mod judging;
mod metrics;
mod observe;
mod on_catalogue_published;
mod on_person_withdrawn;
mod on_policy_published;
mod on_roster_changed;
mod openapi;
mod openapi_examples;
mod openapi_tags;
mod page_origin;
mod photo_form;
mod problem;
mod rate_limit;
mod recommender;
mod rfc3339;
mod roster_form;
mod routes;
mod security_headers;
mod served_catalogue;
mod serving;
mod shown_slate;
mod shrinking;
#[cfg(test)]
mod tests;
mod unread_body;

use std::sync::Arc;

use bus::Bus;
use runtime::{Lifecycle, ops};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::app::App;
use crate::serving::Bounds;
pub use config::Config;
pub use error::GatewayError;

/// The HTTP contract with what there is for operators, as a gateway that has a token serves it.
pub fn contract() -> utoipa::openapi::OpenApi {
    openapi::document(true)
}

/// Serves until the token is cancelled, then lets running requests end.
pub async fn run(config: Config, life: Lifecycle) -> Result<(), GatewayError> {
    metrics::describe();
    let addr = config.http_addr;
    let listener = TcpListener::bind(addr).await.map_err(|source| GatewayError::Listen { addr, source })?;
    let catalogue = life.health.condition("catalogue");
    let bus = Bus::connect("gateway", &config.bus, &life.health).await?;
    let app = App::new(&config, bus, life.shutdown.clone())?;
    let router = routes::router(app.clone(), ops::health_routes(life.health));

    let bounds = Bounds { connections: config.limits.connections, unread: serving::READER_PATIENCE };
    let mut watchers = JoinSet::new();
    watchers.spawn(served_catalogue::follow(app.clone(), catalogue));
    watchers.spawn(follow_broker(app));
    tracing::info!(%addr, "the page and the API are served");
    tokio::select! {
        () = serving::serve(listener, router, bounds, life.shutdown) => Ok(()),
        Some(ended) = watchers.join_next() => {
            Err(GatewayError::Watcher(ended.err().map_or("early".to_owned(), |e| e.to_string())))
        }
    }
}

/// Follows everything the broker tells, for ever.
async fn follow_broker(app: Arc<App>) {
    if app.bus.prepare(&app.shutdown).await.is_ok() {
        tokio::join!(
            on_policy_published::follow(&app),
            on_roster_changed::follow(&app),
            on_person_withdrawn::follow(&app),
            on_catalogue_published::follow(&app),
        );
    }
    // Told to end while it waited: the server drains, and then this goes with it.
    std::future::pending().await
}
