//! cli

pub mod drawn_roster;
pub mod portrait;
