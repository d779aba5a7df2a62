//! The number types of tensors.

use half::{bf16, f16};
use safetensors::Dtype;

/// Number type of a storage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Element {
    Float16,
    BFloat16,
    Float32,
    Float64,
    /// Whole numbers or truth values of so many bytes: counters, which no net here asks for.
    Whole(usize),
}

impl Element {
    /// What PyTorch calls a storage of it, without its module.
    pub(crate) fn of_storage(name: &str) -> Option<Element> {
        Some(match name {
            "HalfStorage" => Element::Float16,
            "BFloat16Storage" => Element::BFloat16,
            "FloatStorage" => Element::Float32,
            "DoubleStorage" => Element::Float64,
            "BoolStorage" | "ByteStorage" | "CharStorage" => Element::Whole(1),
            "ShortStorage" => Element::Whole(2),
            "IntStorage" => Element::Whole(4),
            "LongStorage" => Element::Whole(8),
            _ => return None,
        })
    }

    /// What safetensors calls it; `None` of types that are packed.
    pub(crate) fn of_safetensors(dtype: Dtype) -> Option<Element> {
        match dtype {
            Dtype::F16 => Some(Element::Float16),
            Dtype::BF16 => Some(Element::BFloat16),
            Dtype::F32 => Some(Element::Float32),
            Dtype::F64 => Some(Element::Float64),
            other => (other.bitsize() % 8 == 0).then(|| Element::Whole(other.bitsize() / 8)),
        }
    }

    /// Bytes of one number.
    pub(crate) fn size(self) -> usize {
        match self {
            Element::Float16 | Element::BFloat16 => 2,
            Element::Float32 => 4,
            Element::Float64 => 8,
            Element::Whole(bytes) => bytes,
        }
    }

    /// One number, from its [`Element::size`] bytes; `None` where they are no floats.
    pub(crate) fn to_float(self) -> Option<fn(&[u8]) -> f32> {
        Some(match self {
            Element::Float16 => |bytes| f16::from_le_bytes([bytes[0], bytes[1]]).to_f32(),
            Element::BFloat16 => |bytes| bf16::from_le_bytes([bytes[0], bytes[1]]).to_f32(),
            Element::Float32 => |bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
            Element::Float64 => |bytes| {
                let mut number = [0; 8];
                number.copy_from_slice(bytes);
                f64::from_le_bytes(number) as f32
            },
            Element::Whole(_) => return None,
        })
    }
}
