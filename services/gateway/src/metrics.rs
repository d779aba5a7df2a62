//! Every metric the gateway exports.

use std::time::Duration;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

const REQUESTS: &str = "avzeus_http_requests_total";
const SECONDS: &str = "avzeus_http_seconds";
const CLICKS: &str = "avzeus_clicks_recorded_total";
const DUPLICATES: &str = "avzeus_clicks_duplicate_total";
const MISSES: &str = "avzeus_impression_misses_total";
const LISTENERS: &str = "avzeus_event_listeners";
const CONNECTIONS: &str = "avzeus_http_connections";

/// Says what each metric counts.
pub(crate) fn describe() {
    describe_counter!(REQUESTS, "Requests answered, by route, method and status");
    describe_histogram!(SECONDS, "Time from a request's head to its answer's head, in seconds, by route");
    describe_counter!(CLICKS, "Clicks stored by the broker and acknowledged with 202");
    describe_counter!(DUPLICATES, "Clicks answered with the first click on the same slate");
    describe_counter!(MISSES, "Impressions that Redis did not give, by why; they are read from the stream");
    describe_gauge!(LISTENERS, "Open streams of live events");
    describe_gauge!(CONNECTIONS, "Open connections");
}

/// One request, answered.
pub(crate) fn request(route: String, method: &'static str, status: u16, took: Duration) {
    let labels = [("route", route.clone()), ("method", method.into()), ("status", status.to_string())];
    counter!(REQUESTS, &labels).increment(1);
    histogram!(SECONDS, "route" => route).record(took.as_secs_f64());
}

/// A click was stored.
pub(crate) fn click_recorded() {
    counter!(CLICKS).increment(1);
}

/// A click came after the first.
pub(crate) fn click_duplicate() {
    counter!(DUPLICATES).increment(1);
}

/// Redis did not give an impression, because of `why`: `absent`, `away` or `malformed`.
pub(crate) fn impression_miss(why: &'static str) {
    counter!(MISSES, "why" => why).increment(1);
}

/// Counts something open for as long as it is held.
pub(crate) struct Open(&'static str);

impl Open {
    /// A stream of live events.
    pub(crate) fn listener() -> Self {
        Self::counted(LISTENERS)
    }

    /// A connection.
    pub(crate) fn connection() -> Self {
        Self::counted(CONNECTIONS)
    }

    fn counted(name: &'static str) -> Self {
        gauge!(name).increment(1.0);
        Self(name)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        gauge!(self.0).decrement(1.0);
    }
}
