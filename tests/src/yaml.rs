//! Manifests of the repository, as values.

use std::path::{Path, PathBuf};

use serde_yaml_ng::Value;

/// Returns the place of `path`, which begins at the top of the repository.
pub fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above").join(path)
}

/// Returns the text of a file of the repository.
pub fn text(path: &str) -> String {
    std::fs::read_to_string(at(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Returns every document of a file, anchors and merges resolved.
pub fn documents(path: &str) -> Vec<Value> {
    let text = text(path);
    let documents = serde_yaml_ng::Deserializer::from_str(&text);
    let read = |document| {
        let mut value = serde::Deserialize::deserialize(document).unwrap_or_else(|e| panic!("{path}: {e}"));
        Value::apply_merge(&mut value).unwrap_or_else(|e| panic!("{path}: {e}"));
        value
    };
    documents.map(read).collect()
}

/// Returns the value under `keys`; null when any of them is missing.
pub fn under<'v>(value: &'v Value, keys: &[&str]) -> &'v Value {
    keys.iter().fold(value, |value, key| &value[*key])
}

/// Returns the values of a list; none where `value` is no list.
pub fn list(value: &Value) -> &[Value] {
    value.as_sequence().map_or(&[], Vec::as_slice)
}

/// Returns keys and values of a mapping; none where `value` is no mapping.
pub fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_mapping().into_iter().flatten().filter_map(|(key, value)| Some((key.as_str()?, value)))
}

/// Returns a scalar as it would be written in an environment; empty where `value` is none.
pub fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        _ => String::new(),
    }
}

/// Returns a number that a port can be; 0 where `value` is none.
pub fn number(value: &Value) -> u16 {
    scalar(value).parse().unwrap_or(0)
}
