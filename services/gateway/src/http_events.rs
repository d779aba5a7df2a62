//! `GET /api/v1/events`: the policy and the catalogue as they change, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{StreamExt, stream};
use serde::Serialize;
use tokio_stream::wrappers::WatchStream;

use crate::app::App;
use crate::metrics::Open;
use crate::problem::Problem;

/// Between two comments that keep the connection known as alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Events `policy` (as /api/v1/policy answers) and `catalogue`: what stands now at once, then every
/// change. A slow listener gets the newest only.
#[utoipa::path(get, path = "/api/v1/events", operation_id = "events", responses(
    (status = 200, content_type = "text/event-stream", description = "`policy` and `catalogue` events"),
    (status = 503, body = Problem, content_type = "application/problem+json", description = "too many listeners"),
))]
pub(crate) async fn listen(State(app): State<Arc<App>>) -> Result<impl IntoResponse, Problem> {
    let seat = app.listeners.clone().try_acquire_owned();
    let seat = seat.map_err(|_| Problem::unavailable("too many listeners; try again in a moment"))?;
    let open = Open::listener();
    let policy = WatchStream::new(app.policy.subscribe()).map(|policy| event("policy", &policy));
    let catalogue = WatchStream::new(app.served.subscribe())
        .filter_map(async |served| served.map(|served| event("catalogue", &served)));
    let events = stream::select(policy, Box::pin(catalogue))
        .take_until(app.shutdown.clone().cancelled_owned())
        .map(move |event| {
            // The stream holds its seat for as long as it lives.
            let _held = (&seat, &open);
            event
        });
    let told = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // A proxy that gathers answers before it passes them on would gather this one for ever.
    Ok(([("x-accel-buffering", "no")], told))
}

fn event(name: &str, told: &impl Serialize) -> Result<Event, Infallible> {
    let data = serde_json::to_string(told).unwrap_or_default();
    Ok(Event::default().event(name).data(data))
}
