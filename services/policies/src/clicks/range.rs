//! A stretch of the click stream.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Which clicks: both ends are included.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Range {
    /// First click: its sequence in the stream, a date (its beginning, UTC), or a time with its zone, such as
    /// 2026-03-01T12:00Z.
    #[arg(long, value_name = "SEQUENCE|TIME")]
    pub from: Option<Moment>,
    /// Last click, in the same way: --to 2026-03-02 takes all of the day before.
    #[arg(long, value_name = "SEQUENCE|TIME")]
    pub to: Option<Moment>,
}

/// One end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A sequence of the stream, 1 or more.
    Sequence(u64),
    /// Milliseconds since 1970 (UTC).
    Time(u64),
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(sequence) = text.parse() {
            return Ok(Moment::Sequence(sequence));
        }
        let date =
            || text.parse::<Date>().ok()?.to_zoned_datetime(TimeZone::UTC).ok().map(|day| day.timestamp());
        let time = text.parse::<Timestamp>().ok();
        // A date is read out of a time, too, and the hour lost without a word.
        let has_hour = text.contains(['T', 't', ' ', ':']);
        if time.is_none() && has_hour && text.parse::<DateTime>().is_ok() {
            return Err("has no zone: add Z for UTC, or an offset such as +09:00".to_owned());
        }
        let time = time.or_else(date);
        let ms = time.and_then(|time| u64::try_from(time.as_millisecond()).ok());
        ms.map(Moment::Time).ok_or_else(|| {
            "is neither a sequence (42), a date (2026-03-01) nor a time (2026-03-01T12:00Z) since 1970"
                .to_owned()
        })
    }
}

impl Range {
    /// Whether the click at `sequence`, made at `clicked_at_ms`, is in it.
    pub fn holds(&self, sequence: u64, clicked_at_ms: u64) -> bool {
        let begun = self.from.is_none_or(|from| match from {
            Moment::Sequence(first) => sequence >= first,
            Moment::Time(first) => clicked_at_ms >= first,
        });
        begun
            && self.to.is_none_or(|to| match to {
                Moment::Sequence(last) => sequence <= last,
                Moment::Time(last) => clicked_at_ms <= last,
            })
    }

    /// Whether it ends before it begins, as far as that can be told: a sequence and a time are not compared.
    pub fn is_backward(&self) -> bool {
        match (self.from, self.to) {
            (Some(Moment::Sequence(from)), Some(Moment::Sequence(to))) => from > to,
            (Some(Moment::Time(from)), Some(Moment::Time(to))) => from > to,
            _ => false,
        }
    }

    /// Sequences outside which nothing needs to be read.
    pub fn sequences(&self) -> (u64, u64) {
        let sequence = |moment, otherwise| match moment {
            Some(Moment::Sequence(sequence)) => sequence,
            _ => otherwise,
        };
        (sequence(self.from, 1), sequence(self.to, u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_a_sequence_a_date_or_a_time() {
        assert_eq!("42".parse(), Ok(Moment::Sequence(42)));
        assert_eq!("1970-01-02".parse(), Ok(Moment::Time(86_400_000)));
        assert_eq!("1970-01-01T01:00:00.5+01:00".parse(), Ok(Moment::Time(500)));
        for bad in ["", "-3", "yesterday", "1969-01-01"] {
            assert!(bad.parse::<Moment>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_time_without_its_zone_is_no_date() {
        for bad in ["2026-11-29T23:00", "2026-11-29 23:00", "2026-11-29t23", "2026-11-29T23:00:00.5"] {
            assert!(bad.parse::<Moment>().unwrap_err().contains("has no zone"), "{bad}");
        }
        let with = |zone: &str| format!("2026-11-29T23:00{zone}").parse();
        let ms = 1_795_993_200_000;
        assert_eq!((with("Z"), with("+09:00")), (Ok(Moment::Time(ms)), Ok(Moment::Time(ms - 9 * 3_600_000))));
    }

    #[test]
    fn a_range_that_ends_before_it_begins_is_told() {
        let range = |from: &str, to: &str| Range { from: from.parse().ok(), to: to.parse().ok() };
        assert!(range("7", "6").is_backward() && range("2026-12-01", "2026-11-01").is_backward());
        assert!(!range("7", "7").is_backward() && !range("7", "2026-11-01").is_backward());
    }

    #[test]
    fn both_ends_are_included() {
        let range = Range { from: Some(Moment::Sequence(3)), to: Some(Moment::Time(500)) };
        assert_eq!(
            [(2, 500), (3, 500), (9, 500), (9, 501)].map(|(s, t)| range.holds(s, t)),
            [false, true, true, false]
        );
        assert_eq!(range.sequences(), (3, u64::MAX));
        assert!(Range::default().holds(1, 0));
    }
}
