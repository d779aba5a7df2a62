//! Names that travel in subjects, object keys and URLs, and therefore must be safe in all of them.

use std::fmt;

use crate::Hex;

/// Longest person id, in bytes.
pub const PERSON_ID_MAX: usize = 64;
/// Length of a crop id: 128 bits in hex.
pub const CROP_ID_LEN: usize = 32;

/// Why a name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not `[a-z0-9-]{1,64}`.
    #[error("person id {0:?} must be 1 to 64 characters of a-z, 0-9 and -")]
    Person(String),
    /// An alias of the same letters.
    #[error("alias {0:?} must be 1 to 64 characters of a-z, 0-9 and -")]
    Alias(String),
    /// Not 32 lower-case hex digits.
    #[error("crop id {0:?} must be 32 lower-case hex digits")]
    Crop(String),
}

/// A person of the roster: `[a-z0-9-]{1,64}`, so that it is one token of a subject and one segment of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonId(String);

impl PersonId {
    /// Checks and wraps `id`.
    pub fn new(id: impl Into<String>) -> Result<Self, IdError> {
        let id = id.into();
        if is_token(&id) { Ok(Self(id)) } else { Err(IdError::Person(id)) }
    }

    /// The id itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Most ids that [`nearest`] names.
const NEAREST: usize = 3;
/// Least likeness of an id that is named as near, by Jaro and Winkler, from 0 to 1.
const NEAR: f64 = 0.8;

/// Returns those of `known` that are spelled most like `id`, the nearest first; three at most, and none that is nothing
/// like it.
pub fn nearest(id: &str, known: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut near: Vec<(f64, String)> = Vec::new();
    for other in known {
        let likeness = strsim::jaro_winkler(id, &other);
        if likeness >= NEAR {
            near.push((likeness, other));
        }
    }
    near.sort_by(|(a, first), (b, second)| b.total_cmp(a).then_with(|| first.cmp(second)));
    near.truncate(NEAREST);
    near.into_iter().map(|(_, other)| other).collect()
}

/// Returns the question whether one of `nearest` was meant, to be put behind a refusal; nothing where there is none.
pub fn question(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("; is it {}?", nearest.join(" or ")) }
}

/// What a person is called in impressions and clicks: drawn at random when they are enrolled, and tied to them by the
/// roster and the catalogues alone. Where those have forgotten them, an alias names nobody.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Alias(String);

impl Alias {
    /// Checks and wraps `alias`.
    pub fn new(alias: impl Into<String>) -> Result<Self, IdError> {
        let alias = alias.into();
        if is_token(&alias) { Ok(Self(alias)) } else { Err(IdError::Alias(alias)) }
    }

    /// The alias itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a name is one token of a subject and one segment of a path.
fn is_token(name: &str) -> bool {
    let safe = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=PERSON_ID_MAX).contains(&name.len()) && name.bytes().all(safe)
}

/// One face cut from one picture of one person, named by what it was cut from: collecting the same
/// picture again gives the same name, so nothing is stored twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CropId(String);

impl CropId {
    /// Checks and wraps `id`.
    pub fn new(id: impl Into<String>) -> Result<Self, IdError> {
        let id = id.into();
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if id.len() != CROP_ID_LEN || !id.bytes().all(hex) {
            return Err(IdError::Crop(id));
        }
        Ok(Self(id))
    }

    /// The name for a crop whose origin (person and picture bytes) hashes to `digest`; its first 16 bytes are used.
    pub fn from_digest(digest: &[u8; 32]) -> Self {
        Self(Hex(&digest[..16]).to_string())
    }

    /// The id itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CropId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_ids_are_those_spelled_alike() {
        let known = ["aoi-tanaka", "aoi-tanabe", "bo-lind", "aoi-tamaki", "aoi-tanaka-2"].map(str::to_owned);
        assert_eq!(nearest("aoi-tanka", known.clone()), ["aoi-tanaka", "aoi-tanabe", "aoi-tanaka-2"]);
        assert_eq!(nearest("x", known.clone()), Vec::<String>::new());
        assert_eq!(question(&nearest("bo-lint", known)), "; is it bo-lind?");
        assert_eq!(question(&[]), "");
    }

    #[test]
    fn names_that_would_break_a_subject_or_a_path_are_refused() {
        for bad in ["", "a.b", "a/b", "*", ">", "Ä", "A", &"x".repeat(65)] {
            assert!(PersonId::new(bad).is_err(), "{bad}");
        }
        assert_eq!(PersonId::new("aoi-7").unwrap().as_str(), "aoi-7");
        assert!(CropId::new("../../etc/passwd").is_err());
        let crop = CropId::from_digest(&[0xab; 32]);
        assert_eq!(CropId::new(crop.as_str()), Ok(crop));
    }
}
