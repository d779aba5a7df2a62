//! Every metric of the collector.

use metrics::describe_histogram;
use runtime::{describe_counter, describe_counter_by};

pub(crate) const PICTURES: &str = "avzeus_pictures_total";
pub(crate) const SECONDS: &str = "avzeus_picture_seconds";
pub(crate) const FETCHES: &str = "avzeus_fetch_total";
pub(crate) const FETCH_BYTES: &str = "avzeus_fetch_bytes_total";
pub(crate) const FETCH_SECONDS: &str = "avzeus_fetch_seconds";

/// What becomes of a picture.
const OUTCOMES: [&str; 5] = ["stored", "known", "no_face", "duplicate", "failed"];

/// What becomes of an address.
const FETCH_OUTCOMES: [&str; 14] = [
    "fetched",
    "bad_address",
    "unlisted",
    "refused",
    "bad_redirect",
    "bad_status",
    "encoded",
    "too_large",
    "not_a_picture",
    "not_http",
    "unreachable",
    "cut",
    "too_slow",
    "resting",
];

pub(crate) fn describe() {
    describe_counter_by(PICTURES, "outcome", &OUTCOMES, "pictures read, by outcome");
    describe_histogram!(SECONDS, "time to decode a picture, find its faces and cut the largest");
    describe_counter_by(FETCHES, "outcome", &FETCH_OUTCOMES, "pictures asked for on the web, by outcome");
    describe_counter(FETCH_BYTES, "bytes of the pictures that were fetched");
    describe_histogram!(
        FETCH_SECONDS,
        "time to fetch a picture, waits for its host and further tries included"
    );
}
