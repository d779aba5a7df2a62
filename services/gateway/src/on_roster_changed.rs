//! `roster` changed: whose faces may be shown.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use bus::{Bucket, Bus, BusError, Stored};
use domain::roster::{Date, stands};
use domain::{Alias, PersonId};
use proto::convert::decode;
use proto::convert::roster::expires_on;
use proto::v1;

use crate::app::App;

/// What the roster said of people, as far as it was told. Whoever it does not know is asked for, so a face is neither
/// refused while the roster is being read nor shown after it was withdrawn.
#[derive(Default)]
pub(crate) struct DisplayConsents(RwLock<HashMap<String, Option<Shown>>>);

impl DisplayConsents {
    /// Whether `person`'s face may be shown.
    pub(crate) async fn allows(&self, person: &PersonId, bus: &Bus) -> Result<bool, BusError> {
        Ok(self.alias(person, bus).await?.is_some())
    }

    /// What impressions call `person`; `None` when they may not be shown.
    pub(crate) async fn alias(&self, person: &PersonId, bus: &Bus) -> Result<Option<Alias>, BusError> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(person.as_str()).cloned();
        let shown = match known {
            Some(shown) => shown,
            None => Shown::of(bus.bucket(Bucket::Roster).get(person.as_str()).await?.as_ref()),
        };
        Ok(shown.and_then(|shown| shown.on(runtime::today())))
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
            Some(_) => known.insert(person, Shown::of(stored)),
            None => known.remove(&person),
        };
    }
}

/// How somebody is shown who agreed to it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    alias: Alias,
    /// The first day on which they are not.
    expires_on: Option<Date>,
}

impl Shown {
    /// Nobody without an enrolment that reads, and says so, may be shown.
    fn of(stored: Option<&Stored>) -> Option<Self> {
        let enrolment = decode::<v1::Enrolment>("Enrolment", &stored?.value).ok()?;
        let expires_on = expires_on(&enrolment).ok()?;
        let alias = Alias::new(enrolment.alias).ok()?;
        enrolment.consent_display.then_some(Self { alias, expires_on })
    }

    /// Their alias, while they may be shown.
    fn on(self, today: Date) -> Option<Alias> {
        stands(self.expires_on, today).then_some(self.alias)
    }
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

    fn stored(consent_display: bool, consent_expires_on: &str) -> Stored {
        let consent_expires_on = consent_expires_on.to_owned();
        let enrolment =
            v1::Enrolment { consent_display, consent_expires_on, alias: "a1".into(), ..Default::default() };
        Stored { revision: 1, value: enrolment.encode_to_vec().into() }
    }

    #[test]
    fn only_an_enrolment_with_consent_to_display_is_shown() {
        let shown = |stored: &Stored| Shown::of(Some(stored)).is_some();
        assert!(shown(&stored(true, "")));
        assert!(!shown(&stored(false, "")));
        assert!(!shown(&stored(true, "some day")));
        assert!(!shown(&Stored { revision: 1, value: "no enrolment".into() }));
        assert!(Shown::of(None).is_none());
    }

    #[test]
    fn nobody_is_shown_from_the_day_on_which_their_consent_ends() {
        let shown = Shown::of(Some(&stored(true, "2026-03-01"))).unwrap();
        let on = |day: &str| shown.clone().on(day.parse().unwrap());
        assert_eq!(on("2026-02-28"), Some(Alias::new("a1").unwrap()));
        assert_eq!((on("2026-03-01"), on("2026-03-02")), (None, None));
    }
}
