//! Reading manifests.

use std::path::{Path, PathBuf};

use serde_yaml_ng::Value;

/// A path from the top of the repository.
pub(crate) fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above").join(path)
}

pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(at(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Every document of a file, anchors and merges resolved.
pub(crate) fn documents(path: &str) -> Vec<Value> {
    let text = text(path);
    let documents = serde_yaml_ng::Deserializer::from_str(&text);
    let read = |document| {
        let mut value = serde::Deserialize::deserialize(document).unwrap_or_else(|e| panic!("{path}: {e}"));
        Value::apply_merge(&mut value).unwrap_or_else(|e| panic!("{path}: {e}"));
        value
    };
    documents.map(read).collect()
}

/// The value under `keys`; null when any of them is missing.
pub(crate) fn under<'v>(value: &'v Value, keys: &[&str]) -> &'v Value {
    keys.iter().fold(value, |value, key| &value[*key])
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_sequence().map_or(&[], Vec::as_slice)
}

/// Keys and values of a mapping.
pub(crate) fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_mapping().into_iter().flatten().filter_map(|(key, value)| Some((key.as_str()?, value)))
}

/// A scalar as it would be written in an environment; empty when it is none.
pub(crate) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        _ => String::new(),
    }
}

pub(crate) fn number(value: &Value) -> u16 {
    scalar(value).parse().unwrap_or(0)
}
