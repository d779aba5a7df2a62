//! Rows of a file, whoever wrote it, as clicks.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use ::parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::schema::types::Type;

use super::cell::PerMillisecond;
use super::columns::{COLUMNS, Cells};
use super::row::found;
use crate::PoliciesError;
use crate::clicks::sieve::Found;

/// Why a file is not read to its end.
enum Unread {
    /// Its columns are not those of clicks.
    Columns(String),
    /// It is damaged, or written in a way that the library does not read.
    Rows(ParquetError),
}

impl From<ParquetError> for Unread {
    fn from(error: ParquetError) -> Self {
        Self::Rows(error)
    }
}

/// Gives every row of `file` to `take`, with their number.
pub(in crate::clicks) fn read(file: &Path, take: &mut impl FnMut(Found, u64)) -> Result<(), PoliciesError> {
    let opened = File::open(file).map_err(PoliciesError::file(file, "read"))?;
    let mut number = 0;
    let rows = || -> Result<(), Unread> {
        let reader = SerializedFileReader::new(opened)?;
        let about = reader.metadata().file_metadata();
        let total = about.num_rows().max(0) as u64;
        let (projection, units) = columns(about.schema()).map_err(Unread::Columns)?;
        check_compression(reader.metadata()).map_err(Unread::Columns)?;
        for group in 0..reader.num_row_groups() {
            for row in reader.get_row_group(group)?.get_row_iter(Some(projection.clone()))? {
                number += 1;
                take(found(number, row?.into_columns(), &units), total);
            }
        }
        Ok(())
    };
    // The reader trusts a file's footer: some damage to it breaks an assertion of the library's.
    let damaged = |_| Err(ParquetError::General("the file is damaged".to_owned()).into());
    let read = catch_unwind(AssertUnwindSafe(rows)).unwrap_or_else(damaged);
    read.map_err(|error| {
        let why = match error {
            Unread::Columns(why) => why,
            Unread::Rows(error) => format!("behind row {number}: {error}"),
        };
        PoliciesError::Clicks { path: file.to_owned(), why }
    })
}

/// The columns of `schema` that are read, in its order, and the units of those that hold times; or what is wrong with them.
/// Columns of other names are the reader's own.
fn columns(schema: &Type) -> Result<(Type, Vec<PerMillisecond>), String> {
    let fields = schema.get_fields();
    let there = |name: &str| fields.iter().any(|field| field.name() == name);
    let missing: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).filter(|name| !there(name)).collect();
    if !missing.is_empty() {
        return Err(format!("it lacks the columns {}", missing.join(", ")));
    }
    let (mut ours, mut units) = (Vec::new(), Vec::new());
    for field in fields {
        let Some((name, cells)) = COLUMNS.iter().find(|(name, _)| *name == field.name()) else { continue };
        let is_list = matches!(cells, Cells::Wholes(_) | Cells::Numbers(_) | Cells::Texts(_));
        let cell = if is_list { element(field) } else { Some(&**field).filter(|field| is_one(field)) };
        let Some(cell) = cell.filter(|cell| fits(*cells, cell)) else {
            return Err(format!("column {name} holds something else than {}", kind(*cells)));
        };
        ours.push(field.clone());
        units.push(PerMillisecond::of(cell));
    }
    let projection = Type::group_type_builder(schema.name()).with_fields(ours).build();
    Ok((projection.map_err(|e| e.to_string())?, units))
}

/// Refuses a codec that is not built in, and says which are.
fn check_compression(about: &ParquetMetaData) -> Result<(), String> {
    for column in about.row_groups().iter().flat_map(|group| group.columns()) {
        let compression = column.compression();
        if matches!(compression, Compression::BROTLI(_) | Compression::LZO) {
            return Err(format!(
                "it is compressed with {compression}, and snappy, zstd, gzip, lz4 and none are read: write it anew with one of \
                 those"
            ));
        }
    }
    Ok(())
}

fn is_one(field: &Type) -> bool {
    field.is_primitive() && field.get_basic_info().repetition() != Repetition::REPEATED
}

/// What a list holds, in each of the ways in which lists are written: with two levels around it, with one, or with none.
fn element(field: &Type) -> Option<&Type> {
    let repeated = |field: &Type| field.get_basic_info().repetition() == Repetition::REPEATED;
    if field.is_primitive() {
        return repeated(field).then_some(field);
    }
    let [inner] = field.get_fields() else { return None };
    if field.get_basic_info().converted_type() != ConvertedType::LIST || !repeated(inner) {
        return None;
    }
    if inner.is_primitive() {
        return Some(inner);
    }
    let [element] = inner.get_fields() else { return None };
    is_one(element).then_some(element)
}

/// Whether cells of the primitive `column` can be what `cells` are.
fn fits(cells: Cells, column: &Type) -> bool {
    let info = column.get_basic_info();
    let is_time = matches!(info.logical_type_ref(), Some(LogicalType::Timestamp(_)))
        || matches!(info.converted_type(), ConvertedType::TIMESTAMP_MILLIS | ConvertedType::TIMESTAMP_MICROS);
    let is_number = match column.get_physical_type() {
        Physical::INT32 | Physical::INT64 => {
            let other = matches!(info.converted_type(), ConvertedType::DATE)
                || matches!(info.converted_type(), ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS);
            !other
        }
        Physical::FLOAT | Physical::DOUBLE => true,
        Physical::FIXED_LEN_BYTE_ARRAY | Physical::BYTE_ARRAY => {
            info.converted_type() == ConvertedType::DECIMAL
                || info.logical_type_ref() == Some(&LogicalType::Float16)
        }
        Physical::INT96 | Physical::BOOLEAN => false,
    };
    match cells {
        Cells::Whole(_) | Cells::Wholes(_) | Cells::Number(_) | Cells::Numbers(_) => is_number && !is_time,
        Cells::Time(_) => is_number || column.get_physical_type() == Physical::INT96,
        Cells::Text(_) | Cells::Texts(_) => column.get_physical_type() == Physical::BYTE_ARRAY,
    }
}

/// What a column is to hold, for people.
fn kind(cells: Cells) -> &'static str {
    match cells {
        Cells::Whole(_) => "whole numbers",
        Cells::Time(_) => "times",
        Cells::Number(_) => "numbers",
        Cells::Text(_) => "text",
        Cells::Wholes(_) => "lists of whole numbers",
        Cells::Numbers(_) => "lists of numbers",
        Cells::Texts(_) => "lists of text",
    }
}
