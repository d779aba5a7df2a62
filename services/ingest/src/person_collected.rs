//! One person: their pictures in order, a few looked at and stored side by side, until there are enough crops.

use domain::roster::Enrolment;
use futures::StreamExt;
use futures::stream::FuturesOrdered;

use crate::IngestError;
use crate::ledger::Ledger;
use crate::origin::Origin;
use crate::picture_looked_at::Collection;
use crate::picture_settled::Settling;
use crate::progress::Progress;

/// How far a person's pictures are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach {
    /// Pictures looked at or stored at a time.
    pub(crate) side_by_side: usize,
    /// Crops after which no more are looked at.
    pub(crate) most_crops: usize,
}

impl Collection {
    /// Collects `pictures`. Their order alone decides which of two that look alike is kept, and which come too late.
    pub(crate) async fn collect(
        &self,
        person: &Enrolment,
        pictures: &[Origin],
        ledger: &Ledger,
        reach: Reach,
        progress: &mut Progress,
    ) -> Result<(), IngestError> {
        let mut pictures = pictures.iter();
        let mut settling = Settling::new(ledger);
        let (mut looks, mut kept) = (FuturesOrdered::new(), FuturesOrdered::new());
        let mut crops = 0;
        loop {
            // Any of them may give a crop: none is fetched that could not be kept. What is under way when this is
            // killed will be fetched again: that is bounded, too.
            let free = reach.side_by_side.saturating_sub(looks.len() + kept.len());
            let more = free.min((reach.most_crops - crops).saturating_sub(looks.len()));
            looks.extend(pictures.by_ref().take(more).map(|picture| self.look(person, picture, ledger)));
            tokio::select! {
                Some(look) = looks.next() => {
                    let look = look?;
                    let settled = settling.settle(&look);
                    crops += usize::from(settled.0.outcome.is_crop());
                    kept.push_back(self.keep(person, ledger, look, settled));
                }
                Some(picture) = kept.next() => {
                    let (look, settled) = picture?;
                    progress.picture(&person.id, &look.source, &settled).await;
                }
                else => return Ok(()),
            }
        }
    }
}
