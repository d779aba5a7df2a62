//! What serves: the newest catalogues and the policies.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};

use domain::{Catalogue, PersonId};

use crate::RecommendError;
use crate::arms::{Arms, Policy};

/// Readers take a reference and go; a swap never waits for them.
#[derive(Debug)]
pub(crate) struct Held {
    catalogues: RwLock<VecDeque<Arc<Catalogue>>>,
    arms: RwLock<Arc<Arms>>,
    most: usize,
}

impl Held {
    /// Holds `most` catalogues and, until it is told what serves, the policy before any click.
    pub(crate) fn new(most: usize) -> Self {
        let arms = Arms::new(vec![(1.0, Arc::new(Policy::initial()))]);
        Self { catalogues: RwLock::default(), arms: RwLock::new(Arc::new(arms)), most }
    }

    /// The newest catalogue.
    pub(crate) fn newest(&self) -> Result<Arc<Catalogue>, RecommendError> {
        let held = self.catalogues.read().unwrap_or_else(PoisonError::into_inner);
        held.back().cloned().ok_or(RecommendError::NoCatalogue)
    }

    /// The catalogue called `version`, if it is still held.
    pub(crate) fn catalogue(&self, version: &str) -> Result<Arc<Catalogue>, RecommendError> {
        let held = self.catalogues.read().unwrap_or_else(PoisonError::into_inner);
        if held.is_empty() {
            return Err(RecommendError::NoCatalogue);
        }
        let found = held.iter().rev().find(|c| c.version == version).cloned();
        found.ok_or_else(|| RecommendError::NotHeld(version.to_owned()))
    }

    /// How many catalogues it holds at most.
    pub(crate) fn most(&self) -> usize {
        self.most
    }

    /// Makes `catalogue` the newest; the oldest goes when there are too many, and so does every one with
    /// somebody who is not in the newest: they may have withdrawn.
    pub(crate) fn push(&self, catalogue: Catalogue) {
        let present: HashSet<&PersonId> = catalogue.people.iter().map(|p| &p.id).collect();
        let mut held = self.catalogues.write().unwrap_or_else(PoisonError::into_inner);
        held.retain(|c| c.version != catalogue.version && c.people.iter().all(|p| present.contains(&p.id)));
        held.push_back(Arc::new(catalogue));
        while held.len() > self.most {
            held.pop_front();
        }
    }

    /// How many of the catalogues it holds name `person`.
    pub(crate) fn naming(&self, person: &PersonId) -> usize {
        let held = self.catalogues.read().unwrap_or_else(PoisonError::into_inner);
        held.iter().filter(|catalogue| names(catalogue, person)).count()
    }

    /// Holds none any more that names `person`.
    pub(crate) fn let_go(&self, person: &PersonId) {
        let mut held = self.catalogues.write().unwrap_or_else(PoisonError::into_inner);
        held.retain(|catalogue| !names(catalogue, person));
    }

    /// Holds none any more.
    pub(crate) fn clear(&self) {
        self.catalogues.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The policies that serve.
    pub(crate) fn arms(&self) -> Arc<Arms> {
        self.arms.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes `arms` serve from the next request on.
    pub(crate) fn serve(&self, arms: Arms) {
        *self.arms.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(arms);
    }
}

fn names(catalogue: &Catalogue, person: &PersonId) -> bool {
    catalogue.people.iter().any(|known| &known.id == person)
}
