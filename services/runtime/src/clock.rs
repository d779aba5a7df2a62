//! The wall clock, as events carry it.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::ZonedDateTime;
use jiff::civil::Date;

/// The day it is where this machine is: what dates of consent are held against.
pub fn today() -> Date {
    ZonedDateTime::now().date()
}

/// Milliseconds since 1970 (UTC); 0 on a machine whose clock stands before that.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
