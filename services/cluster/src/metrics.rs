//! Every metric of the cataloguer.

use metrics::{describe_counter, describe_gauge, describe_histogram};

pub(crate) const CROPS: &str = "avzeus_vector_table_crops";
pub(crate) const PEOPLE: &str = "avzeus_catalogue_people";
pub(crate) const DROPPED: &str = "avzeus_catalogue_crops_dropped";
pub(crate) const LEFT_OUT: &str = "avzeus_catalogue_people_left_out";
pub(crate) const SECONDS: &str = "avzeus_catalogue_build_seconds";
pub(crate) const PUBLISHED: &str = "avzeus_catalogues_published_total";

pub(crate) fn describe() {
    describe_gauge!(CROPS, "embedded crops in the vector table");
    describe_gauge!(PEOPLE, "people in the newest catalogue");
    describe_gauge!(DROPPED, "crops that purifying dropped in the newest catalogue");
    describe_gauge!(LEFT_OUT, "people with crops who are not in the newest catalogue");
    describe_histogram!(SECONDS, "time to build a catalogue");
    describe_counter!(PUBLISHED, "catalogues published");
}
