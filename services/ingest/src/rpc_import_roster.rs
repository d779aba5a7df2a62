//! `ImportRoster`: checks every row, enrols whom it names, then collects them.

use proto::v1;

use crate::run::Run;
use crate::{IngestError, enrolment};

impl Run {
    pub(crate) async fn import_roster(&mut self, rows: &[v1::RosterRow]) -> Result<(), IngestError> {
        let bus = self.collection.bus.clone();
        let mut people = Vec::new();
        for checked in enrolment::check(&bus, rows).await? {
            match checked {
                Ok(person) => people.push(person),
                Err(mut refused) => {
                    if enrolment::expel(&bus, &refused.id).await? {
                        refused.reason += "; they were on the roster before and are no longer shown";
                    }
                    self.progress.refused(refused).await;
                }
            }
        }
        for person in &people {
            enrolment::enrol(&bus, person).await?;
        }
        let people: Vec<_> = people.into_iter().map(|person| person.id).collect();
        self.walk(&people).await
    }
}
