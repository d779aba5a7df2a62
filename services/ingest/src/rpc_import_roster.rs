//! `ImportRoster`: checks every row, enrols whom it names, then collects them.

use futures::{StreamExt, TryStreamExt, stream};
use proto::v1;

use crate::IngestError;
use crate::enrolment::{self, AT_ONCE, Import};
use crate::run::Run;

impl Run {
    /// Enrols and collects whoever `rows` name. Whoever's consent has ended by their row is taken off the roster; by a row
    /// that is refused for anything else nobody is. Where that would be more than a tenth of those who are shown, nothing
    /// is done unless it is `confirmed`.
    pub(crate) async fn import_roster(
        &mut self,
        rows: &[v1::RosterRow],
        confirmed: bool,
    ) -> Result<(), IngestError> {
        let bus = self.collection.bus.clone();
        let import = Import::of(&bus, rows).await?;
        if !confirmed && import.asks_first() {
            self.progress.unconfirmed(import.leaving, import.shown).await;
            return Ok(());
        }
        for mut refused in import.refused {
            if refused.taken_off {
                refused.taken_off = enrolment::expel(&bus, &refused.id).await?;
            }
            self.progress.refused(refused).await;
        }
        let mut enrolled = Vec::new();
        let one = |(person, row)| {
            let bus = &bus;
            async move { Ok::<_, IngestError>((enrolment::enrol(bus, &person).await?, person, row)) }
        };
        let mut outcomes = stream::iter(import.enrolled).map(one).buffered(AT_ONCE);
        while let Some((erased, person, row)) = outcomes.try_next().await? {
            match erased {
                None => enrolled.push(person.id),
                Some(erased) => self.progress.refused(enrolment::refused(&row, &erased)).await,
            }
        }
        self.walk(&enrolled).await
    }
}
