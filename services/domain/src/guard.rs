//! Whether a policy earns less than the initial one, told while clicks come in (README, "Fallback").

use crate::Arm;
use crate::evaluation::log_mixture;
use crate::serving::INITIAL;

/// Chance that a policy as good as the initial one is taken for worse within a [`PERIOD`].
pub const MISTAKEN: f64 = 1e-3;

/// Clicks of the stream after which evidence is gathered anew: what was good for long may have turned bad.
pub const PERIOD: u64 = 10_000;

/// Stakes bet side by side, each half of the one before: some stake is near the best for any harm.
const STAKES: usize = 8;

/// Share of the largest stake that can never be lost: a bet that may lose everything stops for good.
const LARGEST_STAKE: f64 = 0.9;

/// Smallest reward there is.
const LEAST_REWARD: f64 = -0.9;

/// A bettor against one policy. Had the policy earned no less than the initial one, nobody could expect
/// to gain by these bets, so capital that multiplied a thousandfold is evidence of harm.
#[derive(Debug, Clone, PartialEq)]
pub struct Guard {
    policy: String,
    /// What each stake has made of 1.
    capital: [f64; STAKES],
    clicks: u64,
    rewards: f64,
    earned: Weighted,
    control: Weighted,
}

/// What a guard has seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Clicks on what this policy or the initial one could have made.
    pub clicks: u64,
    /// Mean reward under the policy, by importance weights.
    pub earned: f64,
    /// Mean reward under the initial policy.
    pub initial: f64,
    /// How many times over the bets have multiplied: 1 at first, [`MISTAKEN`]⁻¹ is enough.
    pub evidence: f64,
}

/// Σ w·r and Σ w.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Weighted {
    rewards: f64,
    weights: f64,
}

impl Weighted {
    fn add(&mut self, weight: f64, reward: f64) {
        self.rewards += weight * reward;
        self.weights += weight;
    }

    fn mean(self) -> f64 {
        if self.weights > 0.0 { self.rewards / self.weights } else { 0.0 }
    }
}

impl Guard {
    /// Watches `policy`, which is not the initial one.
    pub fn of(policy: &str) -> Self {
        Self {
            policy: policy.to_owned(),
            capital: [1.0; STAKES],
            clicks: 0,
            rewards: 0.0,
            earned: Weighted::default(),
            control: Weighted::default(),
        }
    }

    /// Whom it watches.
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// Takes a click that earned `reward` on a recommendation of `arms`. Where not both the policy and the
    /// initial one had a share in it, it says nothing about either.
    pub fn take(&mut self, arms: &[Arm], reward: f32) {
        let of = |name: &str| arms.iter().find(|arm| arm.policy == name);
        let (Some(ours), Some(initial)) = (of(&self.policy), of(INITIAL)) else { return };
        let Some(log_mixture) = log_mixture(arms) else { return };
        let weight = |arm: &Arm| (f64::from(arm.log_density) - log_mixture).exp();
        let (weight, control) = (weight(ours), weight(initial));

        let reward = f64::from(reward);
        let usual = (self.rewards + LEAST_REWARD / 2.0) / (self.clicks + 1) as f64;
        let gain = (reward - usual) * (weight - control);
        let (least, most) = ((LEAST_REWARD - usual).abs(), usual.abs());
        let largest = (least / f64::from(initial.share)).max(most / f64::from(ours.share));
        let mut stake = LARGEST_STAKE / largest;
        for capital in &mut self.capital {
            *capital *= 1.0 - stake * gain;
            stake /= 2.0;
        }
        self.clicks += 1;
        self.rewards += reward;
        self.earned.add(weight, reward);
        self.control.add(control, reward);
    }

    /// Whether the policy was measured to be worse.
    pub fn is_worse(&self) -> bool {
        self.evidence() >= 1.0 / MISTAKEN
    }

    /// Figures for people.
    pub fn seen(&self) -> Seen {
        let (earned, initial) = (self.earned.mean(), self.control.mean());
        Seen { clicks: self.clicks, earned, initial, evidence: self.evidence() }
    }

    fn evidence(&self) -> f64 {
        self.capital.iter().sum::<f64>() / STAKES as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::PolicyOutput;
    use crate::policy::tests::counting;
    use crate::weights::ACTIONS;

    const CONTROL: f32 = 0.1;

    /// Clicks until the guard of a policy that draws around `mean` gives the alarm, when a click earns
    /// what `reward` says of (the action's first number, a number in 0 to 1).
    fn alarm(
        mean: f32,
        clicks: usize,
        draws: &mut impl FnMut() -> f32,
        reward: impl Fn(f32, f32) -> f32,
    ) -> Option<usize> {
        let of = |mean: f32| PolicyOutput { mean: [mean; ACTIONS], log_variance: [0.8; ACTIONS], value: 0.0 };
        let (ours, initial) = (of(mean), of(0.0));
        let mut guard = Guard::of("candidate.a");
        (0..clicks).find(|_| {
            let controlled = draws() < CONTROL;
            let middle = if controlled { 0.0 } else { mean };
            // The sum of twelve uniform numbers is near enough to a normal one.
            let x = std::array::from_fn(|_| middle + 1.4918 * ((0..12).map(|_| draws()).sum::<f32>() - 6.0));
            let arm = |policy: &str, share, output: &PolicyOutput| Arm {
                policy: policy.into(),
                version: 1,
                share,
                log_density: output.log_density(&x),
            };
            let arms = [arm(INITIAL, CONTROL, &initial), arm("candidate.a", 1.0 - CONTROL, &ours)];
            guard.take(&arms, reward(x[0], draws()));
            guard.is_worse()
        })
    }

    /// A rank of ten that is the worse the smaller x is, or the larger.
    fn rank(x: f32, luck: f32, harm: f32) -> f32 {
        let slope = harm * (x / 6.0).clamp(-1.0, 1.0);
        -(((luck + slope).clamp(0.0, 0.999) * 10.0).floor()) / 10.0
    }

    #[test]
    fn a_harmful_policy_is_found_out_within_two_thousand_clicks() {
        let mut draws = counting();
        let found: Vec<_> =
            (0..50).map(|_| alarm(6.0, 2000, &mut draws, |x, luck| rank(x, luck, 0.2))).collect();
        assert_eq!(found.iter().flatten().count(), 50, "{found:?}");
    }

    #[test]
    fn a_policy_that_is_as_good_or_better_is_let_be() {
        let mut draws = counting();
        for (mean, harm) in [(6.0, 0.0), (1.0, 0.0), (6.0, -0.2)] {
            let found =
                (0..60).filter_map(|_| alarm(mean, 3000, &mut draws, |x, luck| rank(x, luck, harm))).count();
            assert_eq!(found, 0, "mean {mean} harm {harm}");
        }
    }

    #[test]
    fn a_click_that_only_one_of_the_two_could_have_earned_says_nothing() {
        let arm = |policy: &str| Arm { policy: policy.into(), version: 1, share: 0.5, log_density: -3.0 };
        let mut guard = Guard::of("live");
        guard.take(&[arm("live"), arm("candidate.a")], -0.9);
        guard.take(&[arm(INITIAL), arm("candidate.a")], -0.9);
        guard.take(&[], -0.9);
        assert_eq!(guard, Guard::of("live"));
        guard.take(&[arm("live"), arm(INITIAL)], -0.3);
        // The same densities: the click is told, and tells nothing apart.
        let seen = guard.seen();
        assert_eq!((seen.clicks, seen.evidence), (1, 1.0));
        assert!((seen.earned - seen.initial).abs() < 1e-12);
    }
}
