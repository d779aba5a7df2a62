//! Clicks as Parquet: a row a click, a column a field, as data frames read them.
//!
//! What belongs to the ten people of a slate is a list each: their ids, their scores, and their cosines to
//! the five picks, five after five. So is what belongs to the policies that could have made it.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use ::parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use ::parquet::column::writer::ColumnWriterImpl;
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::record::Field;
use ::parquet::schema::types::{Type, TypePtr};
use bytes::Bytes;
use proto::convert::impression::RecordedClick;
use proto::v1::{ClickRecorded, Impression};

use super::SequencedClick;
use super::sieve::{Found, Place};
use crate::PoliciesError;

/// How a column gets its cells.
#[derive(Clone, Copy)]
enum Cells {
    Whole(fn(&SequencedClick) -> u64),
    Time(fn(&SequencedClick) -> u64),
    Number(fn(&SequencedClick) -> f32),
    Text(fn(&SequencedClick) -> String),
    Wholes(fn(&RecordedClick) -> Vec<u64>),
    Numbers(fn(&RecordedClick) -> Vec<f32>),
    Texts(fn(&RecordedClick) -> Vec<String>),
}

/// Every column, in order.
const COLUMNS: [(&str, Cells); 22] = [
    ("sequence", Cells::Whole(|c| c.sequence)),
    ("recommendation", Cells::Text(|c| c.click.impression.recommendation.clone())),
    ("alias", Cells::Text(|c| c.click.alias.to_string())),
    ("rank", Cells::Whole(|c| c.click.click.rank as u64)),
    ("reward", Cells::Number(|c| c.click.click.reward)),
    ("clicked_at_ms", Cells::Time(|c| c.click.clicked_at_ms)),
    ("made_at_ms", Cells::Time(|c| c.click.impression.made_at_ms)),
    ("catalogue_version", Cells::Text(|c| c.click.impression.catalogue_version.clone())),
    ("policy_version", Cells::Whole(|c| c.click.impression.policy_version)),
    ("log_density", Cells::Number(|c| c.click.impression.log_density)),
    ("ranking", Cells::Wholes(|c| c.impression.ranking.groups().map(|g| g as u64).to_vec())),
    ("state", Cells::Numbers(|c| c.impression.state.0.to_vec())),
    ("x", Cells::Numbers(|c| c.impression.x.to_vec())),
    ("mean", Cells::Numbers(|c| c.impression.mean.to_vec())),
    ("log_variance", Cells::Numbers(|c| c.impression.log_variance.to_vec())),
    ("slate_alias", Cells::Texts(|c| c.impression.slate.iter().map(|e| e.alias.to_string()).collect())),
    ("slate_score", Cells::Numbers(|c| c.impression.slate.iter().map(|e| e.score).collect())),
    ("slate_cosines", Cells::Numbers(|c| c.impression.slate.iter().flat_map(|e| e.cosines).collect())),
    ("arm_policy", Cells::Texts(|c| c.impression.arms.iter().map(|arm| arm.policy.clone()).collect())),
    ("arm_version", Cells::Wholes(|c| c.impression.arms.iter().map(|arm| arm.version).collect())),
    ("arm_share", Cells::Numbers(|c| c.impression.arms.iter().map(|arm| arm.share).collect())),
    ("arm_log_density", Cells::Numbers(|c| c.impression.arms.iter().map(|arm| arm.log_density).collect())),
];

/// A file under way. What is written goes out part by part; the writer keeps where each part begins.
pub(super) struct Rows(SerializedFileWriter<Vec<u8>>);

impl Rows {
    pub(super) fn new() -> Result<Self, ParquetError> {
        Ok(Self(SerializedFileWriter::new(Vec::new(), schema()?, Default::default())?))
    }

    /// A group of rows, which a reader holds at a time.
    pub(super) fn take(&mut self, rows: &[SequencedClick]) -> Result<Bytes, ParquetError> {
        let mut group = self.0.next_row_group()?;
        for (_, cells) in COLUMNS {
            write_column(&mut group, cells, rows)?;
        }
        group.close()?;
        self.0.flush()?;
        Ok(std::mem::take(self.0.inner_mut()).into())
    }

    /// What says where everything is.
    pub(super) fn end(mut self) -> Result<Bytes, ParquetError> {
        self.0.finish()?;
        self.0.flush()?;
        Ok(std::mem::take(self.0.inner_mut()).into())
    }
}

fn schema() -> Result<TypePtr, ParquetError> {
    let columns = COLUMNS.iter().map(|(name, cells)| match cells {
        Cells::Whole(_) => required(name, Physical::INT64, None),
        Cells::Time(_) => {
            let utc = LogicalType::timestamp(true, TimeUnit::MILLIS);
            required(name, Physical::INT64, Some(utc))
        }
        Cells::Number(_) => required(name, Physical::FLOAT, None),
        Cells::Text(_) => required(name, Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Cells::Wholes(_) => list(name, Physical::INT64, None),
        Cells::Numbers(_) => list(name, Physical::FLOAT, None),
        Cells::Texts(_) => list(name, Physical::BYTE_ARRAY, Some(LogicalType::String)),
    });
    let columns = columns.collect::<Result<_, _>>()?;
    Ok(Arc::new(Type::group_type_builder("click").with_fields(columns).build()?))
}

fn required(name: &str, physical: Physical, logical: Option<LogicalType>) -> Result<TypePtr, ParquetError> {
    let column = Type::primitive_type_builder(name, physical).with_repetition(Repetition::REQUIRED);
    column.with_logical_type(logical).build().map(Arc::new)
}

/// The three levels that a list has in Parquet.
fn list(name: &str, physical: Physical, logical: Option<LogicalType>) -> Result<TypePtr, ParquetError> {
    let element = required("element", physical, logical)?;
    let repeated = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![element])
        .build()?;
    let outer = Type::group_type_builder(name)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(repeated)]);
    outer.build().map(Arc::new)
}

fn write_column(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    cells: Cells,
    rows: &[SequencedClick],
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    let text = |text: String| ByteArray::from(text.into_bytes());
    match cells {
        Cells::Whole(of) | Cells::Time(of) => {
            let values: Vec<i64> = rows.iter().map(|row| of(row) as i64).collect();
            column.typed::<Int64Type>().write_batch(&values, None, None)?;
        }
        Cells::Number(of) => {
            let values: Vec<f32> = rows.iter().map(of).collect();
            column.typed::<FloatType>().write_batch(&values, None, None)?;
        }
        Cells::Text(of) => {
            let values: Vec<ByteArray> = rows.iter().map(|row| text(of(row))).collect();
            column.typed::<ByteArrayType>().write_batch(&values, None, None)?;
        }
        Cells::Wholes(of) => {
            let lists = rows.iter().map(|row| of(&row.click).into_iter().map(|whole| whole as i64).collect());
            write_lists::<Int64Type>(column.typed(), lists)?;
        }
        Cells::Numbers(of) => {
            write_lists::<FloatType>(column.typed(), rows.iter().map(|row| of(&row.click)))?;
        }
        Cells::Texts(of) => {
            let lists = rows.iter().map(|row| of(&row.click).into_iter().map(text).collect());
            write_lists::<ByteArrayType>(column.typed(), lists)?;
        }
    }
    column.close()
}

/// Values with their levels: 0 opens a list, 1 goes on in it; an empty list has a level and no value.
fn write_lists<T: DataType>(
    column: &mut ColumnWriterImpl<'_, T>,
    lists: impl Iterator<Item = Vec<T::T>>,
) -> Result<(), ParquetError> {
    let (mut values, mut definition, mut repetition) = (Vec::new(), Vec::new(), Vec::new());
    for list in lists {
        let levels = list.len().max(1);
        definition.extend(std::iter::repeat_n(i16::from(!list.is_empty()), levels));
        repetition.extend((0..levels).map(|place| i16::from(place > 0)));
        values.extend(list);
    }
    column.write_batch(&values, Some(&definition), Some(&repetition)).map(drop)
}

/// Gives every row of `file` to `take`, with their number.
pub(super) fn read(file: &Path, take: &mut impl FnMut(Found, u64)) -> Result<(), PoliciesError> {
    let opened = File::open(file).map_err(PoliciesError::file(file, "read"))?;
    let mut number = 0;
    let rows = || -> Result<(), ParquetError> {
        let reader = SerializedFileReader::new(opened)?;
        let total = reader.metadata().file_metadata().num_rows().max(0) as u64;
        for group in 0..reader.num_row_groups() {
            for row in reader.get_row_group(group)?.get_row_iter(None)? {
                number += 1;
                take(found(number, row?.into_columns()), total);
            }
        }
        Ok(())
    };
    // The reader trusts a file's footer: some damage to it breaks an assertion of the library's.
    let damaged = |_| Err(ParquetError::General("the file is damaged".to_owned()));
    let read = catch_unwind(AssertUnwindSafe(rows)).unwrap_or_else(damaged);
    read.map_err(|e| PoliciesError::Clicks {
        path: file.to_owned(),
        why: format!("behind row {number}: {e}"),
    })
}

fn found(number: usize, columns: Vec<(String, Field)>) -> Found {
    let (mut sequence, mut click, mut shown) = (0, ClickRecorded::default(), Impression::default());
    let mut wrong = None;
    for (name, field) in columns {
        if put(&name, field, &mut sequence, &mut click, &mut shown).is_none() {
            wrong.get_or_insert(format!("column {name} holds another kind of value"));
        }
    }
    click.recommendation = shown.recommendation.clone();
    click.impression = Some(shown);
    Found { place: Place::Row(number), sequence, message: wrong.map_or(Ok(click), Err) }
}

/// Puts one cell where it belongs; columns of other names are the reader's own. `None` for a cell of the
/// wrong kind.
fn put(
    name: &str,
    field: Field,
    sequence: &mut u64,
    click: &mut ClickRecorded,
    shown: &mut Impression,
) -> Option<()> {
    match name {
        "sequence" => *sequence = whole(&field)?,
        "recommendation" => shown.recommendation = text(field)?,
        "alias" => click.alias = text(field)?,
        "rank" => click.rank = whole(&field)?.try_into().ok()?,
        "reward" => click.reward = number(&field)?,
        "clicked_at_ms" => click.clicked_at_ms = whole(&field)?,
        "made_at_ms" => shown.made_at_ms = whole(&field)?,
        "catalogue_version" => shown.catalogue_version = text(field)?,
        "policy_version" => shown.policy_version = whole(&field)?,
        "log_density" => shown.log_density = number(&field)?,
        "ranking" => shown.ranking = each(field, |f| whole(&f)?.try_into().ok())?,
        "state" => shown.state = each(field, |f| number(&f))?,
        "x" => shown.x = each(field, |f| number(&f))?,
        "mean" => shown.mean = each(field, |f| number(&f))?,
        "log_variance" => shown.log_variance = each(field, |f| number(&f))?,
        "slate_alias" => {
            for (entry, alias) in beside(&mut shown.slate, each(field, text)?) {
                entry.alias = alias;
            }
        }
        "slate_score" => {
            for (entry, score) in beside(&mut shown.slate, each(field, |f| number(&f))?) {
                entry.score = score;
            }
        }
        "slate_cosines" => {
            let cosines = each(field, |f| number(&f))?;
            let five = cosines.chunks(domain::PICKS).map(<[f32]>::to_vec).collect();
            for (entry, cosines) in beside(&mut shown.slate, five) {
                entry.cosines = cosines;
            }
        }
        "arm_policy" => {
            for (arm, policy) in beside(&mut shown.arms, each(field, text)?) {
                arm.policy = policy;
            }
        }
        "arm_version" => {
            for (arm, version) in beside(&mut shown.arms, each(field, |f| whole(&f))?) {
                arm.version = version;
            }
        }
        "arm_share" => {
            for (arm, share) in beside(&mut shown.arms, each(field, |f| number(&f))?) {
                arm.share = share;
            }
        }
        "arm_log_density" => {
            for (arm, log_density) in beside(&mut shown.arms, each(field, |f| number(&f))?) {
                arm.log_density = log_density;
            }
        }
        _ => {}
    }
    Some(())
}

/// The entries beside what a column says of each; they grow to hold it all.
fn beside<E: Default, T>(entries: &mut Vec<E>, cells: Vec<T>) -> impl Iterator<Item = (&mut E, T)> {
    let length = entries.len().max(cells.len());
    entries.resize_with(length, E::default);
    entries.iter_mut().zip(cells)
}

fn each<T>(field: Field, of: impl Fn(Field) -> Option<T>) -> Option<Vec<T>> {
    let Field::ListInternal(list) = field else { return None };
    list.elements().iter().cloned().map(of).collect()
}

/// Data frames write whole numbers in many widths.
fn whole(field: &Field) -> Option<u64> {
    match *field {
        Field::Int(whole) => whole.try_into().ok(),
        Field::Long(whole) | Field::TimestampMillis(whole) => whole.try_into().ok(),
        Field::UInt(whole) => Some(whole.into()),
        Field::ULong(whole) => Some(whole),
        _ => None,
    }
}

fn number(field: &Field) -> Option<f32> {
    match *field {
        Field::Float(number) => Some(number),
        Field::Double(number) => Some(number as f32),
        _ => None,
    }
}

fn text(field: Field) -> Option<String> {
    let Field::Str(text) = field else { return None };
    Some(text)
}
