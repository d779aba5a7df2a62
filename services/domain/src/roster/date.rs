//! Dates as people and spreadsheets write them.

use jiff::civil::Date;

use super::refusal::{RowError, RowFault};

/// Why a date was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateFault {
    /// Nothing that is read as one.
    #[error("is not a date")]
    NoDate,
    /// The 30th of February.
    #[error("is a day that is in no calendar")]
    NoSuchDay,
    /// Day or month stands first, or the year has two digits.
    #[error("does not begin with a year of four digits, so that day and month could be mistaken")]
    YearNotFirst,
    /// What a spreadsheet writes where a cell is not formatted as a date.
    #[error("is a number, as spreadsheets count days; format the column as dates")]
    Number,
}

/// Returns the date that stands in `column`.
///
/// The year stands first, then month and day, of one or two digits each: with `-`, `/` or `.` between them, or as
/// 2026年1月31日. Midnight, which data frames append, is passed over. Whatever begins with a day or a month is refused,
/// since 03/04/2026 is two days to two people.
///
/// # Errors
/// When it is no such date.
pub(super) fn date(column: &'static str, written: &str) -> Result<Date, RowError> {
    let refused = |fault| RowError::new(column, written, RowFault::Date(fault));
    let day = written.strip_suffix("00:00:00").map_or(written, |day| day.trim_end_matches(['T', ' ']));
    // 1 is the first day of 1900 there, and 100,000 one of the year 2173.
    if day.parse::<f64>().is_ok_and(|days| (1.0..100_000.0).contains(&days)) && !day.starts_with(['+', '-']) {
        return Err(refused(DateFault::Number));
    }
    let parts: Vec<&str> = match day.strip_suffix('日') {
        Some(day) => day.split(['年', '月']).collect(),
        None => match day.chars().find(|c| ['-', '/', '.'].contains(c)) {
            Some(separator) => day.split(separator).collect(),
            None => vec![day],
        },
    };
    let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse::<i16>().ok(),
        false => None,
    };
    match parts[..] {
        [year, month, day] if year.len() == 4 && month.len() <= 2 && day.len() <= 2 => {
            let (Some(year), Some(month), Some(day)) = (number(year), number(month), number(day)) else {
                return Err(refused(DateFault::NoDate));
            };
            Date::new(year, month as i8, day as i8).map_err(|_| refused(DateFault::NoSuchDay))
        }
        [first, second, third] if [first, second, third].into_iter().all(|part| number(part).is_some()) => {
            Err(refused(DateFault::YearNotFirst))
        }
        _ => Err(refused(DateFault::NoDate)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_whose_year_stands_first_is_taken_however_it_is_written() {
        for written in [
            "2026-01-31",
            "2026/01/31",
            "2026/1/31",
            "2026.01.31",
            "2026年1月31日",
            "2026-01-31 00:00:00",
            "2026-01-31T00:00:00",
        ] {
            assert_eq!(date("attested_on", written), Ok(Date::constant(2026, 1, 31)), "{written}");
        }
    }

    #[test]
    fn a_date_that_could_be_mistaken_is_refused_in_words_for_it() {
        for (written, fault) in [
            ("31.01.2026", DateFault::YearNotFirst),
            ("01/31/2026", DateFault::YearNotFirst),
            ("3/4/26", DateFault::YearNotFirst),
            ("26-01-31", DateFault::YearNotFirst),
            ("46053", DateFault::Number),
            ("46053.0", DateFault::Number),
            ("2026-02-30", DateFault::NoSuchDay),
            ("2026-31-01", DateFault::NoSuchDay),
            ("2026-01/31", DateFault::NoDate),
            ("2026-01-31 18:00:00", DateFault::NoDate),
            ("2026-1", DateFault::NoDate),
            ("+2026-01-31", DateFault::NoDate),
            ("2026-+1-31", DateFault::NoDate),
            ("2026年1月31", DateFault::NoDate),
            ("tomorrow", DateFault::NoDate),
        ] {
            let refused = date("attested_on", written).unwrap_err();
            assert_eq!(refused.fault, RowFault::Date(fault), "{written}");
            assert!(refused.to_string().ends_with("; write it like 2026-01-31"), "{refused}");
        }
    }
}
