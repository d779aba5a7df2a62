//! The life of a service, owned once: start, configuration check, logs, metrics, health, drain, and what
//! each failure class means to HTTP, gRPC and the broker.
//!
//! A service's `main` is one call of [`launch`]; its `run` gets a [`Lifecycle`] and returns when the
//! token is cancelled or something it cannot live without is gone.

mod clock;
mod counters;
pub mod failure;
pub mod grpc;
mod health;
mod launch;
pub mod ops;
mod settings;
mod telemetry;
pub mod web;

pub use clock::{now_ms, today};
pub use counters::{describe_counter, describe_counter_by};
pub use health::{Condition, Health};
pub use launch::{Configured, Invalid, Lifecycle, launch, terminated};
pub use settings::ServiceSettings;
pub use telemetry::init_logs;
