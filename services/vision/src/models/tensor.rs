//! A tensor of weights on its way from a weight file into an ONNX file.

/// Dense f32 numbers, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tensor {
    /// Sizes, outermost first.
    pub(crate) shape: Vec<usize>,
    /// As many numbers as the shape's product.
    pub(crate) values: Vec<f32>,
}

impl Tensor {
    pub(crate) fn new(shape: &[usize], values: Vec<f32>) -> Tensor {
        debug_assert_eq!(shape.iter().product::<usize>(), values.len());
        Tensor { shape: shape.to_vec(), values }
    }

    /// The same numbers under another shape of the same size.
    pub(crate) fn reshaped(self, shape: &[usize]) -> Tensor {
        Tensor::new(shape, self.values)
    }
}

/// Little-endian f32 from raw bytes; a trailing partial number is left out.
pub(crate) fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}
