//! No caller may ask more than so often, however many gateways there are: requests are counted in Redis, a minute at a
//! time. Without Redis nobody is held back, and a metric says so: recommending goes on.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use store::{RequestCounts, StoreError};

use crate::app::App;
use crate::away::Away;
use crate::client::{Peer, caller, client};
use crate::metrics;
use crate::problem::Problem;

/// Length of a window, in seconds.
pub(crate) const WINDOW_SECONDS: u64 = 60;

/// Counts of all callers.
pub(crate) struct RateLimit {
    pub(crate) counts: RequestCounts,
    pub(crate) redis: Away,
}

impl RateLimit {
    /// What Redis told, if it did.
    pub(crate) fn tell(&self, counted: Result<u64, StoreError>) -> Option<u64> {
        self.redis.tell(counted.as_ref().err());
        if counted.is_err() {
            metrics::rate_unchecked();
        }
        counted.ok()
    }
}

/// Number of the window that is now, and how many seconds it has left.
pub(crate) fn window() -> (u64, u64) {
    let now = runtime::now_ms() / 1000;
    (now / WINDOW_SECONDS, WINDOW_SECONDS - now % WINDOW_SECONDS)
}

/// How a caller stands in the window that is now.
struct Standing {
    most: u64,
    made: u64,
    seconds_left: u64,
}

/// Counts the request, and refuses it where its caller has made too many.
pub(crate) async fn limited(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if app.access.client_requests_per_minute == 0 {
        return next.run(request).await;
    }
    let peer = request.extensions().get::<Peer>().copied().expect("serving says whose connection it is");
    let caller = caller(client(peer, request.headers(), &app.access.trusted_proxies.0));
    let Some(standing) = standing(&app, &caller).await else { return next.run(request).await };
    let mut response = if standing.made > standing.most {
        metrics::over_rate();
        standing.refusal().into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert("ratelimit-policy", standing.policy());
    headers.insert("ratelimit", standing.left());
    response
}

/// `None` where nobody can tell.
async fn standing(app: &App, caller: &str) -> Option<Standing> {
    let (window, seconds_left) = window();
    let made = app.rate.tell(app.rate.counts.count(caller, window, 2 * WINDOW_SECONDS).await)?;
    let most = app.access.client_requests_per_minute;
    Some(Standing { most, made, seconds_left })
}

/// The fields of draft-ietf-httpapi-ratelimit-headers-10.
impl Standing {
    fn policy(&self) -> HeaderValue {
        header(format!("\"client\";q={};w={WINDOW_SECONDS}", self.most))
    }

    fn left(&self) -> HeaderValue {
        header(format!("\"client\";r={};t={}", self.most.saturating_sub(self.made), self.seconds_left))
    }

    fn refusal(&self) -> Problem {
        let Self { most, seconds_left, .. } = self;
        let detail = format!("more than {most} requests within a minute; try again in {seconds_left} s");
        Problem::new(StatusCode::TOO_MANY_REQUESTS, detail).retry_after(*seconds_left)
    }
}

fn header(text: String) -> HeaderValue {
    HeaderValue::from_str(&text).expect("words and numbers are plain")
}
