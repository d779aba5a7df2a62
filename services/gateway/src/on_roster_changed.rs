//! `roster` changed: whose faces may be shown.

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock};

use bus::{Bucket, Bus, BusError, Stored};
use domain::roster::{Date, stands};
use domain::{Alias, PersonId};
use proto::convert::decode;
use proto::convert::roster::expires_on;
use proto::v1;

use crate::app::App;
use crate::problem::Problem;

/// Who may be shown, as far as roster and withdrawals were told. Whoever is not known is asked for, so nobody is refused
/// while the roster is being read, nor shown after they withdrew.
#[derive(Default)]
pub(crate) struct DisplayConsents(RwLock<Told>);

#[derive(Default)]
struct Told {
    /// What the roster says.
    roster: HashMap<String, Option<Shown>>,
    /// Who withdrew, while that is open: until it is off the roster everywhere, it may be told once more.
    withdrawn: HashSet<String>,
    /// Whether every withdrawal was told that there was; before, the roster alone says nothing.
    withdrawals_are_told: bool,
}

impl DisplayConsents {
    /// Whether `person` may be shown.
    pub(crate) async fn allows(&self, person: &PersonId, bus: &Bus) -> Result<bool, BusError> {
        Ok(self.alias(person, bus).await?.is_some())
    }

    /// What impressions call `person`; `None` when they may not be shown.
    pub(crate) async fn alias(&self, person: &PersonId, bus: &Bus) -> Result<Option<Alias>, BusError> {
        let shown = match self.told(person) {
            Some(shown) => shown,
            None => asked(person, bus).await?,
        };
        Ok(shown.and_then(|shown| shown.on(runtime::today())))
    }

    /// Those of `people` who may not be shown.
    pub(crate) async fn hidden(&self, people: &[&str], bus: &Bus) -> Result<Vec<String>, Problem> {
        let mut hidden = Vec::new();
        for id in people {
            let person = PersonId::new(*id).map_err(Problem::bug)?;
            if !self.allows(&person, bus).await.map_err(|e| Problem::of(&e))? {
                hidden.push(person.to_string());
            }
        }
        Ok(hidden)
    }

    /// Who withdrew, while that is open.
    pub(crate) fn withdrawn(&self) -> Vec<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).withdrawn.iter().cloned().collect()
    }

    /// Somebody withdrew: they may not be shown, whatever the roster says, while that is `open`. Once there is a receipt
    /// the roster is believed again: whoever agreed anew stands in it. Returns whether this was news.
    pub(crate) fn withdraw(&self, person: &str, open: bool) -> bool {
        let mut told = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if open { told.withdrawn.insert(person.to_owned()) } else { told.withdrawn.remove(person) }
    }

    /// Every withdrawal was told that there was.
    pub(crate) fn withdrawals_are_told(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).withdrawals_are_told = true;
    }

    /// The roster says so of `person`; nothing, where they are on it no longer.
    pub(crate) fn tell(&self, person: String, stored: Option<&Stored>) {
        let mut told = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match stored {
            Some(_) => told.roster.insert(person, Shown::of(stored)),
            None => told.roster.remove(&person),
        };
    }

    fn told(&self, person: &PersonId) -> Option<Option<Shown>> {
        let told = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if told.withdrawn.contains(person.as_str()) {
            return Some(None);
        }
        told.withdrawals_are_told.then(|| told.roster.get(person.as_str()).cloned()).flatten()
    }
}

/// The broker's own word on `person`.
async fn asked(person: &PersonId, bus: &Bus) -> Result<Option<Shown>, BusError> {
    let stored = bus.bucket(Bucket::Roster).get(person.as_str()).await?;
    let withdrew = bus.withdrawal(person).await?.is_some_and(|withdrawn| withdrawn.is_open());
    Ok(if withdrew { None } else { Shown::of(stored.as_ref()) })
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
    fn a_roster_that_is_told_again_does_not_undo_a_withdrawal() {
        let consents = DisplayConsents::default();
        let ada = PersonId::new("ada").unwrap();
        consents.tell("ada".to_owned(), Some(&stored(true, "")));
        assert!(consents.told(&ada).is_none(), "there may be a withdrawal that was not told yet");
        consents.withdrawals_are_told();
        assert!(consents.told(&ada).unwrap().is_some());

        assert!(consents.withdraw("ada", true) && !consents.withdraw("ada", true));
        consents.tell("ada".to_owned(), Some(&stored(true, "")));
        assert_eq!((consents.told(&ada), consents.withdrawn()), (Some(None), vec!["ada".to_owned()]));
        consents.tell("ada".to_owned(), None);
        assert!(consents.withdraw("ada", false) && !consents.withdraw("ada", false));
        assert_eq!(consents.told(&ada), None, "whether they agreed anew is for the broker to say");
    }

    #[test]
    fn nobody_is_shown_from_the_day_on_which_their_consent_ends() {
        let shown = Shown::of(Some(&stored(true, "2026-03-01"))).unwrap();
        let on = |day: &str| shown.clone().on(day.parse().unwrap());
        assert_eq!(on("2026-02-28"), Some(Alias::new("a1").unwrap()));
        assert_eq!((on("2026-03-01"), on("2026-03-02")), (None, None));
    }
}
