//! Pictures that show the same: found by the bytes they are cut from and by how they look.

use domain::CropId;
use vision::perceptual_hash::ALIKE;

/// A person's crops so far.
#[derive(Debug, Default)]
pub(crate) struct Twins(Vec<(String, u64)>);

/// A crop that a picture doubles.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Twin {
    pub(crate) crop: String,
    /// Bits that differ; `None` when both were cut from the same bytes.
    pub(crate) bits: Option<u32>,
}

impl Twins {
    pub(crate) fn new(crops: impl Iterator<Item = (String, u64)>) -> Self {
        Self(crops.collect())
    }

    pub(crate) fn add(&mut self, crop: &CropId, perceptual_hash: u64) {
        self.0.push((crop.to_string(), perceptual_hash));
    }

    /// The crop cut from the very bytes that `crop` would be cut from.
    pub(crate) fn same(&self, crop: &CropId) -> Option<Twin> {
        let known = self.0.iter().any(|(known, _)| known == crop.as_str());
        known.then(|| Twin { crop: crop.to_string(), bits: None })
    }

    /// The crop that looks most like one with this hash, if it looks the same; of several the first.
    pub(crate) fn alike(&self, perceptual_hash: u64) -> Option<Twin> {
        let bits = |hash: u64| (hash ^ perceptual_hash).count_ones();
        let (nearest, hash) = self.0.iter().min_by_key(|(_, hash)| bits(*hash))?;
        let bits = bits(*hash);
        (bits <= ALIKE).then(|| Twin { crop: nearest.clone(), bits: Some(bits) })
    }
}

/// Why the picture gave no crop.
impl std::fmt::Display for Twin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.bits {
            None => write!(f, "doubles crop {}: the same picture", self.crop),
            Some(bits) => write!(f, "doubles crop {}: {bits} of 64 bits differ", self.crop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crop(n: u8) -> CropId {
        CropId::from_digest(&[n; 32])
    }

    #[test]
    fn the_same_bytes_or_nearly_the_same_look_are_a_twin() {
        let mut twins = Twins::default();
        assert_eq!((twins.same(&crop(1)), twins.alike(0)), (None, None));
        twins.add(&crop(1), 0);
        twins.add(&crop(2), u64::MAX);
        assert_eq!(twins.same(&crop(2)), Some(Twin { crop: crop(2).to_string(), bits: None }));
        assert_eq!(twins.same(&crop(3)), None);
        let near = (1 << ALIKE) - 1;
        assert_eq!(twins.alike(near), Some(Twin { crop: crop(1).to_string(), bits: Some(ALIKE) }));
        assert_eq!(twins.alike(near << 1 | 1), None);
    }
}
