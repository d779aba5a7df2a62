//! A cell of a column, in whatever width, kind or unit a data frame has written it.

use ::parquet::basic::{LogicalType, TimeUnit};
use ::parquet::data_type::Decimal;
use ::parquet::record::Field;
use ::parquet::schema::types::Type;

/// What is wrong with a cell, in words that follow its column's name.
pub(super) type Misfit = String;

/// Largest whole number below which a float of 64 bits holds every one.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// How many of a column's numbers make a millisecond, where it holds times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PerMillisecond(i64);

impl PerMillisecond {
    /// Reads the unit of `column`, a primitive. What names none counts milliseconds, as its name says.
    pub(super) fn of(column: &Type) -> Self {
        let Some(LogicalType::Timestamp(time)) = column.get_basic_info().logical_type_ref() else {
            return Self(1);
        };
        Self(match time.unit {
            TimeUnit::MILLIS => 1,
            TimeUnit::MICROS => 1_000,
            TimeUnit::NANOS => 1_000_000,
        })
    }
}

/// Milliseconds since 1970 (UTC); a time without a zone is taken to be UTC.
pub(super) fn time(field: &Field, unit: PerMillisecond) -> Result<u64, Misfit> {
    let ms = match *field {
        Field::TimestampMillis(ms) => ms,
        Field::TimestampMicros(us) => us.div_euclid(1_000),
        // Times in nanoseconds, and those without a zone, come as plain numbers.
        Field::Long(count) => count.div_euclid(unit.0),
        ref other => return whole(other),
    };
    ms.try_into().map_err(|_| "lies before 1970".to_owned())
}

/// A whole number, whichever way it is written: frames that once held a gap write floats.
pub(super) fn whole(field: &Field) -> Result<u64, Misfit> {
    let signed = |whole: i64| whole.try_into().map_err(|_| format!("is {whole}, which is negative"));
    match *field {
        Field::Byte(whole) => signed(whole.into()),
        Field::Short(whole) => signed(whole.into()),
        Field::Int(whole) => signed(whole.into()),
        Field::Long(whole) => signed(whole),
        Field::UByte(whole) => Ok(whole.into()),
        Field::UShort(whole) => Ok(whole.into()),
        Field::UInt(whole) => Ok(whole.into()),
        Field::ULong(whole) => Ok(whole),
        Field::Decimal(ref decimal) => {
            let (digits, scale) = parts(decimal)?;
            let whole = (digits % scale == 0).then(|| u64::try_from(digits / scale).ok()).flatten();
            whole.ok_or_else(|| format!("is {}, which is no whole number", digits as f64 / scale as f64))
        }
        _ => {
            let float = float(field)?;
            let is_whole = float.fract() == 0.0 && (0.0..=EXACT).contains(&float);
            is_whole.then_some(float as u64).ok_or_else(|| format!("is {float}, which is no whole number"))
        }
    }
}

/// A number; wider ones are rounded.
pub(super) fn number(field: &Field) -> Result<f32, Misfit> {
    match *field {
        Field::Byte(whole) => Ok(whole.into()),
        Field::Short(whole) => Ok(whole.into()),
        Field::Int(whole) => Ok(whole as f32),
        Field::Long(whole) => Ok(whole as f32),
        Field::UByte(whole) => Ok(whole.into()),
        Field::UShort(whole) => Ok(whole.into()),
        Field::UInt(whole) => Ok(whole as f32),
        Field::ULong(whole) => Ok(whole as f32),
        Field::Decimal(ref decimal) => {
            let (digits, scale) = parts(decimal)?;
            Ok((digits as f64 / scale as f64) as f32)
        }
        _ => Ok(float(field)? as f32),
    }
}

fn float(field: &Field) -> Result<f64, Misfit> {
    match *field {
        Field::Float16(number) => Ok(number.into()),
        Field::Float(number) => Ok(number.into()),
        Field::Double(number) => Ok(number),
        ref other => Err(misfit(other, "a number")),
    }
}

/// Text, also where the file does not say that its bytes are text.
pub(super) fn text(field: &Field) -> Result<String, Misfit> {
    match field {
        Field::Str(text) => Ok(text.clone()),
        Field::Bytes(bytes) => {
            let text = String::from_utf8(bytes.data().to_vec());
            text.map_err(|_| "holds bytes that are no text in UTF-8".to_owned())
        }
        other => Err(misfit(other, "text")),
    }
}

/// A list of what `of` reads.
pub(super) fn each<T>(field: &Field, of: impl Fn(&Field) -> Result<T, Misfit>) -> Result<Vec<T>, Misfit> {
    match field {
        Field::ListInternal(list) => list.elements().iter().map(of).collect(),
        other => Err(misfit(other, "a list")),
    }
}

fn misfit(field: &Field, expected: &str) -> Misfit {
    match field {
        Field::Null => "is empty (null)".to_owned(),
        other => format!("holds {other}, which is not {expected}"),
    }
}

/// The digits of a decimal number, and what they are divided by.
fn parts(decimal: &Decimal) -> Result<(i128, i128), Misfit> {
    let bytes = decimal.data();
    let scale = u32::try_from(decimal.scale()).ok().and_then(|scale| 10i128.checked_pow(scale));
    let (Some(scale), 1..=16) = (scale, bytes.len()) else {
        return Err("holds a decimal number of more digits than there can be".to_owned());
    };
    // Big-endian; the sign goes on to the left.
    let sign = if bytes[0] & 0x80 == 0 { 0 } else { 0xff };
    let mut wide = [sign; 16];
    wide[16 - bytes.len()..].copy_from_slice(bytes);
    Ok((i128::from_be_bytes(wide), scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_taken_in_every_width_and_kind_and_nothing_else_is() {
        let decimal = |digits: i64, scale| Field::Decimal(Decimal::from_i64(digits, 18, scale));
        let wholes = [
            Field::Byte(7),
            Field::Short(7),
            Field::Int(7),
            Field::Long(7),
            Field::UByte(7),
            Field::UShort(7),
            Field::UInt(7),
            Field::ULong(7),
            Field::Float(7.0),
            Field::Double(7.0),
            decimal(7, 0),
            decimal(700, 2),
            Field::Decimal(Decimal::from_bytes(vec![7].into(), 2, 0)),
        ];
        for field in wholes {
            assert_eq!((whole(&field), number(&field)), (Ok(7), Ok(7.0)), "{field:?}");
        }
        for (field, words) in [
            (Field::Short(-1), "negative"),
            (Field::Double(6.5), "no whole number"),
            (Field::Double(f64::NAN), "no whole number"),
            (decimal(705, 2), "is 7.05, which is no whole number"),
            (decimal(-7, 0), "no whole number"),
            (Field::Null, "is empty"),
            (Field::Bool(true), "not a number"),
            (Field::TimestampMillis(7), "not a number"),
        ] {
            let told = whole(&field).unwrap_err();
            assert!(told.contains(words), "{told} for {words}");
        }
        assert_eq!(number(&decimal(-2, 1)), Ok(-0.2));
        assert_eq!(number(&Field::Decimal(Decimal::from_bytes(vec![0xff, 0x38].into(), 4, 3))), Ok(-0.2));
        assert_eq!(number(&Field::Double(f64::from(-0.2f32))), Ok(-0.2));
    }

    #[test]
    fn a_time_is_in_milliseconds_whatever_its_column_counts() {
        let ms = 1_767_225_600_123;
        let per = PerMillisecond;
        assert_eq!(time(&Field::TimestampMillis(ms), per(1)), Ok(ms as u64));
        assert_eq!(time(&Field::TimestampMicros(1_000 * ms + 999), per(1_000)), Ok(ms as u64));
        assert_eq!(time(&Field::Long(1_000_000 * ms + 999_999), per(1_000_000)), Ok(ms as u64));
        assert_eq!(time(&Field::Long(ms), per(1)), Ok(ms as u64));
        assert_eq!(time(&Field::Double(ms as f64), per(1)), Ok(ms as u64));
        assert!(time(&Field::TimestampMicros(-1), per(1_000)).unwrap_err().contains("before 1970"));
    }
}
