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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_drawn_below_a_ceiling_that_doubles_up_to_a_minute() {
        let first = Duration::from_secs(1);
        assert_eq!(backoff(first, 1, 0.0), Duration::ZERO);
        assert_eq!(backoff(first, 1, 0.5), Duration::from_millis(500));
        assert_eq!(backoff(first, 2, 0.5), Duration::from_secs(1));
        assert_eq!(backoff(first, 5, 0.25), Duration::from_secs(4));
        assert_eq!(backoff(first, 7, 0.5), Duration::from_secs(30));
        assert_eq!(backoff(first, u32::MAX, 0.5), Duration::from_secs(30));
    }

    #[test]
    fn a_host_asks_for_time_in_seconds_or_until_a_date() {
        let now = "1994-11-06T08:49:07Z".parse().unwrap();
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after(" 0 ", now), Some(Duration::ZERO));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:07 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("Sat, 05 Nov 1994 08:49:37 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("18446744073709551615", now), Some(Duration::from_secs(u64::MAX)));
    }

    #[test]
    fn what_is_no_time_asks_for_nothing() {
        let now = Timestamp::now();
        for value in ["", "soon", "-5", "1.5", "99999999999999999999999", "Sun, 06 Nov 1994", "\u{202e}1"] {
            assert_eq!(retry_after(value, now), None, "{value:?}");
        }
    }
}
