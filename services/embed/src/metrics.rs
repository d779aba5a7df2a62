//! Every metric of the embedding worker.

use metrics::{describe_gauge, describe_histogram};
use runtime::describe_counter;
use vision::Execution;

pub(crate) const EMBEDDED: &str = "avzeus_crops_embedded_total";
pub(crate) const WAITING: &str = "avzeus_crops_waiting";
pub(crate) const BATCH: &str = "avzeus_embed_batch_crops";
pub(crate) const SECONDS: &str = "avzeus_embed_batch_seconds";
pub(crate) const PHOTOS: &str = "avzeus_photos_embedded_total";

pub(crate) const EXECUTION: &str = "avzeus_embed_execution";
pub(crate) const CHECKS: &str = "avzeus_embed_checks_total";
pub(crate) const CHECK_COSINE: &str = "avzeus_embed_check_cosine";
pub(crate) const DISAGREEMENTS: &str = "avzeus_embed_disagreements_total";

/// Says by a label how the nets run.
pub(crate) fn record_execution(execution: Execution) {
    ::metrics::gauge!(EXECUTION, "made_by" => execution.to_string()).set(1.0);
}

pub(crate) fn describe() {
    describe_counter(EMBEDDED, "crops whose vector was stored");
    describe_gauge!(
        WAITING,
        "crops without a vector of the worker's profile: the same from each worker of it"
    );
    describe_histogram!(BATCH, "crops that went through the net at once");
    describe_histogram!(SECONDS, "time of one batch in the net");
    describe_gauge!(EXECUTION, "1, with the execution provider and precision of the nets as label made_by");
    describe_counter(CHECKS, "crops that were embedded by the CPU provider in f32, too");
    describe_gauge!(CHECK_COSINE, "cosine between the two vectors of the crop that was checked last");
    describe_counter(DISAGREEMENTS, "checked crops whose two vectors had a cosine below .9999");
    describe_counter(PHOTOS, "uploaded photos answered with a vector");
}
