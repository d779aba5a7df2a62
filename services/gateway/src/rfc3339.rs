//! Points in time as answers tell them.

use jiff::Timestamp;

/// Milliseconds since 1970 as RFC 3339; 1970 itself where they are no time that could be.
pub(crate) fn rfc3339(ms: u64) -> String {
    let at = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    at.unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}
