//! Key `serving` of the bucket `policy`: which policy serves.

use domain::Serving;
use prost::Message;
use proto::convert::decode;
use proto::{Malformed, v1};

use crate::{Bucket, Bus, BusError};

/// The key, beside those of the policies themselves.
pub const SERVING: &str = "serving";

/// Reads what stands under the key; what cannot be read is an error, and what served goes on serving.
pub fn serving(value: &[u8]) -> Result<Serving, Malformed> {
    Serving::try_from(&decode::<v1::PolicyServing>("PolicyServing", value)?)
}

impl Bus {
    /// What serves, and the revision to change it by; line `live` and 0 where nothing was ever decided.
    pub async fn serving(&self) -> Result<(Serving, u64), BusError> {
        let Some(stored) = self.bucket(Bucket::Policy).get(SERVING).await? else {
            return Ok((Serving::default(), 0));
        };
        let read = serving(&stored.value).map_err(|e| BusError::failed("tell which policy serves", e))?;
        Ok((read, stored.revision))
    }

    /// Makes `serving` stand, if it is still at revision `expected`; [`BusError::Outrun`] otherwise.
    pub async fn serve(&self, serving: &Serving, expected: u64) -> Result<u64, BusError> {
        let value = v1::PolicyServing::from(serving).encode_to_vec();
        self.bucket(Bucket::Policy).swap(SERVING, expected, value.into()).await
    }
}
