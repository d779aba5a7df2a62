//! What commands say of faces and nets, and the drawn people that tests live on.

#![allow(clippy::unwrap_used)]

mod copies;
mod drawn_faces;
mod executions;
mod profile_check;
