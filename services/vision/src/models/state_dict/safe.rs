//! safetensors: a length, a header of JSON, and the numbers behind it.

use safetensors::SafeTensors;

use super::element::Element;
use super::pickle::View;
use super::{Storages, Views};

/// Bytes of the header's length, before it.
const LENGTH: usize = 8;

/// Whether the file begins like one: a header that lies within it, and is an object.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH>() else { return false };
    u64::from_le_bytes(*length) <= rest.len() as u64 && rest.first() == Some(&b'{')
}

/// The tensors, each in a storage of its own.
pub(super) fn read(bytes: &[u8]) -> Result<(Views, Storages<'_>), String> {
    let file =
        SafeTensors::deserialize(bytes).map_err(|error| format!("a broken safetensors file: {error}"))?;
    let (mut views, mut storages) = (Views::new(), Storages::new());
    for (name, tensor) in file.iter() {
        let Some(element) = Element::of_safetensors(tensor.dtype()) else { continue };
        let shape = tensor.shape().to_vec();
        let stride =
            |axis: usize| shape[axis + 1..].iter().fold(1_usize, |size, &next| size.saturating_mul(next));
        let strides = (0..shape.len()).map(stride).collect();
        views.insert(name.into(), View { storage: name.into(), element, offset: 0, shape, strides });
        storages.insert(name.into(), tensor.data());
    }
    Ok((views, storages))
}
