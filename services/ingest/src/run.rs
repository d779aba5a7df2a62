//! One run: people, one after the other.

use std::path::PathBuf;

use domain::PersonId;
use domain::roster::Enrolment;
use futures::{StreamExt, TryStreamExt, stream};

use crate::ledger::Ledger;
use crate::listing::Listing;
use crate::person_collected::Reach;
use crate::picture_looked_at::Collection;
use crate::progress::Progress;
use crate::search::Search;
use crate::{IngestError, enrolment};

/// People about whom the broker is asked ahead of their turn.
const AHEAD: usize = 32;

/// What one call asked for, while it is being done.
pub(crate) struct Run {
    pub(crate) collection: Collection,
    pub(crate) reach: Reach,
    /// The folder that holds `<person>/<picture>`, if there is one.
    pub(crate) photos: Option<PathBuf>,
    /// Whether pictures that gave no crop are looked at once more.
    pub(crate) again: bool,
    pub(crate) search: Search,
    pub(crate) progress: Progress,
}

impl Run {
    /// Collects everyone of `people` who is on the roster when their turn comes.
    pub(crate) async fn walk(&mut self, people: &[PersonId]) -> Result<(), IngestError> {
        self.progress.count.people = people.len() as u32;
        self.progress.counted().await;
        let bus = self.collection.bus.clone();
        // Whether somebody is on the roster is asked when their turn comes, what became of their pictures before: no other run
        // changes that meanwhile.
        let known = |id: PersonId| {
            let bus = &bus;
            async move { Ok::<_, IngestError>((Ledger::open(bus, &id).await?, id)) }
        };
        let mut next = stream::iter(people.to_vec()).map(known).buffered(AHEAD);
        while let Some((ledger, id)) = next.try_next().await? {
            match enrolment::of(&bus, &id).await? {
                Ok(person) => match self.person(&person, ledger).await {
                    Err(IngestError::Left) => {
                        self.progress.passed_over(&id, None, IngestError::Left.to_string()).await
                    }
                    done => done?,
                },
                Err(why) => self.progress.passed_over(&id, None, why).await,
            }
            self.progress.count.people_done += 1;
            self.progress.counted().await;
        }
        self.progress.summary().await;
        Ok(())
    }

    async fn person(&mut self, person: &Enrolment, mut ledger: Ledger) -> Result<(), IngestError> {
        if self.again {
            ledger.forget_rejected().await?;
        }
        let listing = Listing::of(person, self.photos.as_deref(), &mut self.search).await;
        for (source, why) in listing.passed_over {
            self.progress.passed_over(&person.id, Some(&source), why).await;
        }
        self.progress.count.found += listing.pictures.len() as u32;
        self.progress.counted().await;
        let progress = &mut self.progress;
        self.collection.collect(person, &listing.pictures, &ledger, self.reach, progress).await
    }
}
