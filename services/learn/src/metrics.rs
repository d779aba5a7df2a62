//! Every metric of the learner.

use metrics::{describe_gauge, describe_histogram};
use runtime::describe_counter;

pub(crate) const CLICKS_APPLIED: &str = "avzeus_learn_clicks_applied";
pub(crate) const REFUSED: &str = "avzeus_learn_clicks_refused_total";
pub(crate) const BEHIND: &str = "avzeus_learn_clicks_behind";
pub(crate) const UPDATE_SECONDS: &str = "avzeus_learn_update_seconds";
pub(crate) const UPDATES_DROPPED: &str = "avzeus_learn_updates_dropped_total";
pub(crate) const GRADIENT_NORM: &str = "avzeus_learn_gradient_norm";
pub(crate) const MEAN_RATIO: &str = "avzeus_learn_mean_ratio";
pub(crate) const VALUE_ERROR: &str = "avzeus_learn_value_error";
pub(crate) const REWARD: &str = "avzeus_learn_mean_reward_recent";
pub(crate) const PUBLISHED: &str = "avzeus_learn_policies_published_total";
pub(crate) const VERSION: &str = "avzeus_learn_policy_version";
pub(crate) const CHECKPOINTS: &str = "avzeus_learn_checkpoints_total";
pub(crate) const DIVERGED: &str = "avzeus_learn_replays_diverged_total";
pub(crate) const ADOPTED: &str = "avzeus_learn_policies_adopted_total";
pub(crate) const TASTE_CHANGES: &str = "avzeus_learn_taste_changes_total";
pub(crate) const FALLBACKS: &str = "avzeus_policy_fallbacks_total";
pub(crate) const EVIDENCE: &str = "avzeus_policy_harm_evidence";
pub(crate) const STANDING_BY: &str = "avzeus_learn_standing_by";

pub(crate) fn describe() {
    describe_gauge!(CLICKS_APPLIED, "clicks folded into the policy since the stream began");
    describe_counter(REFUSED, "messages of the click stream that cannot be learned from");
    describe_gauge!(BEHIND, "clicks of the stream behind the last one learned");
    describe_histogram!(UPDATE_SECONDS, "time of one update");
    describe_counter(UPDATES_DROPPED, "updates dropped because a parameter would not have been finite");
    describe_gauge!(GRADIENT_NORM, "gradient norm of the last update, before clipping");
    describe_gauge!(MEAN_RATIO, "mean truncated importance ratio of the last batch");
    describe_gauge!(VALUE_ERROR, "mean squared advantage of the last batch");
    describe_gauge!(REWARD, "mean reward of the most recent clicks");
    describe_counter(PUBLISHED, "policies published");
    describe_gauge!(VERSION, "version of the last policy published");
    describe_counter(CHECKPOINTS, "checkpoints saved");
    describe_counter(DIVERGED, "restarts whose replay did not give the published policy again");
    describe_counter(
        ADOPTED,
        "restarts that went on from a published policy whose last bits differ from their own",
    );
    describe_counter(TASTE_CHANGES, "times that learning began again because visitors' taste had changed");
    describe_counter(
        FALLBACKS,
        "policies that were taken back because they earned less than the initial one",
    );
    describe_gauge!(
        EVIDENCE,
        "evidence that a policy earns less than the initial one: 1 is none, 1000 is enough"
    );
    describe_gauge!(STANDING_BY, "1 while another learner publishes on this line");
}
