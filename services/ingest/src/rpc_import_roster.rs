//! `ImportRoster`: checks every row, enrols whom it names, then collects them.

use proto::v1;

use crate::run::Run;
use crate::{IngestError, enrolment};

impl Run {
    pub(crate) async fn import_roster(&mut self, rows: &[v1::RosterRow]) -> Result<(), IngestError> {
        let bus = self.collection.bus.clone();
        let mut people = Vec::new();
        for (checked, row) in enrolment::check(&bus, rows).await?.into_iter().zip(rows) {
            match checked {
                Ok(person) => people.push((person, row)),
                Err(mut refused) => {
                    if enrolment::expel(&bus, &refused.id).await? {
                        refused.reason += "; they were on the roster before and are no longer shown";
                    }
                    self.progress.refused(refused).await;
                }
            }
        }
        let mut enrolled = Vec::new();
        for (person, row) in people {
            match enrolment::enrol(&bus, &person).await? {
                None => enrolled.push(person.id),
                Some(erased) => self.progress.refused(enrolment::refused(row, &erased)).await,
            }
        }
        self.walk(&enrolled).await
    }
}
