//! Every metric of the cataloguer.

use domain::alarm::AlarmKind;
use metrics::{counter, describe_gauge, describe_histogram, gauge};
use runtime::describe_counter;

use crate::making::Making;

pub(crate) const CROPS: &str = "avzeus_vector_table_crops";
pub(crate) const FOREIGN: &str = "avzeus_vector_table_foreign";
pub(crate) const PEOPLE: &str = "avzeus_catalogue_people";
pub(crate) const DROPPED: &str = "avzeus_catalogue_crops_dropped";
pub(crate) const LEFT_OUT: &str = "avzeus_catalogue_people_left_out";
pub(crate) const FEW_CROPS: &str = "avzeus_catalogue_people_with_few_crops";
pub(crate) const MEDIAN_COSINE: &str = "avzeus_catalogue_median_cosine";
pub(crate) const SMALLEST_GROUP: &str = "avzeus_catalogue_smallest_group";
pub(crate) const CHANGED_SHARE: &str = "avzeus_catalogue_changed_share";
pub(crate) const COVERAGE: &str = "avzeus_catalogue_profile_coverage";
pub(crate) const ALARM: &str = "avzeus_catalogue_alarm";
pub(crate) const SECONDS: &str = "avzeus_catalogue_build_seconds";
pub(crate) const PUBLISHED: &str = "avzeus_catalogues_published_total";
pub(crate) const GROUPINGS: &str = "avzeus_catalogue_groupings_total";
pub(crate) const MOVED: &str = "avzeus_catalogue_people_moved";
pub(crate) const FACES: &str = "avzeus_catalogue_faces_changed";

pub(crate) fn describe() {
    describe_gauge!(CROPS, "embedded crops in the vector table");
    describe_gauge!(FOREIGN, "vectors under the profile's name that are not of it");
    describe_gauge!(PEOPLE, "people in the newest catalogue");
    describe_gauge!(DROPPED, "crops that were dropped, for their quality or as unlike the person's others");
    describe_gauge!(LEFT_OUT, "people with crops who are not in the newest catalogue");
    describe_gauge!(FEW_CROPS, "people who have too few good crops");
    describe_gauge!(MEDIAN_COSINE, "median cosine between two people before centring");
    describe_gauge!(SMALLEST_GROUP, "members of the smallest group");
    describe_gauge!(
        CHANGED_SHARE,
        "people changed, come or gone since the last full grouping, as a share of it"
    );
    describe_gauge!(COVERAGE, "share of crops with a vector of the profile, while another one serves");
    describe_gauge!(ALARM, "1 while the alarm rings");
    describe_histogram!(SECONDS, "time to make a catalogue");
    describe_counter(PUBLISHED, "catalogues published");
    describe_counter(GROUPINGS, "full groupings");
    describe_gauge!(MOVED, "people whom the last full grouping put into another group");
    describe_gauge!(FACES, "groups that the last full grouping gave another face");
}

/// Tells what was made; `ringing` are the alarms that rang before, so that each is logged as it begins and ends.
pub(crate) fn tell(making: &Making, ringing: &[AlarmKind]) {
    let findings = || making.findings.values();
    gauge!(CROPS).set(making.crops as f64);
    gauge!(DROPPED).set(findings().map(|f| f.crops.len() - f.kept).sum::<usize>() as f64);
    gauge!(LEFT_OUT).set(findings().filter(|f| !f.left_out.is_empty()).count() as f64);
    gauge!(FOREIGN).set(making.measures.foreign as f64);
    gauge!(FEW_CROPS).set(making.measures.few_crops as f64);
    gauge!(MEDIAN_COSINE).set(making.measures.median_cosine.unwrap_or_default());
    gauge!(SMALLEST_GROUP).set(making.measures.members.into_iter().min().unwrap_or(0) as f64);
    gauge!(CHANGED_SHARE).set(making.draft.as_ref().map_or(0.0, |draft| draft.changed_share()));
    gauge!(COVERAGE).set(making.coverage.map_or(1.0, |c| c.covered as f64 / c.stored.max(1) as f64));
    counter!(GROUPINGS).absolute(making.groupings);
    gauge!(MOVED).set(making.changes.moved as f64);
    gauge!(FACES).set(making.changes.faces.len() as f64);
    for kind in AlarmKind::ALL {
        let alarm = making.alarms.iter().find(|alarm| alarm.kind == kind);
        gauge!(ALARM, "alarm" => kind.name()).set(f64::from(u8::from(alarm.is_some())));
        match alarm {
            Some(alarm) if !ringing.contains(&kind) => {
                let published = making.accepts(kind);
                tracing::warn!(alarm = kind.name(), published, "{alarm}");
            }
            None if ringing.contains(&kind) => tracing::info!(alarm = kind.name(), "an alarm is over"),
            _ => {}
        }
    }
}
