//! What clicks earned.

/// Rewards, summed up as they come.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Earned {
    /// How many clicks.
    pub clicks: u64,
    rewards: f64,
    squares: f64,
}

impl Earned {
    /// One click more.
    pub fn add(&mut self, reward: f64) {
        self.clicks += 1;
        self.rewards += reward;
        self.squares += reward * reward;
    }

    /// Mean reward with half the width of its 95 % interval; `None` below two clicks.
    pub fn mean(&self) -> Option<(f64, f64)> {
        let n = self.clicks as f64;
        let mean = self.rewards / n;
        (self.clicks > 1).then(|| (mean, 1.96 * ((self.squares / n - mean * mean).max(0.0) / n).sqrt()))
    }
}

impl Extend<f32> for Earned {
    fn extend<I: IntoIterator<Item = f32>>(&mut self, rewards: I) {
        rewards.into_iter().for_each(|reward| self.add(reward.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_has_an_interval_from_the_second_click_on() {
        let mut earned = Earned::default();
        assert_eq!(earned.mean(), None);
        earned.add(-0.5);
        assert_eq!(earned.mean(), None);
        earned.extend([-0.25, -0.5, -0.25]);
        let (mean, within) = earned.mean().unwrap();
        assert_eq!((earned.clicks, mean), (4, -0.375));
        assert!((within - 1.96 * 0.125 / 2.0).abs() < 1e-12);
    }
}
