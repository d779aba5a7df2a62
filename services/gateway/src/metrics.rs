//! Every metric the gateway exports.

use std::time::Duration;

use metrics::{counter, describe_gauge, describe_histogram, gauge, histogram};
use runtime::{describe_counter, describe_counter_by};

const REQUESTS: &str = "avzeus_http_requests_total";
const SECONDS: &str = "avzeus_http_seconds";
const CLICKS: &str = "avzeus_clicks_recorded_total";
const DUPLICATES: &str = "avzeus_clicks_duplicate_total";
const MISSES: &str = "avzeus_impression_misses_total";
const LISTENERS: &str = "avzeus_event_listeners";
const OVER_RATE: &str = "avzeus_rate_limited_total";
const RATE_UNCHECKED: &str = "avzeus_rate_unchecked_total";
const KEYS_PASSED_OVER: &str = "avzeus_idempotency_keys_passed_over_total";
const ADMIN_REFUSED: &str = "avzeus_admin_refused_total";
const CONNECTIONS: &str = "avzeus_http_connections";

/// Says what each metric counts.
pub(crate) fn describe() {
    metrics::describe_counter!(REQUESTS, "Requests answered, by route, method and status");
    describe_histogram!(SECONDS, "Time from a request's head to its answer's head, in seconds, by route");
    describe_counter(CLICKS, "Clicks stored by the broker and acknowledged with 202");
    describe_counter(DUPLICATES, "Clicks answered with the first click on the same slate");
    describe_counter_by(
        MISSES,
        "why",
        &["absent", "away", "malformed"],
        "Impressions that Redis did not give, by why; they are read from the stream",
    );
    describe_gauge!(LISTENERS, "Open streams of live events");
    describe_counter(OVER_RATE, "Requests refused because their caller had made too many within a minute");
    describe_counter(RATE_UNCHECKED, "Requests let through uncounted because Redis did not answer");
    describe_counter(
        KEYS_PASSED_OVER,
        "Idempotency keys that could not be kept because Redis did not answer",
    );
    describe_counter_by(
        ADMIN_REFUSED,
        "why",
        &["none", "wrong", "site", "tries"],
        "Requests for operators that were not let in, by why",
    );
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

/// A caller had made too many requests.
pub(crate) fn over_rate() {
    counter!(OVER_RATE).increment(1);
}

/// Nobody could tell how many requests a caller had made.
pub(crate) fn rate_unchecked() {
    counter!(RATE_UNCHECKED).increment(1);
}

/// A request went on as if it had no key.
pub(crate) fn key_passed_over() {
    counter!(KEYS_PASSED_OVER).increment(1);
}

/// Somebody was not let in as an operator, because of `why`: `none`, `wrong`, `site` or `tries`.
pub(crate) fn admin_refused(why: &'static str) {
    counter!(ADMIN_REFUSED, "why" => why).increment(1);
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
