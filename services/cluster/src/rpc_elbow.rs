//! `Elbow`: how well other numbers of groups would fit.

use std::sync::Arc;

use domain::draft::{Draft, Member};
use domain::silhouette::Silhouette;
use futures::stream::{self, BoxStream, StreamExt};
use proto::v1;
use runtime::failure::grpc_status;
use tonic::Status;

use crate::service::Service;
use crate::{ClusterError, grouping};

/// Largest k: far beyond what a screen of faces can show.
const MOST: u32 = 64;

impl Service {
    /// A row for each k, made when it is read: who hangs up ends the work.
    pub(crate) fn elbow(
        &self,
        request: v1::ElbowRequest,
    ) -> Result<BoxStream<'static, Result<v1::ElbowRow, Status>>, ClusterError> {
        let draft = self.table.made().draft.clone().ok_or(ClusterError::NoCatalogue)?;
        let v1::ElbowRequest { from, to } = request;
        let most = MOST.min(draft.members().len() as u32 - 1);
        if from < 2 || from > to || to > most {
            return Err(ClusterError::Range { from, to, most });
        }
        let (seed, starts) = (self.rules.seed, self.rules.starts);
        let state = (from, Arc::new(draft), None::<Arc<Silhouette>>);
        let rows = stream::try_unfold(state, move |(k, draft, silhouette)| async move {
            if k > to {
                return Ok(None);
            }
            let work = tokio::task::spawn_blocking(move || {
                let silhouette = silhouette.unwrap_or_else(|| Arc::new(Silhouette::of(&vectors(&draft))));
                let row = row(&draft, &silhouette, k, seed, starts)?;
                Ok((row, (k + 1, draft, Some(silhouette))))
            });
            let made = work.await.map_err(ClusterError::from).flatten();
            made.map(Some).map_err(|e| grpc_status(&e))
        });
        Ok(rows.boxed())
    }
}

fn vectors(draft: &Draft) -> Vec<&[f32]> {
    draft.members().map(|Member { person, .. }| person.vector.as_slice()).collect()
}

fn row(
    draft: &Draft,
    silhouette: &Silhouette,
    k: u32,
    seed: u64,
    starts: usize,
) -> Result<v1::ElbowRow, ClusterError> {
    let vectors = vectors(draft);
    let fit = grouping::fit(&vectors, k as usize, seed, starts)?;
    Ok(v1::ElbowRow {
        k,
        inertia: fit.inertia,
        silhouette: silhouette.mean(&fit.assignment, k as usize),
        people: vectors.len() as u32,
        sampled: silhouette.sampled() as u32,
    })
}
