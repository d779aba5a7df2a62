//! The bucket `policy`: its policies, and under the key `serving` which of them serves.

use std::collections::HashMap;

use domain::Serving;
use prost::Message;
use proto::convert::decode;
use proto::{Malformed, v1};

use crate::{Bucket, Bus, BusError, Change};

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

/// The bucket as a watch tells it: what serves, and of every policy that is ready to serve what a service needs of it.
#[derive(Debug)]
pub struct Policies<P> {
    serving: Serving,
    ready: HashMap<String, P>,
    caught_up: bool,
}

impl<P> Default for Policies<P> {
    fn default() -> Self {
        Self { serving: Serving::default(), ready: HashMap::new(), caught_up: false }
    }
}

impl<P> Policies<P> {
    /// Takes a change in; `read` makes of a policy, by its name and version, what the service needs. What cannot be read
    /// changes nothing: what was there goes on.
    pub fn take(
        &mut self,
        change: Change,
        read: impl FnOnce(&str, u64, &v1::PolicyPublished) -> Result<P, Malformed>,
    ) -> Result<(), Malformed> {
        // At first a policy may be told before the record that says what serves.
        self.caught_up |= change.pending == 0;
        match change.stored {
            None if change.key == SERVING => self.serving = Serving::default(),
            None => drop(self.ready.remove(&change.key)),
            Some(stored) if change.key == SERVING => self.serving = serving(&stored.value)?,
            Some(stored) => {
                let published: v1::PolicyPublished = decode("PolicyPublished", &stored.value)?;
                let policy = read(&change.key, stored.revision, &published)?;
                if published.is_ready() {
                    self.ready.insert(change.key, policy);
                } else {
                    self.ready.remove(&change.key);
                }
            }
        }
        Ok(())
    }

    /// Whether everything that was there at first has been told.
    pub fn is_caught_up(&self) -> bool {
        self.caught_up
    }

    /// What was decided.
    pub fn serving(&self) -> &Serving {
        &self.serving
    }

    /// The policy called `name`; `None` where there is none or it has learned too little: the initial one stands in for it.
    pub fn ready(&self, name: &str) -> Option<&P> {
        self.ready.get(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stored;

    fn change(key: &str, value: Option<Vec<u8>>, pending: u64) -> Change {
        let stored = value.map(|value| Stored { revision: 7, value: value.into() });
        Change { key: key.to_owned(), stored, pending }
    }

    fn published(clicks_applied: u64, shadow_clicks: u64) -> Option<Vec<u8>> {
        Some(v1::PolicyPublished { clicks_applied, shadow_clicks, ..Default::default() }.encode_to_vec())
    }

    fn decided(policy: &str) -> Option<Vec<u8>> {
        let serving = Serving::default().promote(policy, Default::default());
        Some(v1::PolicyServing::from(&serving).encode_to_vec())
    }

    #[test]
    fn what_is_told_is_what_is_held_and_what_cannot_be_read_changes_nothing() {
        let mut policies = Policies::default();
        let mut take = |change| {
            let taken = policies.take(change, |_, version, policy| match policy.clicks_applied {
                13 => Err(Malformed::Missing("head")),
                clicks => Ok((version, clicks)),
            });
            let told = |name| policies.ready(name).copied();
            let names = [told("live"), told("candidate.a")];
            (taken.is_ok(), policies.serving().policy.clone(), names, policies.is_caught_up())
        };
        let live = Some((7, 5));
        assert_eq!(take(change("live", published(5, 0), 2)), (true, "live".into(), [live, None], false));
        let both = [live, Some((7, 9))];
        assert_eq!(take(change("candidate.a", published(9, 9), 1)), (true, "live".into(), both, false));
        assert_eq!(
            take(change(SERVING, decided("candidate.a"), 0)),
            (true, "candidate.a".into(), both, true)
        );
        for (key, value) in [("live", Some(vec![7])), ("live", published(13, 0)), (SERVING, Some(vec![7]))] {
            assert_eq!(take(change(key, value, 0)), (false, "candidate.a".into(), both, true), "{key}");
        }
        // In its shadow again, and removed.
        assert_eq!(take(change("candidate.a", published(8, 9), 0)).2, [live, None]);
        assert_eq!(take(change("live", None, 0)).2, [None, None]);
        assert_eq!(take(change(SERVING, None, 0)).1, "live");
    }
}
