//! Whole systems with real servers and real browsers. They are one program, so that they are linked once and run side by
//! side: what one asks of the machine that others may not, such as a fixed port, does not belong here.

#![allow(clippy::unwrap_used)]

/// Brokers and Redis that die, hang or are changed from outside.
mod brokers {
    mod altered_broker;
    mod broker_and_redis;
    mod bus;
    mod cluster;
    mod kill_any_service;
    mod stop;
}

/// From a roster to a served catalogue, and out of it.
mod people {
    mod catalogue;
    mod collect;
    mod embed_workers;
    mod erase;
    mod profile_change;
    mod real_photographs;
    mod roster_import;
}

/// The console, the command line and what compose.yaml documents.
mod operators {
    mod api;
    mod command_by_address;
    mod compose_lines;
    mod console;
    mod console_sections;
    mod policy_console;
    mod policy_promotion;
}

/// The page and the API.
mod visitors {
    mod bad_input;
    mod browser;
    mod one_click;
    mod openapi;
    mod page;
    mod repeated_requests;
    mod simulated_visitors;
    mod upload_leaves_no_trace;
}

/// Clicks into policies.
mod learning {
    mod learner;
    mod replay;
}
