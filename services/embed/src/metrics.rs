//! Every metric of the embedding worker.

use metrics::{describe_gauge, describe_histogram};
use runtime::describe_counter;

pub(crate) const EMBEDDED: &str = "avzeus_crops_embedded_total";
pub(crate) const WAITING: &str = "avzeus_crops_waiting";
pub(crate) const BATCH: &str = "avzeus_embed_batch_crops";
pub(crate) const SECONDS: &str = "avzeus_embed_batch_seconds";
pub(crate) const PHOTOS: &str = "avzeus_photos_embedded_total";

pub(crate) fn describe() {
    describe_counter(EMBEDDED, "crops whose vector was stored");
    describe_gauge!(
        WAITING,
        "crops without a vector of the worker's profile: the same from each worker of it"
    );
    describe_histogram!(BATCH, "crops that went through the net at once");
    describe_histogram!(SECONDS, "time of one batch in the net");
    describe_counter(PHOTOS, "uploaded photos answered with a vector");
}
