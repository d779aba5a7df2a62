//! `roster` changed: whose faces may be shown.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use bus::{Bucket, Bus, BusError, Stored};
use domain::{Alias, PersonId};
use proto::convert::decode;
use proto::v1;

use crate::app::App;

/// What the roster said of people, as far as it was told. Whoever it does not know is asked for, so a face is neither
/// refused while the roster is being read nor shown after it was withdrawn.
#[derive(Default)]
pub(crate) struct DisplayConsents(RwLock<HashMap<String, Option<Alias>>>);

impl DisplayConsents {
    /// Whether `person`'s face may be shown.
    pub(crate) async fn allows(&self, person: &PersonId, bus: &Bus) -> Result<bool, BusError> {
        Ok(self.alias(person, bus).await?.is_some())
    }

    /// What impressions call `person`; `None` when they may not be shown.
    pub(crate) async fn alias(&self, person: &PersonId, bus: &Bus) -> Result<Option<Alias>, BusError> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(person.as_str()).cloned();
        match known {
            Some(shown) => Ok(shown),
            None => Ok(shown_as(bus.bucket(Bucket::Roster).get(person.as_str()).await?.as_ref())),
        }
    }

    /// Somebody withdrew: they may not be shown, whatever the roster says, while that is `open`.
    pub(crate) fn withdraw(&self, person: &str, open: bool) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if open {
            known.insert(person.to_owned(), None);
        } else {
            known.remove(person);
        }
    }

    fn tell(&self, person: String, stored: Option<&Stored>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match stored {
            Some(_) => known.insert(person, shown_as(stored)),
            None => known.remove(&person),
        };
    }
}

/// Nobody without an enrolment that reads, and says so, may be shown.
fn shown_as(stored: Option<&Stored>) -> Option<Alias> {
    let enrolment = decode::<v1::Enrolment>("Enrolment", &stored?.value).ok()?;
    Alias::new(enrolment.alias).ok().filter(|_| enrolment.consent_display)
}

/// Follows the roster, for ever.
pub(crate) async fn follow(app: &App) {
    let told = |change: bus::Change| {
        app.consents.tell(change.key, change.stored.as_ref());
        true
    };
    app.bus.bucket(Bucket::Roster).watch(told).await;
}

#[cfg(test)]
mod tests {
    use proto::Message;

    use super::*;

    #[test]
    fn only_an_enrolment_with_consent_to_display_consents() {
        let shown = |stored: Option<&Stored>| shown_as(stored).is_some();
        let enrolled = |consent_display| {
            let enrolment = v1::Enrolment { consent_display, alias: "a1".into(), ..Default::default() };
            Stored { revision: 1, value: enrolment.encode_to_vec().into() }
        };
        assert_eq!(shown_as(Some(&enrolled(true))), Some(Alias::new("a1").unwrap()));
        assert!(!shown(Some(&enrolled(false))));
        assert!(!shown(Some(&Stored { revision: 1, value: "no enrolment".into() })));
        assert!(!shown(None));
    }
}
