//! How long is waited before asking again.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// Longest wait between two tries that no host asked for.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);

/// The wait after the `failures`-th failure, 1 or more: full jitter, a `draw` in [0, 1) of a ceiling that begins at
/// `first` and doubles, so that many who failed together do not come back together.
pub(super) fn backoff(first: Duration, failures: u32, draw: f64) -> Duration {
    let doubled = first.saturating_mul(1 << (failures - 1).min(16));
    doubled.min(LONGEST_BACKOFF).mul_f64(draw)
}

/// What `Retry-After` asks for as of `now`: seconds, or a date (RFC 9110 §10.2.3). A date that has passed asks for
/// nothing.
pub(super) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTimeParser::new().parse_timestamp(value.trim()).ok()?;
    Some(until.duration_since(now).try_into().unwrap_or(Duration::ZERO))
}
