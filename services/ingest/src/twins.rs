//! Pictures that show the same: found by the bytes they are cut from and by how they look.

use domain::CropId;
use vision::perceptual_hash::{ALIKE, BITS, PerceptualHash};

/// A person's crops so far.
#[derive(Debug, Default)]
pub(crate) struct Twins(Vec<(String, Option<PerceptualHash>)>);

/// A crop that a picture doubles.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Twin {
    pub(crate) crop: String,
    /// Bits that differ; `None` when both were cut from the same bytes.
    pub(crate) bits: Option<u32>,
}

impl Twins {
    pub(crate) fn new(crops: impl Iterator<Item = (String, Option<PerceptualHash>)>) -> Self {
        Self(crops.collect())
    }

    pub(crate) fn add(&mut self, crop: &CropId, perceptual_hash: Option<PerceptualHash>) {
        self.0.push((crop.to_string(), perceptual_hash));
    }

    /// The crop cut from the very bytes that `crop` would be cut from.
    pub(crate) fn same(&self, crop: &CropId) -> Option<Twin> {
        let known = self.0.iter().any(|(known, _)| known == crop.as_str());
        known.then(|| Twin { crop: crop.to_string(), bits: None })
    }

    /// The crop that looks most like one with this hash, if it looks the same; of several the first.
    pub(crate) fn alike(&self, perceptual_hash: &PerceptualHash) -> Option<Twin> {
        let hashed =
            self.0.iter().filter_map(|(crop, hash)| Some((crop, hash.as_ref()?.distance(perceptual_hash))));
        let (nearest, bits) = hashed.min_by_key(|(_, bits)| *bits)?;
        (bits <= ALIKE).then(|| Twin { crop: nearest.clone(), bits: Some(bits) })
    }
}

/// Why the picture gave no crop.
impl std::fmt::Display for Twin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.bits {
            None => write!(f, "doubles crop {}: the same picture", self.crop),
            Some(bits) => write!(f, "doubles crop {}: {bits} of {BITS} bits differ", self.crop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crop(n: u8) -> CropId {
        CropId::from_digest(&[n; 32])
    }

    /// These bits first, then zeros; ones where all of these are.
    fn hash(first: u64) -> PerceptualHash {
        let rest = if first == u64::MAX { first } else { 0 };
        let bytes: Vec<u8> = [first, rest, rest, rest].iter().flat_map(|word| word.to_le_bytes()).collect();
        PerceptualHash::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn the_same_bytes_or_nearly_the_same_look_are_a_twin() {
        let (plain, near) = (hash(0), hash((1 << ALIKE) - 1));
        let mut twins = Twins::default();
        assert_eq!((twins.same(&crop(1)), twins.alike(&plain)), (None, None));
        twins.add(&crop(1), Some(plain));
        twins.add(&crop(2), Some(hash(u64::MAX)));
        twins.add(&crop(3), None);
        assert_eq!(twins.same(&crop(2)), Some(Twin { crop: crop(2).to_string(), bits: None }));
        assert_eq!(twins.same(&crop(4)), None);
        assert_eq!(twins.alike(&near), Some(Twin { crop: crop(1).to_string(), bits: Some(ALIKE) }));
        assert_eq!(twins.alike(&hash((2 << ALIKE) - 1)), None);
    }
}
