//! The format before PyTorch 1.6: four pickles, the list of storages, then their numbers.

use std::collections::HashMap;
use std::rc::Rc;

use super::Storages;
use super::element::Element;
use super::pickle::{self, Value};

/// `0x1950a86a20f9469cfc6c`, little-endian, as PyTorch writes it.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const PROTOCOL: i64 = 1001;

/// The state dict and its storages.
pub(super) fn read(bytes: &[u8]) -> Result<(Value, Storages<'_>), String> {
    let mut at = 0;
    let mut next = |what: &str| -> Result<Value, String> {
        let (value, used) = pickle::read(&bytes[at..]).map_err(|reason| format!("{what}: {reason}"))?;
        at += used;
        Ok(value)
    };
    match next("magic number")? {
        Value::Wide(magic) if *magic == MAGIC => {}
        _ => return Err("not a pytorch file".into()),
    }
    if next("protocol version")? != Value::Int(PROTOCOL) {
        return Err("a pytorch protocol other than 1001".into());
    }
    if big_endian(&next("system information")?) {
        return Err("its numbers are big-endian".into());
    }
    let state = next("state dict")?;
    let keys = next("storage keys")?;
    let storages = storages(&bytes[at..], &state, &keys)?;
    Ok((state, storages))
}

fn big_endian(system: &Value) -> bool {
    let Value::Dict(entries) = system else { return false };
    entries
        .iter()
        .any(|(key, value)| *key == Value::Text("little_endian".into()) && *value == Value::Bool(false))
}

/// The numbers of each storage: its count as i64, then the numbers, in the order of `keys`.
fn storages<'a>(mut rest: &'a [u8], state: &Value, keys: &Value) -> Result<Storages<'a>, String> {
    let Value::List(keys) = keys else { return Err("the storage keys are no list".into()) };
    let elements = elements(state);
    let mut storages = HashMap::new();
    for key in keys {
        let Value::Text(key) = key else { return Err("a storage key is no text".into()) };
        let element = elements.get(key).copied().ok_or("a storage that no tensor uses")?;
        let (count, after) = rest.split_first_chunk::<8>().ok_or("the storages are cut off")?;
        let size = usize::try_from(i64::from_le_bytes(*count))
            .ok()
            .and_then(|count| count.checked_mul(element.size()))
            .filter(|&size| size <= after.len())
            .ok_or("the storages are cut off")?;
        storages.insert(key.clone(), &after[..size]);
        rest = &after[size..];
    }
    Ok(storages)
}

/// The number type of each storage, from the tensors that lie in it, however deep a checkpoint holds them.
fn elements(state: &Value) -> HashMap<Rc<str>, Element> {
    let mut elements = HashMap::new();
    let mut rest = vec![state];
    while let Some(value) = rest.pop() {
        match value {
            Value::Tensor(view) => drop(elements.insert(view.storage.clone(), view.element)),
            Value::Dict(entries) => rest.extend(entries.iter().map(|(_, value)| value)),
            Value::List(items) => rest.extend(items),
            Value::Tuple(items) => rest.extend(items.iter()),
            _ => {}
        }
    }
    elements
}
