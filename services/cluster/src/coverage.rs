//! While another profile serves: which stored crops have a vector of this one.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use bus::{Bus, Stream};
use domain::alarm::{Alarm, AlarmKind};
use domain::{CropId, PersonId};
use proto::v1;

use crate::reading::steadily;
use crate::table::{Rows, Table};

/// Every crop that was stored, and those that nothing could be done with.
#[derive(Debug, Default)]
pub(crate) struct Stored(Mutex<Crops>);

#[derive(Debug, Default)]
struct Crops {
    stored: BTreeSet<(PersonId, CropId)>,
    dead: BTreeSet<(PersonId, CropId)>,
    /// How many of the two streams have been read to their end.
    read: usize,
}

/// How many stored crops have a vector of the profile, or never will.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Coverage {
    pub(crate) covered: usize,
    pub(crate) stored: usize,
    /// Whether nothing more is awaited.
    pub(crate) whole: bool,
}

impl Coverage {
    /// Rings until every crop is covered.
    pub(crate) fn alarm(&self) -> Option<Alarm> {
        let (found, bound) = (self.covered as f64, self.stored as f64);
        (!self.whole).then_some(Alarm { kind: AlarmKind::Coverage, found, bound })
    }
}

impl Stored {
    /// How far the vectors in `rows` reach. Crops of people who left the roster are not waited for.
    pub(crate) fn coverage(&self, rows: &Rows) -> Coverage {
        let crops = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut coverage = Coverage::default();
        for key @ (person, crop) in &crops.stored {
            let Some(row) = rows.get(person).filter(|row| row.enrolled.is_some()) else { continue };
            coverage.stored += 1;
            coverage.covered += usize::from(row.crops.contains_key(crop) || crops.dead.contains(key));
        }
        coverage.whole = crops.read == 2 && coverage.covered == coverage.stored;
        coverage
    }

    /// Follows one of the two streams. It never ends by itself.
    pub(crate) async fn follow(&self, bus: Bus, stream: Stream, table: &Table) {
        let tell = |what: &dyn Fn(&mut Crops)| {
            what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
            table.see(|seen| seen.changes += 1);
        };
        let mut read = steadily(|| bus.extent(stream)).await.messages == 0;
        if read {
            tell(&|crops| crops.read += 1);
        }
        let mut entries = bus.replay::<v1::CropStored>(stream, 1);
        loop {
            let entry = entries.next().await;
            let newest = entry.pending == 0 && !read;
            read |= newest;
            tell(&|crops| {
                if let Some(key) = named(&entry.subject) {
                    if stream == Stream::CropsStored { &mut crops.stored } else { &mut crops.dead }
                        .insert(key);
                }
                crops.read += usize::from(newest);
            });
        }
    }
}

/// The crop that `crop.stored.<person>.<crop>` is about, or its dead letter.
pub(crate) fn named(subject: &str) -> Option<(PersonId, CropId)> {
    let stored = subject.strip_prefix("dead.").unwrap_or(subject).strip_prefix("crop.stored.")?;
    let (person, crop) = stored.split_once('.')?;
    Some((PersonId::new(person).ok()?, CropId::new(crop).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::tests::{crop, id, rows};

    #[test]
    fn dead_letters_count_and_people_who_left_do_not() {
        let stored = Stored::default();
        let subject = |p: usize, n: usize| format!("crop.stored.{}.{}", id(p), crop(p, n).0);
        {
            let mut crops = stored.0.lock().unwrap();
            crops.stored =
                [(0, 0), (0, 1), (0, 9), (5, 0)].iter().filter_map(|&(p, n)| named(&subject(p, n))).collect();
            crops.read = 2;
        }
        let rows = rows(3);
        assert_eq!(stored.coverage(&rows), Coverage { covered: 2, stored: 3, whole: false });
        stored.0.lock().unwrap().dead.extend(named(&format!("dead.{}", subject(0, 9))));
        assert_eq!(stored.coverage(&rows), Coverage { covered: 3, stored: 3, whole: true });
        assert_eq!(named("dead.click.recorded.x"), None);
    }
}
