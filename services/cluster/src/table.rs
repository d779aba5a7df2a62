//! The vector table: every embedded crop, imported vector and enrolment, as the streams tell them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::catalogue::Link;
use domain::quality::Quality;
use domain::roster::{Date, stands};
use domain::{Alias, CropId, PersonId};
use tokio::sync::watch;

use crate::making::Making;

/// What the roster says of a person that matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Enrolled {
    pub(crate) name: String,
    pub(crate) links: Vec<Link>,
    pub(crate) alias: Alias,
    pub(crate) display: bool,
    /// The first day on which their consent stands no longer.
    pub(crate) expires_on: Option<Date>,
    /// Whether that day has come.
    pub(crate) expired: bool,
}

/// An embedded crop.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Crop {
    /// Unit vector, not centred.
    pub(crate) vector: Vec<f32>,
    /// The detector's.
    pub(crate) probability: f32,
    /// `None` where it was not measured.
    pub(crate) quality: Option<Quality>,
    pub(crate) source: String,
}

/// A vector that was made elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Imported {
    /// Unit vector, not centred.
    pub(crate) vector: Vec<f32>,
    pub(crate) crops: u32,
    pub(crate) portrait: Option<CropId>,
}

/// One person's part of the table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    /// `None` while the roster does not name them.
    pub(crate) enrolled: Option<Enrolled>,
    /// In the order of crop ids, so that what is made of them is deterministic.
    pub(crate) crops: BTreeMap<CropId, Arc<Crop>>,
    pub(crate) imported: Option<Imported>,
}

impl Row {
    /// Whether the person may be in a catalogue.
    pub(crate) fn displayable(&self) -> bool {
        self.enrolled.as_ref().is_some_and(|enrolled| enrolled.display && !enrolled.expired)
    }

    fn is_empty(&self) -> bool {
        self.enrolled.is_none() && self.imported.is_none() && self.crops.is_empty()
    }
}

/// Everyone, by id. Cloning shares the rows.
pub(crate) type Rows = BTreeMap<PersonId, Arc<Row>>;

/// How far the table has been read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    /// Every crop that was embedded when reading began is in it.
    pub(crate) crops: bool,
    /// So is every imported vector.
    pub(crate) imports: bool,
    /// So is everyone who was on the roster.
    pub(crate) roster: bool,
    /// Changes taken in so far.
    pub(crate) changes: u64,
}

impl Seen {
    /// Whether a catalogue made of it is the catalogue of everyone.
    pub(crate) fn is_whole(self) -> bool {
        self.crops && self.imports && self.roster
    }
}

/// The table and what was made of it last.
#[derive(Debug, Default)]
pub(crate) struct Table {
    held: Mutex<Held>,
    making: Mutex<Arc<Making>>,
    seen: watch::Sender<Seen>,
}

#[derive(Debug, Default)]
struct Held {
    rows: Rows,
    /// Whose rows changed since they were last taken.
    changed: BTreeSet<PersonId>,
    /// Subjects of vectors that are not of the profile.
    foreign: BTreeSet<String>,
}

impl Table {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes a person's row; `change` says whether it did. A row that says nothing any more is dropped. One with crops is
    /// not, whether or not the roster names the person: it may be read after the crops, or name them again.
    pub(crate) fn change(&self, person: PersonId, change: impl FnOnce(&mut Row) -> bool) -> bool {
        let mut held = self.held();
        let row = held.rows.entry(person.clone()).or_default();
        let changed = change(Arc::make_mut(row));
        if row.is_empty() {
            held.rows.remove(&person);
        }
        if changed {
            held.changed.insert(person);
        }
        changed
    }

    /// Lets the consents end that end by `today`; returns whether any did.
    pub(crate) fn expire(&self, today: Date) -> bool {
        let mut held = self.held();
        let Held { rows, changed, .. } = &mut *held;
        let ends =
            |row: &Row| row.enrolled.as_ref().is_some_and(|e| !e.expired && !stands(e.expires_on, today));
        let mut any = false;
        for (person, row) in rows.iter_mut().filter(|(_, row)| ends(row)) {
            if let Some(enrolled) = &mut Arc::make_mut(row).enrolled {
                enrolled.expired = true;
            }
            changed.insert(person.clone());
            any = true;
        }
        any
    }

    /// Drops everything about `person`, who withdrew.
    pub(crate) fn forget(&self, person: &PersonId) {
        let mut held = self.held();
        held.rows.remove(person);
        held.changed.insert(person.clone());
        held.foreign.retain(|subject| !subject.split('.').any(|token| token == person.as_str()));
    }

    /// Counts a vector that is not of the profile, or no longer.
    pub(crate) fn mark_foreign(&self, subject: &str, foreign: bool) {
        let mut held = self.held();
        if foreign {
            held.foreign.insert(subject.to_owned());
        } else {
            held.foreign.remove(subject);
        }
    }

    /// How many vectors are not of the profile.
    pub(crate) fn foreign(&self) -> usize {
        self.held().foreign.len()
    }

    /// Everyone's row as it is now.
    pub(crate) fn rows(&self) -> Rows {
        self.held().rows.clone()
    }

    /// One person's row as it is now.
    pub(crate) fn row(&self, person: &PersonId) -> Option<Arc<Row>> {
        self.held().rows.get(person).cloned()
    }

    /// The rows that changed since they were last taken, and those of `also`.
    pub(crate) fn take_changed(&self, also: impl IntoIterator<Item = PersonId>) -> Rows {
        let mut held = self.held();
        let changed = std::mem::take(&mut held.changed);
        let row = |person: PersonId| {
            let row = held.rows.get(&person).cloned().unwrap_or_default();
            (person, row)
        };
        changed.into_iter().chain(also).map(row).collect()
    }

    /// Says what has been read; wakes whoever follows.
    pub(crate) fn see(&self, seen: impl FnOnce(&mut Seen)) {
        self.seen.send_modify(seen);
    }

    /// How far the table has been read, now and from now on.
    pub(crate) fn follow(&self) -> watch::Receiver<Seen> {
        self.seen.subscribe()
    }

    /// What was made of the table last.
    pub(crate) fn made(&self) -> Arc<Making> {
        self.making.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Shows what was made of it.
    pub(crate) fn show(&self, making: Making) {
        *self.making.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(making);
    }
}
