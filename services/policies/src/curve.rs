//! How policies moved, and what was earned meanwhile.

use std::collections::BTreeMap;

use bus::{Bus, BusError};

use crate::clicks::RecentClicks;
use crate::{Earned, Published, published, versions};

/// Stretches that the clicks of one policy are told in.
const STRETCHES: usize = 40;

/// Clicks on recommendations of neighbouring versions of one policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// Its name.
    pub policy: String,
    /// Oldest and newest version of them.
    pub versions: (u64, u64),
    /// Sequences of the first and the last click.
    pub sequences: (u64, u64),
    /// What they earned.
    pub earned: Earned,
}

/// Every version of every policy that is still kept, by name, oldest first: a point of each one's curve.
pub async fn points(bus: &Bus) -> Result<Vec<Published>, BusError> {
    let mut points = Vec::new();
    for name in published(bus).await?.into_keys() {
        points.extend(versions(bus, &name).await?);
    }
    Ok(points)
}

/// `clicks` by policy and version. A learner publishes many versions: neighbours are taken together, with about as many
/// clicks each.
pub fn earned(clicks: &RecentClicks) -> Vec<Stretch> {
    let mut by_policy: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for click in clicks.iter() {
        by_policy.entry(&click.policy).or_default().push(click);
    }
    let mut stretches = Vec::new();
    for (policy, mut clicks) in by_policy {
        // One version's clicks stay in their order.
        clicks.sort_by_key(|click| click.logged.policy_version);
        let share = clicks.len().div_ceil(STRETCHES);
        for clicks in clicks.chunks(share) {
            let version = |place: usize| clicks[place].logged.policy_version;
            let sequences = clicks.iter().map(|click| click.sequence);
            let (first, last) = sequences.fold((u64::MAX, 0), |(a, b), s| (a.min(s), b.max(s)));
            let mut earned = Earned::default();
            earned.extend(clicks.iter().map(|click| click.logged.reward));
            stretches.push(Stretch {
                policy: policy.to_owned(),
                versions: (version(0), version(clicks.len() - 1)),
                sequences: (first, last),
                earned,
            });
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clicks::tests::recorded;

    #[test]
    fn stretches_hold_every_click_once_in_their_order() {
        let clicks = RecentClicks::holding(1000, recorded(950));
        let stretches = earned(&clicks);
        assert_eq!(stretches.len(), 40);
        assert_eq!(stretches.iter().map(|s| s.earned.clicks).sum::<u64>(), 950);
        for pair in stretches.windows(2) {
            assert!(pair[0].sequences.1 < pair[1].sequences.0 && pair[0].versions.1 <= pair[1].versions.0);
        }
        assert_eq!((stretches[0].versions.0, stretches[39].versions.1), (0, 95));
        assert_eq!(earned(&RecentClicks::new(1)), []);
    }
}
