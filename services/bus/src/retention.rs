//! How long streams keep what is in them.

use std::time::Duration;

use serde::Deserialize;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Periods by kind of data, as in `services/bus/retention.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    recommendations_days: u32,
    clicks_days: u32,
    dead_letters_days: u32,
    catalogues: u16,
}

/// What stands in that file.
impl Default for Retention {
    fn default() -> Self {
        toml::from_str(include_str!("../retention.toml")).expect("the file is part of the program")
    }
}

impl Retention {
    /// Reads another file of that shape; an empty name stands for that file itself.
    pub fn read(file: &str) -> Result<Self, String> {
        if file.is_empty() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(file).map_err(|e| format!("it cannot be read: {e}"))?;
        let read: Self = toml::from_str(&text).map_err(|e| e.message().to_owned())?;
        if read.catalogues == 0 {
            return Err("catalogues is 0, and one of them must serve".to_owned());
        }
        Ok(read)
    }

    /// Zero is for ever, here and to the broker.
    pub(crate) fn recommendations(&self) -> Duration {
        DAY * self.recommendations_days
    }

    pub(crate) fn clicks(&self) -> Duration {
        DAY * self.clicks_days
    }

    pub(crate) fn dead_letters(&self) -> Duration {
        DAY * self.dead_letters_days
    }

    pub(crate) fn catalogues(&self) -> i64 {
        self.catalogues.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_takes_the_place_and_an_odd_one_is_told() {
        let own = Retention::default();
        assert_eq!((own.recommendations(), own.clicks(), own.catalogues()), (30 * DAY, Duration::ZERO, 8));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("retention.toml").display().to_string();
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            Retention::read(&file)
        };
        let text = include_str!("../retention.toml");
        let read_anew = read(&text.replace("clicks_days = 0", "clicks_days = 365")).unwrap();
        assert_eq!((read_anew.clicks(), read_anew.recommendations()), (365 * DAY, 30 * DAY));
        assert!(read("clicks_days = 1").unwrap_err().contains("missing field"));
        assert!(read(&format!("{text}\nphotos_days = 1")).unwrap_err().contains("photos_days"));
        assert!(read(&text.replace("catalogues = 8", "catalogues = 0")).is_err());
        assert!(Retention::read("/nowhere").is_err());
        assert_eq!(Retention::read(""), Ok(own));
    }
}
