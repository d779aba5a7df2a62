//! Every route, and what stands around all of them.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, OriginalUri, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::problem::Problem;
use crate::{
    admin_door, cors, http_admin_catalogue, http_admin_clicks, http_admin_collect, http_admin_crop,
    http_admin_dead_letter, http_admin_dead_letters, http_admin_erasure, http_admin_health,
    http_admin_person, http_admin_policies, http_admin_policies_calibration, http_admin_policies_curve,
    http_admin_policies_promote, http_admin_policies_rollback, http_admin_policies_values,
    http_admin_policies_weights, http_admin_roster, http_api_page, http_clicks, http_console, http_crops,
    http_events, http_page, http_photos_faces, http_policy, http_recommendations, http_recommendations_photo,
    http_representatives, http_silhouette, idempotency, observe, openapi, rate_limit, roster_form,
    security_headers, unread_body,
};

/// The public router; `health` are /healthz and /readyz.
pub(crate) fn router(app: Arc<App>, health: Router) -> Router {
    let limits = app.limits.clone();
    let cors = cors::layer(&app.access.cors_origins.0);
    let places = |most| from_fn_with_state(Arc::new(Semaphore::new(most)), bounded);
    let rated = || from_fn_with_state(app.clone(), rate_limit::limited);
    let recommendations = Router::new()
        .route("/api/v1/recommendations", post(http_recommendations::recommend))
        .layer(from_fn_with_state(app.clone(), idempotency::idempotent))
        .layer(rated())
        .layer(places(limits.recommendations_in_flight));
    let asked = Router::new()
        .route("/api/v1/representatives", get(http_representatives::list))
        .route("/api/v1/clicks", post(http_clicks::record))
        .route("/api/v1/policy", get(http_policy::show))
        .layer(rated())
        .merge(recommendations)
        // Faces are many to a page, and held by whoever asks.
        .route("/media/crops/{person}/{crop}", get(http_crops::show))
        .layer(DefaultBodyLimit::max(limits.json_bytes))
        .layer(places(limits.in_flight));
    let photos = Router::new()
        .route("/api/v1/recommendations/photo", post(http_recommendations_photo::recommend))
        .route("/api/v1/photos/faces", post(http_photos_faces::find))
        .layer(DefaultBodyLimit::max(limits.photo_bytes))
        .layer(rated())
        .layer(places(limits.photos_in_flight));
    let mut operators = Router::new();
    if let Some(token) = app.admin.clone() {
        operators = operators
            .route(http_admin_dead_letters::PATH, get(http_admin_dead_letters::list))
            .merge(people())
            .merge(dead_letters_and_policies())
            .layer(DefaultBodyLimit::max(limits.json_bytes))
            .layer(from_fn_with_state((app.clone(), token), admin_door::guarded))
            .layer(places(limits.in_flight))
            .route("/admin", get(http_console::index))
            .route("/admin/assets/{name}", get(http_console::asset));
    }
    Router::new()
        .merge(asked)
        .merge(photos)
        .merge(operators)
        // Listeners have places of their own; the rest costs nothing.
        .route("/api/v1/events", get(http_events::listen).layer(rated()))
        .route("/api/openapi.json", get(openapi::show))
        .route("/api", get(http_api_page::index))
        .route("/api/assets/{name}", get(http_api_page::asset))
        .route(http_silhouette::PATH, get(http_silhouette::show))
        .route("/", get(http_page::index))
        .route("/assets/{name}", get(http_page::asset))
        .with_state(app)
        .merge(health)
        .fallback(unknown)
        .method_not_allowed_fallback(other_method)
        .layer(from_fn_with_state(limits.request_time(), timed))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(limits.request_time(), unread_body::drained))
        .layer(cors)
        .layer(from_fn(observe::observe))
        .layer(map_response(security_headers::secured))
}

/// What operators do about people, their crops and the catalogue, and how everything is.
fn people() -> Router<Arc<App>> {
    // The innermost limit counts.
    let import = post(http_admin_roster::import).layer(DefaultBodyLimit::max(roster_form::MOST_BYTES));
    Router::new()
        .route(http_admin_roster::PATH, get(http_admin_roster::list).merge(import))
        .route(http_admin_collect::PATH, post(http_admin_collect::collect))
        .route(http_admin_person::PATH, get(http_admin_person::show))
        .route(http_admin_crop::PATH, get(http_admin_crop::show))
        .route(http_admin_erasure::ERASE, post(http_admin_erasure::erase))
        .route(http_admin_erasure::ERASURE, get(http_admin_erasure::show))
        .route(http_admin_catalogue::PATH, get(http_admin_catalogue::show))
        .route(http_admin_catalogue::PEOPLE, get(http_admin_catalogue::people))
        .route(http_admin_catalogue::GROUP, get(http_admin_catalogue::group))
        .route(http_admin_catalogue::REPRESENTATIVE, post(http_admin_catalogue::replace))
        .route(http_admin_catalogue::REBUILD, post(http_admin_catalogue::rebuild))
        .route(http_admin_health::PATH, get(http_admin_health::show))
}

/// What operators do with single dead letters, and with policies.
fn dead_letters_and_policies() -> Router<Arc<App>> {
    Router::new()
        .route(
            http_admin_dead_letter::PATH,
            get(http_admin_dead_letter::read).delete(http_admin_dead_letter::drop_one),
        )
        .route(http_admin_dead_letter::RETRY, post(http_admin_dead_letter::retry))
        .route(http_admin_policies::PATH, get(http_admin_policies::list))
        .route(http_admin_policies_values::PATH, get(http_admin_policies_values::show))
        .route(http_admin_policies_promote::PATH, post(http_admin_policies_promote::promote))
        .route(http_admin_policies_rollback::PATH, post(http_admin_policies_rollback::back))
        .route(http_admin_policies_curve::PATH, get(http_admin_policies_curve::show))
        .route(http_admin_policies_weights::PATH, get(http_admin_policies_weights::show))
        .route(http_admin_policies_calibration::PATH, get(http_admin_policies_calibration::show))
        .route(http_admin_clicks::PARQUET, get(http_admin_clicks::parquet))
        .route(http_admin_clicks::JSONL, get(http_admin_clicks::jsonl))
}

/// At most so many requests at once; the next one is told to come again.
async fn bounded(State(places): State<Arc<Semaphore>>, request: Request, next: Next) -> Response {
    match places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => Problem::overloaded("too many requests at once; try again in a moment").into_response(),
    }
}

/// No request is worked on for ever, however slowly its body comes. A stream of events is answered once
/// it begins.
async fn timed(State(most): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(most, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail = format!("there was no answer within {} s; try again", most.as_secs());
            Problem::unavailable(detail).into_response()
        }
    }
}

async fn unknown(OriginalUri(uri): OriginalUri) -> Problem {
    Problem::not_found(format!("there is nothing at {}", uri.path()))
}

async fn other_method(method: Method, OriginalUri(uri): OriginalUri) -> Problem {
    let detail = format!("{} does not take {method}", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words");
    Problem::bug(format!("panicked: {words}")).into_response()
}
