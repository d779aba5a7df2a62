//! dlib's serialised `dnn_face_recognition_resnet_model_v1`: tensors found by walking its tags.
//!
//! The file writes layers from the input upwards, so walking forward meets each convolution, then
//! the affine that follows it, and the fully connected layer last. Integers are packed: the low
//! nibble of the first byte counts the little-endian bytes that follow, its top bit is the sign.

use super::tensor::{Tensor, floats};

const CONV_TAG: &[u8] = b"\x05con_4";
const AFFINE_TAG: &[u8] = b"\x07affine_";
const DENSE_TAG: &[u8] = b"\x04fc_2";
const TENSOR_VERSION: i64 = 2;
const SIGN: u8 = 0x80;

/// A cursor over the file.
pub(crate) struct DlibWeights<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> DlibWeights<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> DlibWeights<'a> {
        DlibWeights { bytes, at: 0 }
    }

    /// The next convolution with the affine that follows it folded in:
    /// `γ·(w∗x + b) + β = (γw)∗x + (γb + β)`. Returns filters OIHW and bias.
    pub(crate) fn conv(
        &mut self,
        outputs: usize,
        inputs: usize,
        side: usize,
    ) -> Result<(Tensor, Tensor), String> {
        let taps = inputs * side * side;
        let conv = self.tensor_behind(CONV_TAG, outputs * taps + outputs)?;
        let affine = self.tensor_behind(AFFINE_TAG, 2 * outputs)?;
        let (gamma, beta) = affine.split_at(outputs);
        let (filters, bias) = conv.split_at(outputs * taps);
        let filters = filters
            .chunks_exact(taps)
            .zip(gamma)
            .flat_map(|(filter, gamma)| filter.iter().map(move |w| w * gamma))
            .collect();
        let bias = bias.iter().zip(gamma).zip(beta).map(|((b, g), beta)| b * g + beta).collect();
        Ok((Tensor::new(&[outputs, inputs, side, side], filters), Tensor::new(&[outputs], bias)))
    }

    /// The fully connected layer, [inputs, outputs], no bias.
    pub(crate) fn dense(&mut self, inputs: usize, outputs: usize) -> Result<Tensor, String> {
        let values = self.tensor_behind(DENSE_TAG, inputs * outputs)?;
        Ok(Tensor::new(&[inputs, outputs], values))
    }

    /// The first tensor of `count` numbers behind the next `tag`: between them lie settings whose
    /// number differs from layer to layer.
    fn tensor_behind(&mut self, tag: &[u8], count: usize) -> Result<Vec<f32>, String> {
        let missing = || format!("no {:?} behind byte {}", String::from_utf8_lossy(&tag[1..]), self.at);
        let rest = &self.bytes[self.at..];
        let found = rest.windows(tag.len()).position(|w| w == tag).ok_or_else(missing)?;
        let start = self.at + found + tag.len();
        // Settings before the tensor take a few dozen bytes at most.
        for at in start..(start + 128).min(self.bytes.len()) {
            if let Some((size, head)) = tensor_head(&self.bytes[at..]) {
                let end = at + head + 4 * size;
                if size == count && end <= self.bytes.len() {
                    self.at = end;
                    return Ok(floats(&self.bytes[at + head..end]));
                }
            }
        }
        Err(format!("no tensor of {count} numbers behind byte {start}"))
    }
}

/// Count of numbers and length of the header of a tensor at the front of `bytes`.
fn tensor_head(bytes: &[u8]) -> Option<(usize, usize)> {
    let (version, mut at) = packed(bytes)?;
    if version != TENSOR_VERSION {
        return None;
    }
    let mut count = 1_usize;
    for _ in 0..4 {
        let (size, used) = packed(&bytes[at..])?;
        count = count.checked_mul(usize::try_from(size).ok()?)?;
        at += used;
    }
    Some((count, at))
}

/// A packed integer at the front of `bytes`, and its length in bytes.
fn packed(bytes: &[u8]) -> Option<(i64, usize)> {
    let head = *bytes.first()?;
    let size = usize::from(head & 0x0f);
    if size == 0 || size > 7 {
        return None;
    }
    let digits = bytes.get(1..1 + size)?;
    let value = digits.iter().rev().fold(0_i64, |value, &b| value << 8 | i64::from(b));
    Some((if head & SIGN == 0 { value } else { -value }, 1 + size))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(numbers: &[f32]) -> Vec<u8> {
        let mut bytes = vec![1, 2, 1, numbers.len() as u8, 1, 1, 1, 1, 1, 1];
        bytes.extend(numbers.iter().flat_map(|v| v.to_le_bytes()));
        bytes
    }

    #[test]
    fn packed_integers_carry_their_sign() {
        assert_eq!(packed(&[1, 7]), Some((7, 2)));
        assert_eq!(packed(&[0x82, 0x34, 0x12]), Some((-0x1234, 3)));
        assert_eq!(packed(&[2, 1]), None);
    }

    #[test]
    fn an_affine_is_folded_into_its_convolution() {
        let mut file = b"\x05con_4\x01\x03".to_vec();
        file.extend(tensor(&[2.0, 3.0, 5.0, 7.0])); // two 1×1 filters, two biases
        file.extend(b"\x07affine_\x01\x01");
        file.extend(tensor(&[10.0, 100.0, 1.0, 2.0]));
        let (filters, bias) = DlibWeights::new(&file).conv(2, 1, 1).expect("it is there");
        assert_eq!(filters.values, [20.0, 300.0]);
        assert_eq!(bias.values, [51.0, 702.0]);
    }

    #[test]
    fn a_file_without_the_tags_is_refused() {
        assert!(DlibWeights::new(b"nothing here").conv(1, 1, 1).is_err());
    }
}
