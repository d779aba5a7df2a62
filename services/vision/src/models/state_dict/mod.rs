//! State dicts: named tensors, each a view of a block of numbers, as PyTorch and safetensors write them.
//!
//! The file is a stranger's. Its pickles build plain data and run nothing, its storages are slices of
//! the file itself, and a tensor is copied out only when a net asks for one of its name and shape: no
//! file can make this take more memory than itself and the net it is for.

mod element;
mod legacy;
mod pickle;
mod safe;
mod zip;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use self::pickle::{Value, View};
use super::tensor::{Tensor, Weights};
use crate::file_kind;

/// The numbers of each storage, by its key, as bytes of the file.
type Storages<'a> = HashMap<Rc<str>, &'a [u8]>;
type Views = BTreeMap<Rc<str>, View>;

/// First byte of every pickle that PyTorch writes.
const PICKLE: u8 = 0x80;
/// What training tools call the state dict in a checkpoint that holds more.
const CHECKPOINT_KEYS: [&str; 4] = ["state_dict", "model_state_dict", "model", "net"];
/// What wrappers of a net put before the names of all its tensors.
const WRAPPERS: [&str; 3] = ["module.", "_orig_mod.", "model."];
/// Names of tensors that a message shows.
const SHOWN: usize = 3;

/// A state dict, and the file's bytes that its tensors lie in.
#[derive(Debug)]
pub(crate) struct StateDict<'a> {
    views: Views,
    storages: Storages<'a>,
}

impl<'a> StateDict<'a> {
    /// Reads a whole file, of any of the formats. The error says what is wrong with it.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<StateDict<'a>, String> {
        let (views, storages) = if bytes.starts_with(zip::SIGNATURE) {
            let (state, storages) = zip::read(bytes)?;
            (views(state)?, storages)
        } else if bytes.first() == Some(&PICKLE) {
            let (state, storages) = legacy::read(bytes)?;
            (views(state)?, storages)
        } else if safe::is_one(bytes) {
            safe::read(bytes)?
        } else {
            let kind = file_kind::name(bytes);
            return Err(format!("it is {kind}, not a PyTorch state dict or safetensors"));
        };
        Ok(StateDict { views: without_wrapper(views), storages })
    }
}

/// The tensors of a state dict, or of the one in a checkpoint.
fn views(state: Value) -> Result<Views, String> {
    let Value::Dict(entries) = state else { return Err("the file holds no dict".into()) };
    if entries.iter().any(|(_, value)| matches!(value, Value::Tensor(_))) {
        return tensors(entries);
    }
    // A checkpoint: besides the weights, what training goes on with.
    let holds_tensors = |value: &Value| match value {
        Value::Dict(entries) => entries.iter().any(|(_, value)| matches!(value, Value::Tensor(_))),
        _ => false,
    };
    let dicts = entries.into_iter().filter(|(_, value)| holds_tensors(value));
    let mut dicts: Vec<(String, Value)> = dicts
        .filter_map(|(key, value)| match key {
            Value::Text(key) => Some((key.to_string(), value)),
            _ => None,
        })
        .collect();
    if dicts.len() > 1 {
        let rank = |key: &str| CHECKPOINT_KEYS.iter().position(|known| *known == key);
        if let Some(best) = dicts.iter().filter_map(|(key, _)| rank(key)).min() {
            dicts.retain(|(key, _)| *key == CHECKPOINT_KEYS[best]);
        }
    }
    match <[(String, Value); 1]>::try_from(dicts) {
        Ok([(_, Value::Dict(entries))]) => tensors(entries),
        Ok(_) => Err("the file holds no tensors".into()),
        Err(none) if none.is_empty() => Err("the dict in the file holds no tensors".into()),
        Err(several) => {
            let keys: Vec<_> = several.iter().map(|(key, _)| shown(key)).collect();
            let keys = keys.join(", ");
            Err(format!(
                "the file holds several state dicts ({keys}): torch.save(torch.load(IN)[KEY], OUT) takes one out"
            ))
        }
    }
}

/// The tensors of a dict; what else it holds, such as a number of epochs, says nothing about them.
fn tensors(entries: Vec<(Value, Value)>) -> Result<Views, String> {
    let mut views = BTreeMap::new();
    for (name, value) in entries {
        if let (Value::Text(name), Value::Tensor(view)) = (name, value)
            && views.insert(name.clone(), view).is_some()
        {
            return Err(format!("there are two tensors {}", shown(&name)));
        }
    }
    Ok(views)
}

/// The tensors under the names that the net itself gives them.
fn without_wrapper(mut views: Views) -> Views {
    while let Some(wrapper) =
        WRAPPERS.iter().find(|wrapper| views.keys().all(|name| name.starts_with(**wrapper)))
        && !views.is_empty()
    {
        let inner = views.into_iter().map(|(name, view)| (name[wrapper.len()..].into(), view));
        views = inner.collect();
    }
    views
}

impl Weights for StateDict<'_> {
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, String> {
        let Some(view) = self.views.remove(name) else {
            let others: Vec<_> = self.views.keys().take(SHOWN).map(|name| shown(name)).collect();
            let others = others.join(", ");
            return Err(if others.is_empty() {
                format!("there is no tensor {name}")
            } else {
                format!("there is no tensor {name}; those that are left begin with {others}")
            });
        };
        if view.shape != shape {
            return Err(format!("{name} has shape {:?}, not {shape:?}", view.shape));
        }
        let storage =
            self.storages.get(&view.storage).ok_or_else(|| format!("{name} has no storage in the file"))?;
        let to_float = view.element.to_float().ok_or_else(|| format!("{name} does not hold floats"))?;
        let values =
            gather(storage, &view, to_float).ok_or_else(|| format!("{name} reaches beyond its storage"))?;
        match values.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(format!("{name} holds {value}")),
            None => Ok(Tensor::new(shape, values)),
        }
    }
}

/// A stranger's name as one short line.
fn shown(name: &str) -> String {
    name.chars().take(80).flat_map(char::escape_default).collect()
}

/// The view's numbers in row-major order; weights that once came from MATLAB lie column-major.
fn gather(storage: &[u8], view: &View, to_float: fn(&[u8]) -> f32) -> Option<Vec<f32>> {
    let size = view.element.size();
    let numbers = storage.len() / size;
    let count = view.shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size))?;
    if view.shape.len() != view.strides.len() || count > numbers {
        return None;
    }
    let at = |index: usize| -> Option<usize> {
        let mut sizes = view.shape.iter().zip(&view.strides).rev();
        let (at, _) = sizes.try_fold((view.offset, index), |(at, rest), (&size, &stride)| {
            Some((at.checked_add((rest % size).checked_mul(stride)?)?, rest / size))
        })?;
        (at < numbers).then(|| at * size)
    };
    (0..count).map(|index| at(index).map(|at| to_float(&storage[at..at + size]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(offset: usize, shape: &[usize], strides: &[usize]) -> View {
        View {
            storage: "0".into(),
            element: element::Element::Float32,
            offset,
            shape: shape.to_vec(),
            strides: strides.to_vec(),
        }
    }

    #[test]
    fn column_major_tensors_are_read_row_by_row() {
        let numbers = [9.0_f32, 1.0, 4.0, 2.0, 5.0, 3.0, 6.0];
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let rows = Some(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let to_float = element::Element::Float32.to_float().expect("they are floats");
        let gather = |bytes: &[u8], view: &View| super::gather(bytes, view, to_float);
        assert_eq!(gather(&bytes, &view(1, &[2, 3], &[1, 2])), rows);
        assert_eq!(gather(&bytes, &view(2, &[2, 3], &[1, 2])), None);
        assert_eq!(gather(&bytes, &view(0, &[usize::MAX, 2], &[2, 1])), None);
        assert_eq!(gather(&bytes, &view(0, &[2, 2], &[usize::MAX, usize::MAX])), None);
        assert_eq!(gather(&bytes, &view(0, &[2], &[1, 1])), None);
    }

    #[test]
    fn other_files_are_refused_with_a_reason() {
        assert!(StateDict::read(b"PK\x03\x04").is_err());
        let told = |bytes| StateDict::read(bytes).expect_err("it is none");
        assert_eq!(told(b""), "it is empty, not a PyTorch state dict or safetensors");
        assert!(
            told(b"version https://git-lfs.github.com/spec/v1\noid")
                .starts_with("it is a pointer of Git LFS")
        );
        assert!(told(b"\x1f\x8b\x08\0").starts_with("it is a gzip archive"));
        let error = StateDict::read(b"\x80\x02K\x01.").expect_err("the magic is missing");
        assert_eq!(error, "not a pytorch file");
    }
}
