//! What policies are worth, all by the same clicks, and what each has earned itself.

use bus::{Bus, BusError};
use domain::Serving;
use domain::evaluation::{EvaluationError, EvaluationRule, LoggedClick, PolicyValue, value};
use domain::serving::CANDIDATE;

use crate::clicks::RecentClicks;
use crate::{Earned, Published, below, published, versions};

/// Earlier versions of a line that serves, beside the one that serves now.
const EARLIER: usize = 5;
/// Pinned candidates, the newest of them.
const CANDIDATES: usize = 12;
/// Resamples of each interval: its ends move by a few hundredths of its width from one draw to another.
const RESAMPLES: usize = 400;
/// The same clicks give the same intervals.
const SEED: u64 = 1;

/// A version of a policy with what it is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Valued {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// Whether it is the newest of its name.
    pub newest: bool,
    /// Clicks it has learned from.
    pub clicks_applied: u64,
    /// Its worth by all clicks; an error where they say nothing of it.
    pub value: Result<PolicyValue, EvaluationError>,
    /// What was clicked on recommendations of its own, and of the versions of its name since the one before it here.
    pub earned: Earned,
}

/// Whom to value: the newest version of every line, of the newest candidates and of the initial policy, and some earlier
/// ones of what serves. By name, oldest version first.
pub async fn lineup(bus: &Bus, serving: &Serving) -> Result<Vec<Published>, BusError> {
    let mut policies: Vec<Published> = published(bus).await?.into_values().collect();
    let mut pinned: Vec<u64> =
        policies.iter().filter(|p| p.name.starts_with(CANDIDATE)).map(|p| p.version).collect();
    pinned.sort_unstable_by(|a, b| b.cmp(a));
    if let Some(last) = pinned.get(CANDIDATES) {
        let is_meant = |p: &Published| {
            p.name == serving.policy || serving.canary.as_ref().is_some_and(|c| c.policy == p.name)
        };
        policies.retain(|p| !p.name.starts_with(CANDIDATE) || p.version > *last || is_meant(p));
    }
    let history = versions(bus, &serving.policy).await?;
    let earlier = history.len().saturating_sub(1);
    let spread = (0..EARLIER.min(earlier)).map(|i| i * earlier / EARLIER.min(earlier));
    policies.extend(spread.map(|place| history[place].clone()));
    policies.sort_by(|a, b| (&a.name, a.version).cmp(&(&b.name, b.version)));
    policies.dedup_by(|a, b| (&a.name, a.version) == (&b.name, b.version));
    Ok(policies)
}

/// Values every policy of a lineup by `clicks`. It takes seconds where they are many.
pub fn valued(clicks: &RecentClicks, lineup: &[Published]) -> Vec<Valued> {
    let logged = clicks.logged();
    let each = |(place, policy): (usize, &Published)| {
        let Published { name, version, .. } = policy;
        let before = lineup[..place].last().filter(|before| before.name == *name);
        let newest = lineup.get(place + 1).is_none_or(|next| next.name != *name);
        let own = |version_of_click: u64| {
            before.is_none_or(|before| version_of_click > before.version)
                && (newest || version_of_click <= *version)
        };
        let mut earned = Earned::default();
        let theirs = clicks.iter().filter(|c| c.policy == *name && own(c.logged.policy_version));
        earned.extend(theirs.map(|click| click.logged.reward));
        Valued {
            name: name.clone(),
            version: *version,
            newest,
            clicks_applied: policy.policy.clicks_applied,
            value: worth(&logged, policy),
            earned,
        }
    };
    lineup.iter().enumerate().map(each).collect()
}

fn worth(clicks: &[LoggedClick], policy: &Published) -> Result<PolicyValue, EvaluationError> {
    let rule = EvaluationRule { resamples: RESAMPLES, ..EvaluationRule::default() };
    // What could not serve draws no action at all.
    let network = policy.network().ok_or(EvaluationError::NoDensity)?;
    value(clicks, &network, &rule, below(SEED))
}

/// Whether enough clicks are about a policy for its interval to mean anything.
pub fn is_telling(value: &PolicyValue) -> bool {
    value.effective_clicks >= EvaluationRule::default().least_effective_clicks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clicks::tests::recorded;
    use domain::PolicyNetwork;
    use proto::v1;

    fn line(version: u64, bias: f32) -> Published {
        let mut network = PolicyNetwork::before_any_click();
        network.mean.bias = vec![bias; 4];
        let policy = v1::PolicyPublished {
            head: Some((&network).into()),
            clicks_applied: version,
            ..Default::default()
        };
        Published { name: "live".into(), version, policy }
    }

    #[test]
    fn every_version_is_valued_and_every_click_is_somebodys_own() {
        // Clicks of versions 0 to 60 of line live.
        let clicks = RecentClicks::holding(1000, recorded(600));
        let rows = valued(&clicks, &[Published::initial(), line(20, 0.0), line(40, 0.5)]);
        let told: Vec<_> = rows.iter().map(|r| (r.name.as_str(), r.version, r.newest)).collect();
        assert_eq!(told, [("initial", 0, true), ("live", 20, false), ("live", 40, true)]);
        // 0 to 20 before the one, 21 and up for the other, which goes on being the newest.
        assert_eq!(rows.iter().map(|r| r.earned.clicks).collect::<Vec<_>>(), [0, 209, 391]);
        let worth = |row: &Valued| row.value.unwrap();
        // The clicks were drawn around 0: who draws so himself loses none of them.
        assert!(worth(&rows[1]).effective_clicks > 599.0 && is_telling(&worth(&rows[1])));
        assert_eq!(worth(&rows[1]), worth(&rows[0]));
        assert!(worth(&rows[2]).effective_clicks < 550.0);
        for row in &rows {
            let snips = worth(row).snips;
            assert!(snips.low < snips.value && snips.value < snips.high, "{snips:?}");
        }
    }

    #[test]
    fn without_clicks_nothing_is_known() {
        let rows = valued(&RecentClicks::new(9), &[Published::initial()]);
        assert_eq!(rows[0].value, Err(EvaluationError::NoClicks));
        let unsound = Published { name: "live".into(), ..Published::initial() };
        let clicks = RecentClicks::holding(9, recorded(9));
        assert_eq!(valued(&clicks, &[unsound])[0].value, Err(EvaluationError::NoDensity));
    }
}
