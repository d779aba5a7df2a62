//! Files that data frames wrote: `frames/README.md` tells which did, and how.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ::parquet::basic::{LogicalType, TimeUnit, Type as Physical};
use ::parquet::schema::types::Type;

use super::*;

fn frame(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/clicks/frames").join(name)
}

#[test]
fn what_data_frames_write_is_read_as_it_was_before() {
    let clicks = read(&frame("clicks.jsonl")).unwrap().clicks;
    assert_eq!(clicks.len(), 4);
    for name in [
        "pandas.parquet",
        "pyarrow.parquet",
        "polars.parquet",
        "duckdb.parquet",
        "pyarrow_other_types.parquet",
        "pandas_gaps.parquet",
        "duckdb_other_types.parquet",
    ] {
        let log = read(&frame(name)).unwrap();
        assert_eq!(log.refusals(), [], "{name}");
        assert!(log.clicks == clicks, "{name}");
    }
}

#[test]
fn what_a_frame_lacks_or_holds_otherwise_is_named() {
    let told = |name| read(&frame(name)).unwrap_err().to_string();
    assert!(
        told("lacking.parquet").contains("it lacks the columns reward, x;"),
        "{}",
        told("lacking.parquet")
    );
    let text = told("text_for_rank.parquet");
    assert!(text.contains("column rank holds something else than whole numbers"), "{text}");
}

/// The kinds of the columns as `CLICKS.md` calls them, and the JSON that holds the same.
#[test]
fn the_document_tells_every_column_of_both_forms() {
    let document = include_str!("../../../CLICKS.md");
    let rows: Vec<Vec<&str>> = document
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect();
    let schema = parquet::schema().unwrap();
    let columns: Vec<(&str, String)> =
        schema.get_fields().iter().map(|field| (field.name(), kind(field))).collect();
    let told: Vec<(&str, String)> = rows.iter().map(|row| (row[1], row[2].to_owned())).collect();
    assert_eq!(told, columns);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.jsonl");
    write_file(&file, Format::Jsonl, &recorded(1), |_| {}).unwrap();
    let line: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let mut leaves = BTreeMap::new();
    collect(&line, "", &mut leaves);
    let mut told = BTreeMap::new();
    for row in &rows {
        for place in row[3].split_whitespace() {
            let kind = row[2].trim_start_matches("list<").trim_end_matches('>');
            told.insert(
                place.trim_matches('`').to_owned(),
                if kind.starts_with("time") { "int64" } else { kind },
            );
        }
    }
    assert_eq!(told, leaves);
}

/// A column's kind, as pyarrow would print it.
fn kind(column: &Type) -> String {
    if column.is_group() {
        return format!("list<{}>", kind(&column.get_fields()[0].get_fields()[0]));
    }
    match (column.get_basic_info().logical_type_ref(), column.get_physical_type()) {
        (Some(LogicalType::Timestamp(time)), Physical::INT64) => {
            assert!(time.unit == TimeUnit::MILLIS && time.is_adjusted_to_u_t_c);
            "timestamp[ms, UTC]".to_owned()
        }
        (Some(LogicalType::String), Physical::BYTE_ARRAY) => "string".to_owned(),
        (None, Physical::INT64) => "int64".to_owned(),
        (None, Physical::FLOAT) => "float".to_owned(),
        other => panic!("{other:?} has no name"),
    }
}

/// The places of `value` that hold neither objects nor lists, with what they hold.
fn collect(value: &Value, name: &str, leaves: &mut BTreeMap<String, &'static str>) {
    match value {
        Value::Object(parts) => {
            for (key, part) in parts {
                collect(part, &format!("{name}{}{key}", if name.is_empty() { "" } else { "." }), leaves);
            }
        }
        Value::Array(parts) => parts.iter().for_each(|part| collect(part, &format!("{name}[]"), leaves)),
        Value::String(_) => drop(leaves.insert(name.to_owned(), "string")),
        Value::Number(number) if number.is_u64() => {
            // A float that is whole is told by the others of its list.
            leaves.entry(name.to_owned()).or_insert("int64");
        }
        _ => drop(leaves.insert(name.to_owned(), "float")),
    }
}
