//! Every metric of the collector.

use metrics::{describe_counter, describe_histogram};

pub(crate) const PICTURES: &str = "avzeus_pictures_total";
pub(crate) const SECONDS: &str = "avzeus_picture_seconds";

pub(crate) fn describe() {
    describe_counter!(PICTURES, "pictures read, by outcome: stored, known, no_face, unreadable");
    describe_histogram!(SECONDS, "time to decode a picture, find its faces and cut the largest");
}
