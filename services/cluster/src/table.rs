//! The vector table: every embedded crop and every enrolment, as the streams tell them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::catalogue::Link;
use domain::{CropId, PersonId};
use tokio::sync::watch;

use crate::build::Built;

/// What the roster says of a person that matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Enrolled {
    pub(crate) name: String,
    pub(crate) links: Vec<Link>,
    pub(crate) display: bool,
}

/// One person's part of the table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    /// `None` while the roster does not name them.
    pub(crate) enrolled: Option<Enrolled>,
    /// Unit vectors, not centred, in the order of crop ids so that a rebuild is deterministic.
    pub(crate) crops: BTreeMap<CropId, Vec<f32>>,
}

/// Everyone, by id.
pub(crate) type Rows = BTreeMap<PersonId, Row>;

/// How far the table has been read.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    /// Every crop that was embedded when reading began is in it.
    pub(crate) crops: bool,
    /// So is everyone who was on the roster.
    pub(crate) roster: bool,
    /// Changes taken in so far.
    pub(crate) changes: u64,
}

impl Seen {
    /// Whether a catalogue made of it is the catalogue of everyone.
    pub(crate) fn is_whole(self) -> bool {
        self.crops && self.roster
    }
}

/// The table and what was made of it last.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Mutex<Rows>,
    built: Mutex<Option<Built>>,
    seen: watch::Sender<Seen>,
}

impl Table {
    pub(crate) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what has been read; wakes whoever follows.
    pub(crate) fn see(&self, seen: impl FnOnce(&mut Seen)) {
        self.seen.send_modify(seen);
    }

    /// How far the table has been read, now and from now on.
    pub(crate) fn follow(&self) -> watch::Receiver<Seen> {
        self.seen.subscribe()
    }

    /// What the last build made; `None` before the first.
    pub(crate) fn built(&self) -> MutexGuard<'_, Option<Built>> {
        self.built.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
