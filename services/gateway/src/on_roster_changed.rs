//! `roster` changed: whose faces may be shown.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use bus::{Bucket, Bus, BusError, Stored};
use domain::PersonId;
use proto::convert::decode;
use proto::v1;

use crate::app::App;

/// Consent to display by person, as far as the roster was told. Whoever it does not know is asked for,
/// so a face is neither refused while the roster is being read nor shown after it was withdrawn.
#[derive(Default)]
pub(crate) struct DisplayConsents(RwLock<HashMap<String, bool>>);

impl DisplayConsents {
    /// Whether `person`'s face may be shown.
    pub(crate) async fn allows(&self, person: &PersonId, bus: &Bus) -> Result<bool, BusError> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(person.as_str()).copied();
        match known {
            Some(consents) => Ok(consents),
            None => Ok(consents(bus.bucket(Bucket::Roster).get(person.as_str()).await?.as_ref())),
        }
    }

    fn tell(&self, person: String, stored: Option<&Stored>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match stored {
            Some(_) => known.insert(person, consents(stored)),
            None => known.remove(&person),
        };
    }
}

/// Nobody without an enrolment that reads, and says so, consents.
fn consents(stored: Option<&Stored>) -> bool {
    let enrolment = stored.map(|stored| decode::<v1::Enrolment>("Enrolment", &stored.value));
    matches!(enrolment, Some(Ok(enrolment)) if enrolment.consent_display)
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
        let enrolled = |consent_display| {
            let enrolment = v1::Enrolment { consent_display, ..Default::default() };
            Stored { revision: 1, value: enrolment.encode_to_vec().into() }
        };
        assert!(consents(Some(&enrolled(true))));
        assert!(!consents(Some(&enrolled(false))));
        assert!(!consents(Some(&Stored { revision: 1, value: "no enrolment".into() })));
        assert!(!consents(None));
    }
}
