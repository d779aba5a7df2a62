//! Points in time as answers tell them.

use jiff::Timestamp;

/// Milliseconds since 1970 as RFC 3339; 1970 itself where they are no time that could be.
pub(crate) fn rfc3339(ms: u64) -> String {
    rfc3339_if_it_could_be(ms).unwrap_or_else(|| Timestamp::UNIX_EPOCH.to_string())
}

/// The same; `None` where they are no time that could be.
pub(crate) fn rfc3339_if_it_could_be(ms: u64) -> Option<String> {
    let at = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    at.map(|at| at.to_string())
}

/// The same of a time that is 0 where there was none.
pub(crate) fn rfc3339_if_ever(ms: u64) -> Option<String> {
    rfc3339_if_it_could_be(ms).filter(|_| ms > 0)
}
