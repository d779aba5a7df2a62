//! Every metric of the bus: each service exports them.

use domain::Class;
use runtime::{describe_counter, describe_counter_by};

pub(crate) const DEAD_LETTERS: &str = "avzeus_dead_letters_total";
pub(crate) const FULL: &str = "avzeus_broker_full_total";
pub(crate) const MADE_AGAIN: &str = "avzeus_broker_made_again_total";

/// What of the broker's was made again: values of the label `what`.
pub(crate) const STREAM: &str = "stream";
pub(crate) const CONSUMER: &str = "consumer";

pub(crate) fn describe() {
    let classes = [
        Class::BadInput,
        Class::NotFound,
        Class::Conflict,
        Class::Overloaded,
        Class::Unavailable,
        Class::Bug,
    ];
    let classes = classes.map(Class::name);
    let dead = "messages that could not be handled, by the failure's class";
    describe_counter_by(DEAD_LETTERS, "class", &classes, dead);
    describe_counter(FULL, "messages that the broker had no room for");
    let again = "streams and consumers that were deleted at the broker and made again";
    describe_counter_by(MADE_AGAIN, "what", &[STREAM, CONSUMER], again);
}
