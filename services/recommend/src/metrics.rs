//! Every metric of the recommender.

use metrics::{describe_gauge, describe_histogram};
use runtime::describe_counter;

pub(crate) const MADE: &str = "avzeus_recommendations_total";
pub(crate) const SCORE_SECONDS: &str = "avzeus_slate_seconds";
pub(crate) const POLICY: &str = "avzeus_policy_version";
pub(crate) const REDIS_MISSED: &str = "avzeus_impressions_not_cached_total";
pub(crate) const REFUSED_POLICIES: &str = "avzeus_policies_refused_total";

pub(crate) fn describe() {
    metrics::describe_counter!(MADE, "recommendations made, by the policy that made them");
    describe_histogram!(SCORE_SECONDS, "time to score everyone and keep the ten best");
    describe_gauge!(POLICY, "policy version that serves");
    describe_counter(REDIS_MISSED, "impressions that Redis did not take; the stream has them");
    describe_counter(REFUSED_POLICIES, "published policies, and decisions on what serves, that cannot be");
}
