//! The wire: events and questions as protobuf, and the only crossing between wire and domain.
//!
//! [`v1`] is what travels; [`convert`] checks what arrives and turns it into domain types, so no
//! service ever acts on a message whose shape it has not seen checked.

pub mod convert;
mod hex;

/// Messages and services of package `avzeus.v1`.
#[allow(missing_docs, unreachable_pub, clippy::all)]
pub mod v1 {
    tonic::include_proto!("avzeus.v1");
}

pub use convert::Malformed;
pub use prost::Message;
