//! Subjects: the one place where they are spelled.

use domain::{CropId, PersonId};

use crate::{BusError, Stream};

/// Where a message goes. The subject carries the id, so a purge by subject is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A face was cut and stored.
    CropStored(&'a PersonId, &'a CropId),
    /// A vector was made with a profile's net.
    CropEmbedded(&'a str, &'a PersonId, &'a CropId),
    /// A ready-made vector of a profile was imported.
    VectorImported(&'a str, &'a PersonId),
    /// A new catalogue.
    CataloguePublished,
    /// An impression, by recommendation.
    RecommendationMade(&'a str),
    /// The first click on a recommendation.
    ClickRecorded(&'a str),
    /// Consent ended.
    PersonWithdrawn(&'a PersonId),
    /// A service's answer to that.
    PersonErased(&'a PersonId, &'a str),
}

impl Subject<'_> {
    /// The stream that keeps it.
    pub fn stream(&self) -> Stream {
        match self {
            Subject::CropStored(..) => Stream::CropsStored,
            Subject::CropEmbedded(..) => Stream::CropsEmbedded,
            Subject::VectorImported(..) => Stream::VectorsImported,
            Subject::CataloguePublished => Stream::Catalogues,
            Subject::RecommendationMade(_) => Stream::Recommendations,
            Subject::ClickRecorded(_) => Stream::Clicks,
            Subject::PersonWithdrawn(_) => Stream::Withdrawals,
            Subject::PersonErased(..) => Stream::Erasures,
        }
    }

    /// The subject's text, without namespace. Refuses an id that is not one token.
    pub(crate) fn text(&self) -> Result<String, BusError> {
        Ok(match self {
            Subject::CropStored(person, crop) => format!("crop.stored.{person}.{crop}"),
            Subject::CropEmbedded(profile, person, crop) => {
                format!("crop.embedded.{}.{person}.{crop}", token(profile)?)
            }
            Subject::VectorImported(profile, person) => {
                format!("vector.imported.{}.{person}", token(profile)?)
            }
            Subject::CataloguePublished => "catalogue.published".to_owned(),
            Subject::RecommendationMade(id) => format!("recommendation.made.{}", token(id)?),
            Subject::ClickRecorded(id) => format!("click.recorded.{}", token(id)?),
            Subject::PersonWithdrawn(person) => format!("person.withdrawn.{person}"),
            Subject::PersonErased(person, service) => format!("person.erased.{person}.{}", token(service)?),
        })
    }
}

/// The durable consumer that all embedders of a model profile share.
pub fn embedders(profile: &str) -> String {
    format!("embed-{profile}")
}

/// The first two tokens of a subject: what a log line may tell of it, since those behind may name a person.
pub fn kind(subject: &str) -> &str {
    let end = subject.match_indices('.').nth(1).map_or(subject.len(), |(dot, _)| dot);
    &subject[..end]
}

/// An id from outside must be one plain token: a dot or wildcard in it would address other messages.
pub(crate) fn token(id: &str) -> Result<&str, BusError> {
    let safe = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if id.is_empty() || id.len() > 64 || !safe { Err(BusError::Token(id.to_owned())) } else { Ok(id) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_address_more_than_its_own_message() {
        for bad in ["", "*", ">", "a.b", "a b", &"x".repeat(65)] {
            assert!(Subject::ClickRecorded(bad).text().is_err(), "{bad}");
        }
        assert_eq!(Subject::ClickRecorded("r-1").text().unwrap(), "click.recorded.r-1");
    }

    #[test]
    fn a_log_line_names_nobody() {
        assert_eq!(kind("crop.stored.aoi.0ff"), "crop.stored");
        assert_eq!(kind("catalogue.published"), "catalogue.published");
    }
}
