//! Counters that exist from the start with 0.
//!
//! `increase` and `rate` see nothing in a counter that first appears with 1: an alert that asks them would miss a
//! process's first event.

use metrics::{counter, describe_counter as describe};

/// Says what the counter `name` counts, and has it exist with 0.
pub fn describe_counter(name: &'static str, what: &'static str) {
    describe!(name, what);
    counter!(name).increment(0);
}

/// Says what the counter `name` counts by `label`, and has it exist with 0 for each of `values`.
pub fn describe_counter_by(
    name: &'static str,
    label: &'static str,
    values: &[&'static str],
    what: &'static str,
) {
    describe!(name, what);
    for value in values {
        counter!(name, label => *value).increment(0);
    }
}
