//! What serves, changed: by a promotion through the gate, and back again.

use bus::{Bus, BusError, Stream};
use domain::evaluation::LoggedClick;
use domain::serving::{Canary, Change, INITIAL, LEAST_SHARE, MOST_CANARY, Serving};

use crate::{Candidate, Gate, PoliciesError};

/// How a candidate is to serve, and what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conditions {
    /// Share of the recommendations that it is to make beside what serves, 0.001 to 0.5; all of them without it.
    pub canary: Option<f64>,
    /// How far the lower end of its value's 95 % interval may lie below the value of what serves, 0 to 0.9.
    pub tolerance: f64,
    /// Whether it serves whatever the clicks say.
    pub force: bool,
}

/// A candidate before the gate.
#[derive(Debug)]
pub struct Promotion {
    candidate: Candidate,
    conditions: Conditions,
    serving: Serving,
    revision: u64,
    served: Candidate,
}

/// What came of a promotion.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Whether it serves now.
    pub promoted: bool,
    /// The candidate's name.
    pub policy: String,
    /// What served before, and goes on beside a canary.
    pub served: String,
    /// What the clicks say; `None` where nothing was asked of it.
    pub gate: Option<Gate>,
    /// The same in words.
    pub told: Option<String>,
}

/// What came of a step back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SteppedBack {
    /// What serves now.
    pub serving: String,
    /// What serves no longer: a canary, or what served.
    pub ended: String,
}

impl Default for Conditions {
    fn default() -> Self {
        Self { canary: None, tolerance: 0.01, force: false }
    }
}

impl Conditions {
    /// Whether the numbers can be meant.
    pub fn check(&self) -> Result<(), PoliciesError> {
        let range = |name, given, holds, range| match holds {
            true => Ok(()),
            false => Err(PoliciesError::OutOfRange { name, given, range }),
        };
        if let Some(share) = self.canary {
            range("canary", share, (LEAST_SHARE..=MOST_CANARY).contains(&share), "0.001 to 0.5")?;
        }
        range("tolerance", self.tolerance, (0.0..=0.9).contains(&self.tolerance), "0 to 0.9")
    }
}

impl Promotion {
    /// Looks at what serves now; `candidate` is to serve in its place.
    pub async fn of(bus: &Bus, candidate: Candidate, conditions: Conditions) -> Result<Self, PoliciesError> {
        conditions.check()?;
        let (serving, revision) = bus.serving().await?;
        let served = Candidate::serving(bus, &serving.policy).await?;
        Ok(Self { candidate, conditions, serving, revision, served })
    }

    /// Whether clicks are asked at all: what everything else falls back to needs no proof.
    pub fn needs_proof(&self) -> bool {
        self.candidate.name != INITIAL
    }

    /// Judges the candidate and what serves by `clicks`, each with its sequence, in their order. It takes a while where
    /// they are many.
    pub fn judge(&self, clicks: impl IntoIterator<Item = (u64, LoggedClick)>) -> Gate {
        let (sequences, clicks): (Vec<u64>, Vec<LoggedClick>) = clicks.into_iter().unzip();
        let learned_from = sequences.partition_point(|sequence| *sequence <= self.candidate.last_sequence);
        let (candidate, served) = (&self.candidate.network, &self.served.network);
        Gate::of(&clicks, learned_from, candidate, served, self.conditions.tolerance)
    }

    /// Makes the candidate serve, if `gate` lets it or nothing is asked of it; [`BusError::Outrun`] where something else
    /// was decided meanwhile.
    pub async fn settle(self, bus: &Bus, gate: Option<Gate>) -> Result<Outcome, PoliciesError> {
        let Self { candidate, conditions, serving, revision, served } = self;
        let passes = gate.is_none_or(|gate| match conditions.canary {
            Some(_) => gate.lets_try(),
            None => gate.lets_serve(),
        });
        let told = gate.map(|gate| gate.told(&candidate.name, &served.name));
        let promoted = passes || conditions.force;
        if promoted {
            let change = change(bus, reason(conditions.canary, passes, told.as_deref())).await?;
            let decided = match conditions.canary {
                Some(share) => serving.try_out(Canary { policy: candidate.name.clone(), share }, change),
                None => serving.promote(&candidate.name, change),
            };
            candidate.publish(bus).await?;
            bus.serve(&decided, revision).await?;
        }
        Ok(Outcome { promoted, policy: candidate.name, served: serving.policy, gate, told })
    }
}

/// Ends the canary, or goes back to what served before.
pub async fn roll_back(bus: &Bus) -> Result<SteppedBack, BusError> {
    loop {
        let (serving, revision) = bus.serving().await?;
        let ended = serving.canary.as_ref().map_or(&serving.policy, |canary| &canary.policy);
        let back = serving.roll_back(change(bus, format!("rollback of {ended}")).await?);
        match bus.serve(&back, revision).await {
            // Whatever was decided meanwhile is what there is to go back from.
            Err(BusError::Outrun { .. }) => continue,
            outcome => outcome?,
        };
        return Ok(SteppedBack { serving: back.policy, ended: ended.clone() });
    }
}

/// A change as of now.
async fn change(bus: &Bus, reason: String) -> Result<Change, BusError> {
    let since_sequence = bus.extent(Stream::Clicks).await?.last;
    Ok(Change { at_ms: runtime::now_ms(), since_sequence, reason })
}

/// Why it serves, for people.
fn reason(canary: Option<f64>, passes: bool, told: Option<&str>) -> String {
    let what = canary.map_or_else(|| "promoted".to_owned(), |share| format!("canary of {share}"));
    let how = if passes { "" } else { " by force" };
    told.map_or_else(|| what.clone(), |told| format!("{what}{how}: {told}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_or_tolerance_that_cannot_be_is_named() {
        let of = |canary, tolerance| {
            let conditions = Conditions { canary, tolerance, force: false };
            conditions.check().map_err(|error| error.to_string())
        };
        for (canary, tolerance) in [(None, 0.0), (Some(0.5), 0.9), (Some(0.001), 0.01)] {
            assert_eq!(of(canary, tolerance), Ok(()));
        }
        for canary in [0.0, 1e-300, 9e-4, -0.1, 0.51, f64::NAN] {
            let why = of(Some(canary), 0.0).unwrap_err();
            assert_eq!(why, format!("canary is {canary}, it must be 0.001 to 0.5"));
        }
        for tolerance in [-0.01, 0.91, f64::NAN] {
            let why = of(None, tolerance).unwrap_err();
            assert_eq!(why, format!("tolerance is {tolerance}, it must be 0 to 0.9"));
        }
    }
}
