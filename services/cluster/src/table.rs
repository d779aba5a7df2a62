//! The vector table: every embedded crop and every enrolment, as the streams tell them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::catalogue::Link;
use domain::{CropId, PersonId};

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

/// The table and what was made of it last.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Mutex<Rows>,
    built: Mutex<Option<Built>>,
}

impl Table {
    pub(crate) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the last build made; `None` before the first.
    pub(crate) fn built(&self) -> MutexGuard<'_, Option<Built>> {
        self.built.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
