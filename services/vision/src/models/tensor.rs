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

    /// Everything that belongs to output `i`, the first dimension, multiplied by `by[i]`.
    pub(crate) fn by_output<T: Copy + Into<f64>>(&self, by: &[T]) -> Tensor {
        let each = self.values.len() / by.len();
        let values = self.values.chunks_exact(each).zip(by);
        let values =
            values.flat_map(|(values, &by)| values.iter().map(move |&v| (f64::from(v) * by.into()) as f32));
        Tensor::new(&self.shape, values.collect())
    }

    /// What belongs to some of the outputs.
    pub(crate) fn outputs(&self, chosen: &[usize]) -> Tensor {
        let each = self.values.len() / self.shape[0];
        let values = chosen.iter().flat_map(|&output| &self.values[output * each..(output + 1) * each]);
        let values = values.copied().collect();
        let mut shape = self.shape.clone();
        shape[0] = chosen.len();
        Tensor::new(&shape, values)
    }

    /// The outputs of this, then those of `other`.
    pub(crate) fn followed_by(&self, other: &Tensor) -> Tensor {
        let mut shape = self.shape.clone();
        shape[0] += other.shape[0];
        Tensor::new(&shape, [self.values.as_slice(), &other.values].concat())
    }
}

/// Where a graph builder gets its tensors from.
pub(crate) trait Weights {
    /// Take the tensor called `name` out, which must have `shape`. The error names it.
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, String>;
}

/// Makes an ONNX file of weights. The error says what is wrong with them.
pub(crate) type GraphBuilder = fn(&mut dyn Weights) -> Result<Vec<u8>, String>;

/// Little-endian f32 from raw bytes; a trailing partial number is left out.
pub(crate) fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_scaled_whole() {
        let tensor = Tensor::new(&[2, 2], vec![1.0, 2.0, 5.0, 9.0]);
        assert_eq!(tensor.by_output(&[1.0_f32, -1.0]).values, [1.0, 2.0, -5.0, -9.0]);
    }

    #[test]
    fn outputs_are_chosen_and_put_behind_others() {
        let tensor = Tensor::new(&[3, 2], vec![1.0, 2.0, 5.0, 9.0, 3.0, 4.0]);
        let chosen = tensor.outputs(&[2, 0]);
        assert_eq!(chosen, Tensor::new(&[2, 2], vec![3.0, 4.0, 1.0, 2.0]));
        assert_eq!(chosen.followed_by(&tensor).outputs(&[2]), tensor.outputs(&[0]));
    }
}
