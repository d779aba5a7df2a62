//! What a person would be found by.

use bus::{Bucket, Bus, Stream};
use domain::PersonId;
use memchr::memmem;
use proto::convert::decode;
use proto::v1::Enrolment;

use crate::CliError;

/// A person's id, name and crops, as they stand in bytes.
#[derive(Debug)]
pub(super) struct Words(Vec<Word>);

#[derive(Debug)]
pub(super) struct Word {
    text: String,
    /// Ids and names of others that it is a part of: where one of those stands, nobody else is meant.
    longer: Vec<String>,
}

impl Words {
    /// Their id, and whatever else is known of them now.
    pub(super) async fn of(bus: &Bus, person: &PersonId) -> Result<Self, CliError> {
        let mut texts = vec![person.to_string()];
        let mut others = Vec::new();
        for (id, stored) in bus.bucket(Bucket::Roster).values().await? {
            let name = decode::<Enrolment>("Enrolment", &stored.value).map(|e| e.name).unwrap_or_default();
            let words = if id == person.as_str() { &mut texts } else { &mut others };
            words.extend([id, name]);
        }
        let crops = bus.held_of(Stream::CropsStored, person).await?;
        texts.extend(crops.iter().filter_map(|crop| Some(crop.subject.rsplit_once('.')?.1.to_owned())));
        let mut words = Self(Vec::new());
        words.add(&texts);
        for word in &mut words.0 {
            word.longer = others.iter().filter(|other| other.contains(&word.text)).cloned().collect();
        }
        Ok(words)
    }

    /// Looks for `texts` as well.
    pub(super) fn add(&mut self, texts: &[String]) {
        for text in texts.iter().filter(|text| !text.is_empty()) {
            if self.0.iter().all(|word| word.text != *text) {
                self.0.push(Word { text: text.clone(), longer: Vec::new() });
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Word> {
        self.0.iter()
    }

    /// The most bytes that must be seen together to find one of them.
    pub(super) fn longest(&self) -> usize {
        let texts = self.0.iter().flat_map(|word| word.longer.iter().chain([&word.text]));
        texts.map(String::len).max().unwrap_or(0)
    }
}

impl Word {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it stands in `bytes`, other than as a part of somebody else's id or name.
    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        let text = self.text.as_bytes();
        memmem::find_iter(bytes, text)
            .any(|at| !self.longer.iter().any(|longer| stands_around(bytes, longer, at, text)))
    }
}

/// Whether what was found `at` is a part of `longer`.
fn stands_around(bytes: &[u8], longer: &str, at: usize, text: &[u8]) -> bool {
    memmem::find_iter(longer.as_bytes(), text).any(|within| {
        let whole = at.checked_sub(within).and_then(|from| bytes.get(from..from + longer.len()));
        whole == Some(longer.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_somebody_elses_id_is_not_found() {
        let word = Word { text: "aoi".into(), longer: vec!["aoi-2".into(), "mr-aoi-aoi".into()] };
        assert!(word.is_in(b"crop.stored.aoi.0ff"));
        assert!(!word.is_in(b"crop.stored.aoi-2.0ff and mr-aoi-aoi"));
        assert!(word.is_in(b"aoi-2, aoi-3"));
        assert!(!word.is_in(b"ao"));
    }
}
