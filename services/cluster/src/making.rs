//! The catalogue in the making: what changed goes in, and everyone is grouped anew when it is time.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::alarm::{Alarm, AlarmKind, Measures, median_cosine};
use domain::catalogue::FEWEST_PEOPLE;
use domain::draft::{Draft, GroupChanges, Update};
use domain::{CatalogueError, GROUPS, PersonId};

use crate::coverage::Coverage;
use crate::person::{Finding, centre, examine};
use crate::rules::Rules;
use crate::table::{Rows, Table};
use crate::{ClusterError, grouping};

/// A catalogue that was published.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    pub(crate) version: String,
    pub(crate) draft: Draft,
}

/// Everything known of the catalogue. Cloning shares the people and findings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Making {
    /// What serves.
    pub(crate) served: Option<Served>,
    /// What will, if no alarm rings.
    pub(crate) draft: Option<Draft>,
    pub(crate) findings: BTreeMap<PersonId, Arc<Finding>>,
    /// Embedded crops looked at.
    pub(crate) crops: usize,
    pub(crate) measures: Measures,
    /// Alarms that ring, accepted or not.
    pub(crate) alarms: Vec<Alarm>,
    /// What the last full grouping changed.
    pub(crate) changes: GroupChanges,
    /// Full groupings made by this process.
    pub(crate) groupings: u64,
    /// While another profile serves.
    pub(crate) coverage: Option<Coverage>,
}

impl Making {
    /// Goes on from what serves, where it is of the same profile.
    pub(crate) fn resumed(served: Option<Served>, profile: &str) -> Self {
        let draft = served.as_ref().map(|s| s.draft.clone()).filter(|d| d.basis().profile == profile);
        Self { served, draft, ..Self::default() }
    }

    /// Whether another profile serves.
    pub(crate) fn changes_profile(&self, profile: &str) -> bool {
        self.served.as_ref().is_some_and(|served| served.draft.basis().profile != profile)
    }

    /// Takes what changed since the last time: it costs the changed people only, unless enough has changed, or
    /// `anew` is asked, and everyone is grouped anew. Where that fails there is no draft, and the findings stand.
    pub(crate) fn update(&mut self, table: &Table, rules: &Rules, anew: bool) -> Result<(), ClusterError> {
        let outcome = self.make(table, rules, anew);
        self.measure(table, rules);
        outcome
    }

    fn make(&mut self, table: &Table, rules: &Rules, anew: bool) -> Result<(), ClusterError> {
        let first = self.findings.is_empty();
        if let Some(draft) = self.draft.as_mut().filter(|_| !anew) {
            // At the first time everyone is looked at, those too of whom the streams know nothing any more.
            let resumed = draft.members().filter(|_| first).map(|m| m.person.id.clone());
            let changed = table.take_changed(resumed.collect::<Vec<_>>());
            let mut updates = Vec::with_capacity(changed.len());
            for (id, row) in changed {
                let (finding, person) = examine(&id, &row, &draft.basis().centre, rules);
                self.crops += finding.crops.len();
                let before = self.findings.insert(id.clone(), Arc::new(finding));
                self.crops -= before.map_or(0, |before| before.crops.len());
                updates.push(person.map_or_else(|| Update::Gone(id), Update::Here));
            }
            draft.update(updates);
            if draft.changed_share() <= rules.regroup_share {
                return Ok(());
            }
        }
        table.take_changed([]);
        self.group_anew(&table.rows(), rules)
    }

    fn group_anew(&mut self, rows: &Rows, rules: &Rules) -> Result<(), ClusterError> {
        self.draft = None;
        let centre = if rules.centred { centre(rows.values()) } else { Vec::new() };
        self.findings.clear();
        self.crops = 0;
        let mut people = Vec::new();
        for (id, row) in rows {
            let (finding, person) = examine(id, row, &centre, rules);
            self.crops += finding.crops.len();
            self.findings.insert(id.clone(), Arc::new(finding));
            people.extend(person);
        }
        if people.len() < FEWEST_PEOPLE {
            return Err(CatalogueError::TooFewPeople(people.len()).into());
        }
        let vectors: Vec<&[f32]> = people.iter().map(|p| p.vector.as_slice()).collect();
        let assignment = grouping::group(&vectors, rules.seed, rules.starts)?;
        let previous = self.served.as_ref().map(|served| &served.draft);
        let (draft, changes) =
            Draft::grouped(rules.profile.clone(), centre, people, &assignment, previous, rules.face_margin)?;
        tracing::info!(
            people = draft.members().len(),
            moved = changes.moved,
            faces = changes.faces.len(),
            "everyone is grouped anew"
        );
        for change in &changes.faces {
            tracing::info!(group = change.group, "a group shows another face");
        }
        (self.draft, self.changes) = (Some(draft), changes);
        self.groupings += 1;
        Ok(())
    }

    /// Measures the draft, and accepts no longer what no longer rings.
    fn measure(&mut self, table: &Table, rules: &Rules) {
        let few_crops = self.findings.values().filter(|f| f.few_crops).count();
        let (vectors, foreign) = (self.crops, table.foreign());
        self.measures = Measures { few_crops, vectors, foreign, ..Measures::default() };
        self.alarms.clear();
        let Some(draft) = &mut self.draft else { return };
        let directions: Vec<&[f32]> =
            draft.members().filter_map(|m| self.findings.get(&m.person.id)?.direction.as_deref()).collect();
        self.measures.median_cosine = median_cosine(&directions);
        self.measures.people = draft.members().len();
        let mut members = [0; GROUPS];
        draft.members().for_each(|m| members[m.group] += 1);
        self.measures.members = members;
        self.alarms = self.measures.alarms(&rules.bounds);
        let ringing = |kind: &AlarmKind| self.alarms.iter().any(|a| a.kind == *kind);
        let accepted = draft.basis().accepted.iter().copied().filter(ringing).collect();
        draft.accept(accepted);
    }

    /// Publishes in spite of what rings now.
    pub(crate) fn accept_alarms(&mut self) {
        if let Some(draft) = &mut self.draft {
            draft.accept(self.alarms.iter().map(|alarm| alarm.kind).collect());
        }
    }

    /// Whether an alarm is published in spite of.
    pub(crate) fn accepts(&self, kind: AlarmKind) -> bool {
        self.draft.as_ref().is_some_and(|draft| draft.basis().accepted.contains(&kind))
    }

    /// The draft, if it may be published.
    pub(crate) fn publishable(&self) -> Result<Option<&Draft>, ClusterError> {
        let ringing: Vec<String> =
            self.alarms.iter().filter(|a| !self.accepts(a.kind)).map(Alarm::to_string).collect();
        if !ringing.is_empty() {
            return Err(ClusterError::Alarming(ringing.join("; ")));
        }
        let Some(draft) = &self.draft else { return Ok(None) };
        draft.whole()?;
        let news = self.served.as_ref().is_none_or(|served| served.draft != *draft);
        Ok(news.then_some(draft))
    }

    /// Whether what serves names `person`.
    pub(crate) fn serves(&self, person: &PersonId) -> bool {
        self.served.iter().flat_map(|served| served.draft.members()).any(|m| m.person.id == *person)
    }

    /// Whether anything is held of `person`, here or in `table`.
    pub(crate) fn knows(&self, table: &Table, person: &PersonId) -> bool {
        table.row(person).is_some() || self.findings.contains_key(person)
    }

    /// People who are served and may not be shown any more.
    pub(crate) fn withdrawn(&self, rows: &Rows) -> Vec<PersonId> {
        let served = self.served.iter().flat_map(|served| served.draft.members()).map(|m| &m.person.id);
        served.filter(|id| rows.get(*id).is_none_or(|row| !row.displayable())).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
