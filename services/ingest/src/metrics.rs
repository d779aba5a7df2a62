//! Every metric of the collector.

use metrics::{describe_counter, describe_histogram};

pub(crate) const PICTURES: &str = "avzeus_pictures_total";
pub(crate) const SECONDS: &str = "avzeus_picture_seconds";
pub(crate) const FETCHES: &str = "avzeus_fetch_total";
pub(crate) const FETCH_BYTES: &str = "avzeus_fetch_bytes_total";
pub(crate) const FETCH_SECONDS: &str = "avzeus_fetch_seconds";

pub(crate) fn describe() {
    describe_counter!(PICTURES, "pictures read, by outcome: stored, known, no_face, duplicate, failed");
    describe_histogram!(SECONDS, "time to decode a picture, find its faces and cut the largest");
    describe_counter!(
        FETCHES,
        "pictures asked for on the web, by outcome: fetched, bad_address, unlisted, refused, bad_redirect, bad_status, \
         encoded, too_large, not_a_picture, not_http, unreachable, cut, too_slow, resting"
    );
    describe_counter!(FETCH_BYTES, "bytes of the pictures that were fetched");
    describe_histogram!(
        FETCH_SECONDS,
        "time to fetch a picture, waits for its host and further tries included"
    );
}
