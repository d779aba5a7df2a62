//! Whether a service can do its work, and if not, why.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Named conditions; a service is ready when all of them hold.
#[derive(Debug, Clone, Default)]
pub struct Health {
    conditions: Arc<Mutex<BTreeMap<&'static str, Result<(), String>>>>,
    facts: Arc<Mutex<BTreeMap<&'static str, String>>>,
}

/// One thing a service waits for. Not met until it is said to be.
#[derive(Debug, Clone)]
pub struct Condition {
    name: &'static str,
    health: Health,
}

impl Health {
    /// Adds a condition, not met yet.
    pub fn condition(&self, name: &'static str) -> Condition {
        let condition = Condition { name, health: self.clone() };
        condition.failed("not met yet");
        condition
    }

    /// What is not met and why; empty when the service is ready.
    pub fn unmet(&self) -> BTreeMap<&'static str, String> {
        let conditions = self.conditions.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        conditions.iter().filter_map(|(name, met)| Some((*name, met.clone().err()?))).collect()
    }

    /// Records what an operator should know of how the service runs.
    pub fn fact(&self, name: &'static str, value: impl Into<String>) {
        let mut facts = self.facts.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        facts.insert(name, value.into());
    }

    /// Everything recorded by [`Health::fact`].
    pub fn facts(&self) -> BTreeMap<&'static str, String> {
        self.facts.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    fn set(&self, name: &'static str, met: Result<(), String>) {
        let mut conditions = self.conditions.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if conditions.get(name) != Some(&met) {
            match &met {
                Ok(()) => tracing::info!(condition = name, "met"),
                Err(why) => tracing::info!(condition = name, why, "not met"),
            }
            conditions.insert(name, met);
        }
    }
}

impl Condition {
    /// The condition holds.
    pub fn met(&self) {
        self.health.set(self.name, Ok(()));
    }

    /// It does not, because of `why`.
    pub fn failed(&self, why: impl Into<String>) {
        self.health.set(self.name, Err(why.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_means_every_condition_holds() {
        let health = Health::default();
        assert!(health.unmet().is_empty());
        let (broker, catalogue) = (health.condition("broker"), health.condition("catalogue"));
        broker.met();
        assert_eq!(health.unmet().keys().collect::<Vec<_>>(), [&"catalogue"]);
        catalogue.met();
        assert!(health.unmet().is_empty());
        broker.failed("connection refused");
        assert_eq!(health.unmet()["broker"], "connection refused");
    }
}
