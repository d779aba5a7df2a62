//! PyTorch state dicts: named tensors, each a view of a block of numbers.
//!
//! The file is a stranger's. Its pickles build plain data and run nothing, its storages are slices of
//! the file itself, and a tensor is copied out only when a net asks for one of its name and shape: no
//! file can make this take more memory than itself and the net it is for.

mod legacy;
mod pickle;
mod zip;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use self::pickle::{Element, Value, View};
use super::tensor::{Tensor, Weights};

/// The numbers of each storage, by its key, as bytes of the file.
type Storages<'a> = HashMap<Rc<str>, &'a [u8]>;

/// A state dict, and the file's bytes that its tensors lie in.
#[derive(Debug)]
pub(crate) struct StateDict<'a> {
    views: BTreeMap<Rc<str>, View>,
    storages: Storages<'a>,
}

impl<'a> StateDict<'a> {
    /// Read a whole file, of either format. The error says what is wrong with it.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<StateDict<'a>, String> {
        let (state, storages) =
            if bytes.starts_with(zip::SIGNATURE) { zip::read(bytes)? } else { legacy::read(bytes)? };
        let Value::Dict(entries) = state else { return Err("the file holds no dict".into()) };
        let mut views = BTreeMap::new();
        for (name, value) in entries {
            match (name, value) {
                (Value::Text(name), Value::Tensor(view)) => {
                    if let Some(_twice) = views.insert(name.clone(), view) {
                        return Err(format!("there are two tensors {name}"));
                    }
                }
                _ => return Err("the state dict holds something that is no tensor".into()),
            }
        }
        Ok(StateDict { views, storages })
    }
}

impl Weights for StateDict<'_> {
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, String> {
        let view = self.views.remove(name).ok_or_else(|| format!("there is no tensor {name}"))?;
        if view.shape != shape {
            return Err(format!("{name} has shape {:?}, not {shape:?}", view.shape));
        }
        if view.element != Element::Float32 {
            return Err(format!("{name} does not hold 32-bit floats"));
        }
        let storage =
            self.storages.get(&view.storage).ok_or_else(|| format!("{name} has no storage in the file"))?;
        let values = gather(storage, &view).ok_or_else(|| format!("{name} reaches beyond its storage"))?;
        match values.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(format!("{name} holds {value}")),
            None => Ok(Tensor::new(shape, values)),
        }
    }
}

/// The view's numbers in row-major order; weights that once came from MATLAB lie column-major.
fn gather(storage: &[u8], view: &View) -> Option<Vec<f32>> {
    let (numbers, _) = storage.as_chunks::<4>();
    let count = view.shape.iter().try_fold(1_usize, |count, &size| count.checked_mul(size))?;
    if view.shape.len() != view.strides.len() || count > numbers.len() {
        return None;
    }
    let at = |index: usize| -> Option<usize> {
        let mut sizes = view.shape.iter().zip(&view.strides).rev();
        let (at, _) = sizes.try_fold((view.offset, index), |(at, rest), (&size, &stride)| {
            Some((at.checked_add((rest % size).checked_mul(stride)?)?, rest / size))
        })?;
        Some(at)
    };
    (0..count).map(|index| numbers.get(at(index)?).map(|number| f32::from_le_bytes(*number))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(offset: usize, shape: &[usize], strides: &[usize]) -> View {
        View {
            storage: "0".into(),
            element: Element::Float32,
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
        assert_eq!(gather(&bytes, &view(1, &[2, 3], &[1, 2])), rows);
        assert_eq!(gather(&bytes, &view(2, &[2, 3], &[1, 2])), None);
        assert_eq!(gather(&bytes, &view(0, &[usize::MAX, 2], &[2, 1])), None);
        assert_eq!(gather(&bytes, &view(0, &[2, 2], &[usize::MAX, usize::MAX])), None);
        assert_eq!(gather(&bytes, &view(0, &[2], &[1, 1])), None);
    }

    #[test]
    fn other_files_are_refused_with_a_reason() {
        assert!(StateDict::read(b"PK\x03\x04").is_err());
        assert!(StateDict::read(b"").is_err());
        let error = StateDict::read(b"\x80\x02K\x01.").expect_err("the magic is missing");
        assert_eq!(error, "not a pytorch file");
    }
}
