//! Which policy makes a recommendation, and how one comes to serve (README, "Serving").

/// The line that serves where nothing else was decided.
pub const LIVE: &str = "live";

/// The policy before any click, which is never published: what every other is held against.
pub const INITIAL: &str = "initial";

/// What a pinned candidate's name begins with.
pub const CANDIDATE: &str = "candidate.";

/// Least share that a policy is given at all: one click on it may weigh as much as 1/share others, and a far smaller
/// one is 0 where impressions log it.
pub const LEAST_SHARE: f64 = 1e-3;

/// Largest share of a canary: beyond it, it is the one that serves.
pub const MOST_CANARY: f64 = 0.5;

/// Steps back that are remembered.
const REMEMBERED: usize = 16;

/// What serves, what served before, and why it changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Serving {
    /// A line, followed as it learns; a pinned candidate; or the initial policy.
    pub policy: String,
    /// A second policy that makes a share of the recommendations.
    pub canary: Option<Canary>,
    /// What served before, newest last.
    pub before: Vec<String>,
    /// When it last changed.
    pub change: Change,
}

/// A policy on trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Canary {
    /// Its name.
    pub policy: String,
    /// Share of all recommendations, [`LEAST_SHARE`] to [`MOST_CANARY`].
    pub share: f64,
}

/// When and why something began to serve.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Change {
    /// Milliseconds since 1970 (UTC); 0 where nothing was ever changed.
    pub at_ms: u64,
    /// Stream sequence of the last click at that time.
    pub since_sequence: u64,
    /// For people.
    pub reason: String,
}

/// What a share of the recommendations is made by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share<'a> {
    /// Name of the policy.
    pub policy: &'a str,
    /// Above 0, at most 1.
    pub share: f64,
}

impl Default for Serving {
    /// Line `live`, from the first click on.
    fn default() -> Self {
        Self { policy: LIVE.to_owned(), canary: None, before: Vec::new(), change: Change::default() }
    }
}

impl Serving {
    /// `policy` serves all but the control's share from now on, and no canary beside it.
    pub fn promote(&self, policy: &str, change: Change) -> Self {
        let mut before = self.before.clone();
        if self.policy != policy {
            before.push(self.policy.clone());
        }
        let forgotten = before.len().saturating_sub(REMEMBERED);
        before.drain(..forgotten);
        Self { policy: policy.to_owned(), canary: None, before, change }
    }

    /// What serves goes on, and `canary` makes its share of the recommendations.
    pub fn try_out(&self, canary: Canary, change: Change) -> Self {
        Self { canary: Some(canary), change, ..self.clone() }
    }

    /// Ends the canary, or without one goes back to what served before: in the end, to the initial policy.
    pub fn roll_back(&self, change: Change) -> Self {
        if self.canary.is_some() {
            return Self { canary: None, change, ..self.clone() };
        }
        let mut before = self.before.clone();
        let policy = before.pop().unwrap_or_else(|| INITIAL.to_owned());
        Self { policy, canary: None, before, change }
    }

    /// `policy` was measured to be worse than the initial one, which takes its place; a canary just ends. No rollback
    /// returns to it.
    pub fn fall_back(&self, policy: &str, change: Change) -> Self {
        let canary = self.canary.clone().filter(|canary| canary.policy != policy);
        let serving = if self.policy == policy { INITIAL } else { &self.policy };
        let before = self.before.iter().filter(|name| *name != policy).cloned().collect();
        Self { policy: serving.to_owned(), canary, before, change }
    }

    /// Who makes which share of the recommendations, what serves last. The initial policy always makes
    /// `control`, at most half, and stands in for a policy that is not `ready` to serve.
    pub fn shares(&self, control: f64, ready: impl Fn(&str) -> bool) -> Vec<Share<'_>> {
        let (canary, trial) = self.canary.as_ref().map_or((INITIAL, 0.0), |c| (c.policy.as_str(), c.share));
        let trial = trial.min(1.0 - control);
        let all = [(INITIAL, control), (canary, trial), (&self.policy, 1.0 - control - trial)];
        let mut shares: Vec<Share<'_>> = Vec::new();
        for (policy, share) in all.into_iter().filter(|(_, share)| *share > 0.0) {
            let policy = if ready(policy) { policy } else { INITIAL };
            match shares.iter_mut().find(|known| known.policy == policy) {
                Some(known) => known.share += share,
                None => shares.push(Share { policy, share }),
            }
        }
        shares
    }
}

/// Whether a learner may publish under `name`: one word of letters, digits and -, and not a name with a
/// meaning of its own.
pub fn is_line(name: &str) -> bool {
    let word = !name.is_empty() && name.len() <= 32;
    word && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !["serving", INITIAL].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(reason: &str) -> Change {
        Change { at_ms: 1, since_sequence: 7, reason: reason.to_owned() }
    }

    #[test]
    fn a_rollback_goes_back_step_by_step_and_ends_at_the_initial_policy() {
        let serving = Serving::default().promote("candidate.a", why("a")).promote("shadow", why("b"));
        assert_eq!(
            (serving.policy.as_str(), &serving.before[..]),
            ("shadow", &["live".into(), "candidate.a".into()][..])
        );
        let tried = serving.try_out(Canary { policy: "candidate.c".into(), share: 0.1 }, why("c"));
        let mut steps = vec![tried.clone()];
        for _ in 0..4 {
            steps.push(steps.last().unwrap().roll_back(why("back")));
        }
        let names: Vec<&str> = steps.iter().map(|s| s.policy.as_str()).collect();
        assert_eq!(names, ["shadow", "shadow", "candidate.a", "live", INITIAL]);
        assert!(steps[1].canary.is_none());
    }

    #[test]
    fn what_was_worse_is_not_what_a_rollback_returns_to() {
        let serving = Serving::default().promote("candidate.a", why("forced"));
        let fallen = serving.fall_back("candidate.a", why("worse"));
        assert_eq!((fallen.policy.as_str(), &fallen.before[..]), (INITIAL, &["live".into()][..]));
        let tried = serving.try_out(Canary { policy: "candidate.c".into(), share: 0.1 }, why("c"));
        let ended = tried.fall_back("candidate.c", why("worse"));
        assert_eq!((ended.policy.as_str(), ended.canary), ("candidate.a", None));
        let returned = serving.promote(LIVE, why("again")).fall_back(LIVE, why("worse"));
        assert_eq!((returned.policy.as_str(), &returned.before[..]), (INITIAL, &["candidate.a".into()][..]));
        assert_eq!(returned.roll_back(why("back")).roll_back(why("back")).policy, INITIAL);
        let beside = serving.try_out(Canary { policy: LIVE.into(), share: 0.1 }, why("d"));
        let ended = beside.fall_back(LIVE, why("worse"));
        assert_eq!(
            (ended.policy.as_str(), &ended.canary, &ended.before[..]),
            ("candidate.a", &None, &[][..])
        );
        assert_eq!(ended.roll_back(why("back")).policy, INITIAL);
    }

    #[test]
    fn shares_make_one_and_name_nobody_twice() {
        let share = |policy, share| Share { policy, share };
        let every = |_: &str| true;
        assert_eq!(Serving::default().shares(0.0, every), [share(LIVE, 1.0)]);
        assert_eq!(Serving::default().shares(0.1, every), [share(INITIAL, 0.1), share(LIVE, 0.9)]);
        assert_eq!(Serving::default().shares(0.125, |name| name != LIVE), [share(INITIAL, 1.0)]);
        let initial = Serving::default().promote(INITIAL, why("i"));
        assert_eq!(initial.shares(0.125, every), [share(INITIAL, 1.0)]);
        let tried = initial.try_out(Canary { policy: LIVE.into(), share: 0.25 }, why("c"));
        assert_eq!(tried.shares(0.25, every), [share(INITIAL, 0.75), share(LIVE, 0.25)]);
    }

    #[test]
    fn a_line_has_a_name_of_its_own() {
        assert!(is_line("live") && is_line("acer-2"));
        for bad in ["", "serving", "initial", "candidate.a", "a b", "*"] {
            assert!(!is_line(bad), "{bad}");
        }
    }
}
