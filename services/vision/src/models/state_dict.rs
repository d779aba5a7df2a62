//! PyTorch's legacy (non-zip) state dicts: four pickles, the list of storages, then the numbers.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::pickle::{self, Element, Value};
use super::tensor::{Tensor, floats};

/// `0x1950a86a20f9469cfc6c`, little-endian, as PyTorch writes it.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const PROTOCOL: i64 = 1001;

/// Named f32 tensors; integer ones (counters) are left out.
#[derive(Debug)]
pub(crate) struct StateDict {
    tensors: BTreeMap<String, Tensor>,
}

impl StateDict {
    /// Read a whole file. The error says what is wrong with it.
    pub(crate) fn read(bytes: &[u8]) -> Result<StateDict, String> {
        let mut at = 0;
        let mut next = |what: &str| -> Result<Value, String> {
            let (value, used) = pickle::read(&bytes[at..]).map_err(|reason| format!("{what}: {reason}"))?;
            at += used;
            Ok(value)
        };
        match next("magic number")? {
            Value::Wide(magic) if magic == MAGIC => {}
            _ => return Err("not a legacy pytorch file".into()),
        }
        if next("protocol version")? != Value::Int(PROTOCOL) {
            return Err("a pytorch protocol other than 1001".into());
        }
        next("system information")?;
        let state = next("state dict")?;
        let keys = next("storage keys")?;
        let blocks = storages(&bytes[at..], &state, &keys)?;
        let Value::Dict(entries) = state else { return Err("the file holds no dict".into()) };
        let mut tensors = BTreeMap::new();
        for (name, value) in entries {
            if let (Value::Text(name), Some(tensor)) = (name, view(&value, &blocks)?) {
                tensors.insert(name.to_string(), tensor);
            }
        }
        Ok(StateDict { tensors })
    }

    /// Take the tensor called `name` out, which must have `shape`.
    pub(crate) fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, String> {
        match self.tensors.remove(name) {
            Some(tensor) if tensor.shape == shape => Ok(tensor),
            Some(tensor) => Err(format!("{name} has shape {:?}, not {shape:?}", tensor.shape)),
            None => Err(format!("there is no tensor {name}")),
        }
    }
}

/// The numbers of each storage: its count as i64, then the numbers, in the order of `keys`.
fn storages<'a>(
    mut rest: &'a [u8],
    state: &Value,
    keys: &Value,
) -> Result<HashMap<Rc<str>, &'a [u8]>, String> {
    let Value::List(keys) = keys else { return Err("the storage keys are no list".into()) };
    let elements = elements(state);
    let mut blocks = HashMap::new();
    for key in keys {
        let Value::Text(key) = key else { return Err("a storage key is no text".into()) };
        let element = elements.get(key).copied().ok_or("a storage that no tensor uses")?;
        let (count, after) = rest.split_first_chunk::<8>().ok_or("the storages are cut off")?;
        let size = usize::try_from(i64::from_le_bytes(*count))
            .ok()
            .and_then(|count| count.checked_mul(element.size()))
            .filter(|&size| size <= after.len())
            .ok_or("the storages are cut off")?;
        blocks.insert(key.clone(), &after[..size]);
        rest = &after[size..];
    }
    Ok(blocks)
}

fn elements(state: &Value) -> HashMap<Rc<str>, Element> {
    let Value::Dict(entries) = state else { return HashMap::new() };
    entries
        .iter()
        .filter_map(|(_, value)| match value {
            Value::Tensor { storage, element, .. } => Some((storage.clone(), *element)),
            _ => None,
        })
        .collect()
}

fn view(value: &Value, blocks: &HashMap<Rc<str>, &[u8]>) -> Result<Option<Tensor>, String> {
    let Value::Tensor { storage, element, offset, shape, strides } = value else {
        return Err("the state dict holds something that is no tensor".into());
    };
    if *element != Element::Float32 {
        return Ok(None);
    }
    let numbers = floats(blocks.get(storage).ok_or("a tensor without numbers")?);
    let values =
        gather(&numbers, *offset, shape, strides).ok_or("a tensor that reaches beyond its storage")?;
    Ok(Some(Tensor::new(shape, values)))
}

/// The tensor's numbers in row-major order; weights that once came from MATLAB lie column-major.
fn gather(numbers: &[f32], offset: usize, shape: &[usize], strides: &[usize]) -> Option<Vec<f32>> {
    if shape.len() != strides.len() {
        return None;
    }
    let count = shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size))?;
    if count > numbers.len() {
        return None;
    }
    (0..count)
        .map(|index| {
            let mut rest = index;
            let mut at = offset;
            for (&size, &stride) in shape.iter().zip(strides).rev() {
                at = at.checked_add((rest % size).checked_mul(stride)?)?;
                rest /= size;
            }
            numbers.get(at).copied()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn column_major_tensors_are_read_row_by_row() {
        let numbers = [9.0, 1.0, 4.0, 2.0, 5.0, 3.0, 6.0];
        let rows = Some(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(gather(&numbers, 1, &[2, 3], &[1, 2]), rows);
        assert_eq!(gather(&numbers, 2, &[2, 3], &[1, 2]), None);
        assert_eq!(gather(&numbers, 0, &[usize::MAX, 2], &[2, 1]), None);
    }

    #[test]
    fn other_files_are_refused_with_a_reason() {
        assert!(StateDict::read(b"PK\x03\x04").is_err());
        assert!(StateDict::read(b"").is_err());
        let error = StateDict::read(b"\x80\x02K\x01.").expect_err("the magic is missing");
        assert_eq!(error, "not a legacy pytorch file");
    }
}
