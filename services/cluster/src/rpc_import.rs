//! `Import` → `vector.imported`: people whose vector was made elsewhere.

use std::collections::HashSet;

use bus::{Bucket, BusError, Subject};
use domain::PersonId;
use futures::StreamExt;
use proto::v1;
use runtime::failure::grpc_status;
use tonic::{Status, Streaming};

use crate::person::examine;
use crate::service::Service;
use crate::table::Row;
use crate::{ClusterError, on_roster_changed};

/// Vectors on their way to the broker at a time.
const SIDE_BY_SIDE: usize = 128;

impl Service {
    /// Takes every row that is sound and names the others. Whoever is on the roster has attested and consented; only
    /// those who consent to display are shown.
    pub(crate) async fn import(&self, rows: Streaming<v1::ImportRow>) -> Result<v1::ImportReply, Status> {
        if !self.table.follow().borrow().is_whole() {
            return Err(grpc_status(&ClusterError::Reading));
        }
        let (mut reply, mut seen) = (v1::ImportReply::default(), HashSet::new());
        let outcomes = rows.map(|row| {
            let again = row.as_ref().is_ok_and(|row| !seen.insert(row.person.clone()));
            async move { self.take(row?, again).await }
        });
        let mut outcomes = std::pin::pin!(outcomes.buffered(SIDE_BY_SIDE));
        while let Some(outcome) = outcomes.next().await {
            match outcome? {
                Outcome::Imported => reply.imported += 1,
                Outcome::Overruled(person) => {
                    reply.imported += 1;
                    reply.overruled.push(person);
                }
                Outcome::Refused(refused) => reply.refused.push(refused),
            }
        }
        tracing::info!(
            imported = reply.imported,
            overruled = reply.overruled.len(),
            refused = reply.refused.len(),
            "vectors are imported"
        );
        Ok(reply)
    }

    /// Takes a row; `again` says that one of the same person came before it.
    async fn take(&self, row: v1::ImportRow, again: bool) -> Result<Outcome, Status> {
        let v1::ImportRow { row, person, profile, vector, crops } = row;
        let refused =
            |reason| Ok(Outcome::Refused(v1::RefusedVector { row, person: person.clone(), reason }));
        if again {
            return refused("the person is in it twice, and which vector counts is not told".to_owned());
        }
        let id = match PersonId::new(&person) {
            Ok(id) => id,
            Err(error) => return refused(error.to_string()),
        };
        let known = self.table.row(&id).unwrap_or_default();
        if known.enrolled.is_none() && !self.is_on_roster(&id).await.map_err(|e| grpc_status(&e))? {
            return refused(
                "not on the roster: nobody is imported without attestation and consent".to_owned(),
            );
        }
        if let Some(misfit) = self.rules.misfit(&profile, &vector) {
            return refused(format!("no vector of the catalogue's profile: {misfit}"));
        }
        let overruled = self.has_own_vector(&id, &known).then(|| person.clone());
        let imported_at_ms = runtime::now_ms();
        let event =
            v1::VectorImported { person, profile, vector, crops, portrait: String::new(), imported_at_ms };
        let subject = Subject::VectorImported(&event.profile, &id);
        // Replaced, the one before would stay on the broker's disk.
        self.bus.erase_subject(subject).await.map_err(|e| grpc_status(&e))?;
        self.bus.publish(subject, &event).await.map_err(|e| grpc_status(&e))?;
        Ok(overruled.map_or(Outcome::Imported, Outcome::Overruled))
    }

    /// Whether the roster names `id` by now: the table follows it, and hears a moment later of whoever was enrolled
    /// just before the import.
    async fn is_on_roster(&self, id: &PersonId) -> Result<bool, BusError> {
        let stored = self.bus.bucket(Bucket::Roster).get(id.as_str()).await?;
        Ok(stored.is_some_and(|stored| on_roster_changed::enrolled(&stored.value).is_ok()))
    }

    /// Whether the crops of `row` are enough for a vector of their own, which wins.
    fn has_own_vector(&self, id: &PersonId, row: &Row) -> bool {
        let making = self.table.made();
        let centre = making.draft.as_ref().map_or(&[][..], |draft| &draft.basis().centre);
        examine(id, row, centre, &self.rules).0.kept >= self.rules.fewest_crops
    }
}

/// What became of a row.
enum Outcome {
    Imported,
    /// The person's own crops win.
    Overruled(String),
    Refused(v1::RefusedVector),
}
