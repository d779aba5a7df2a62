//! What is kept of a person, all streams and buckets together.

use domain::PersonId;

use crate::{Bucket, Bus, BusError, Stream};

/// Streams whose subjects name people and whose messages are of somebody who is, or was, enrolled.
const OF_PEOPLE: [Stream; 4] =
    [Stream::CropsStored, Stream::CropsEmbedded, Stream::VectorsImported, Stream::DeadLetters];

impl Bus {
    /// Returns whether anything is kept of `person`: a row of the roster, a withdrawal, or what was collected of them.
    ///
    /// # Errors
    /// When the broker does not tell.
    pub async fn knows(&self, person: &PersonId) -> Result<bool, BusError> {
        if self.bucket(Bucket::Roster).get(person.as_str()).await?.is_some()
            || self.withdrawal(person).await?.is_some()
            || !self.bucket(Bucket::Pictures).below(person.as_str()).await?.is_empty()
        {
            return Ok(true);
        }
        for stream in OF_PEOPLE {
            if !self.held_of(stream, person).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the ids on the roster that are spelled most like `person`, three at most.
    ///
    /// # Errors
    /// When the broker does not tell.
    pub async fn nearest_ids(&self, person: &PersonId) -> Result<Vec<String>, BusError> {
        let enrolled = self.bucket(Bucket::Roster).values().await?;
        Ok(domain::id::nearest(person.as_str(), enrolled.into_keys()))
    }
}
