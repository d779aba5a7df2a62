//! `Import` → `vector.imported`: people whose vector was made elsewhere.

use bus::Subject;
use domain::PersonId;
use futures::StreamExt;
use proto::v1;
use runtime::failure::grpc_status;
use tonic::{Status, Streaming};

use crate::ClusterError;
use crate::service::Service;

/// Vectors on their way to the broker at a time.
const SIDE_BY_SIDE: usize = 128;

impl Service {
    /// Takes every row that is sound and names the others. Whoever is on the roster has attested and consented; only
    /// those who consent to display are shown.
    pub(crate) async fn import(&self, rows: Streaming<v1::ImportRow>) -> Result<v1::ImportReply, Status> {
        if !self.table.follow().borrow().is_whole() {
            return Err(grpc_status(&ClusterError::Reading));
        }
        let mut reply = v1::ImportReply::default();
        let outcomes = rows.map(|row| async { self.take(row?).await });
        let mut outcomes = std::pin::pin!(outcomes.buffered(SIDE_BY_SIDE));
        while let Some(outcome) = outcomes.next().await {
            match outcome? {
                None => reply.imported += 1,
                Some(refused) => reply.refused.push(refused),
            }
        }
        tracing::info!(imported = reply.imported, refused = reply.refused.len(), "vectors are imported");
        Ok(reply)
    }

    async fn take(&self, row: v1::ImportRow) -> Result<Option<v1::RefusedVector>, Status> {
        let v1::ImportRow { row, person, profile, vector, crops } = row;
        let refused = |reason| Ok(Some(v1::RefusedVector { row, person: person.clone(), reason }));
        let id = match PersonId::new(&person) {
            Ok(id) => id,
            Err(error) => return refused(error.to_string()),
        };
        if self.table.row(&id).is_none_or(|row| row.enrolled.is_none()) {
            return refused(
                "not on the roster: nobody is imported without attestation and consent".to_owned(),
            );
        }
        if let Some(misfit) = self.rules.misfit(&profile, &vector) {
            return refused(format!("no vector of the catalogue's profile: {misfit}"));
        }
        let imported_at_ms = runtime::now_ms();
        let event =
            v1::VectorImported { person, profile, vector, crops, portrait: String::new(), imported_at_ms };
        let subject = Subject::VectorImported(&event.profile, &id);
        // Replaced, the one before would stay on the broker's disk.
        self.bus.erase_subject(subject).await.map_err(|e| grpc_status(&e))?;
        self.bus.publish(subject, &event).await.map_err(|e| grpc_status(&e))?;
        Ok(None)
    }
}
