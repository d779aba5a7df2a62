//! Clicks as rows of a file that is made part by part.

use std::sync::Arc;

use ::parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use ::parquet::column::writer::ColumnWriterImpl;
use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::{Type, TypePtr};
use bytes::Bytes;

use super::columns::{COLUMNS, Cells};
use crate::clicks::SequencedClick;

/// A file under way. What is written goes out part by part; the writer keeps where each part begins.
pub(in crate::clicks) struct Rows(SerializedFileWriter<Vec<u8>>);

impl Rows {
    pub(in crate::clicks) fn new() -> Result<Self, ParquetError> {
        Ok(Self(SerializedFileWriter::new(Vec::new(), schema()?, Default::default())?))
    }

    /// A group of rows, which a reader holds at a time.
    pub(in crate::clicks) fn take(&mut self, rows: &[SequencedClick]) -> Result<Bytes, ParquetError> {
        let mut group = self.0.next_row_group()?;
        for (_, cells) in COLUMNS {
            write_column(&mut group, cells, rows)?;
        }
        group.close()?;
        self.0.flush()?;
        Ok(std::mem::take(self.0.inner_mut()).into())
    }

    /// What says where everything is.
    pub(in crate::clicks) fn end(mut self) -> Result<Bytes, ParquetError> {
        self.0.finish()?;
        self.0.flush()?;
        Ok(std::mem::take(self.0.inner_mut()).into())
    }
}

pub(in crate::clicks) fn schema() -> Result<TypePtr, ParquetError> {
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
