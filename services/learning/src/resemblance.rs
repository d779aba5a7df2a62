//! What visitors look for, as far as clicks tell it by themselves: whether it has changed.
//!
//! A click tells, for each of the five picks, by how much more the person clicked resembles it than the slate's people do
//! on the whole: t_j = cos_clicked,j − mean_i cos_ij. The mean of t over many clicks is what visitors look for. It hardly
//! depends on the policy, which chooses the ten but not among them.

use domain::PICKS;

use crate::experience::Experience;

/// Fixed-point steps of 1: sums of whole numbers have the same bits in whatever order clicks came and went, so a window
/// that is filled again from the stream comes to the same verdicts.
const STEPS: f32 = (1 << 20) as f32;

/// Standard errors by which the means of newer and older clicks must lie apart.
///
/// Chance alone reaches 6 once in 10⁹ looks. But a policy that learns changes the slates that are clicked on, and t with
/// them a little: over 2,000 newer clicks, simulated visitors of an unchanged taste reached 9.7 while the policy learned
/// fastest, and a change of taste 13 to 20.
const STANDARD_ERRORS: f64 = 12.0;

/// Sums over clicks: their number, Σ t and Σ t², in fixed point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Resemblance {
    clicks: i64,
    sums: [i64; PICKS],
    squares: [i64; PICKS],
}

impl Resemblance {
    /// Adds a click.
    pub(crate) fn add(&mut self, click: &Experience) {
        self.count(click, 1);
    }

    /// Takes a click out again.
    pub(crate) fn remove(&mut self, click: &Experience) {
        self.count(click, -1);
    }

    /// Returns how many clicks it sums.
    pub(crate) fn clicks(&self) -> usize {
        self.clicks as usize
    }

    fn count(&mut self, click: &Experience, sign: i64) {
        self.clicks += sign;
        let shown = &click.cosines[..click.shown];
        for pick in 0..PICKS {
            let mean = shown.iter().map(|cosines| cosines[pick]).sum::<f32>() / click.shown as f32;
            let more = ((shown[click.clicked][pick] - mean) * STEPS) as i64;
            self.sums[pick] += sign * more;
            self.squares[pick] += sign * more * more;
        }
    }

    /// Returns whether `self` and `older` are of different tastes: for one pick at least the means lie apart by more
    /// than chance explains (Welch 1947).
    pub(crate) fn contradicts(&self, older: &Self) -> bool {
        (0..PICKS).any(|pick| {
            let (mean, error) = self.mean(pick);
            let (older_mean, older_error) = older.mean(pick);
            (mean - older_mean).abs() > STANDARD_ERRORS * (error + older_error).sqrt()
        })
    }

    /// Returns the mean of one pick's t and its squared standard error, both in fixed-point steps.
    fn mean(&self, pick: usize) -> (f64, f64) {
        let clicks = self.clicks as f64;
        let mean = self.sums[pick] as f64 / clicks;
        let variance = self.squares[pick] as f64 / clicks - mean * mean;
        (mean, variance / clicks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::{FIXED, replayed};

    /// Clicks on the person whom `pick` alone would have chosen.
    fn of_taste(pick: usize, clicks: usize) -> Resemblance {
        let mut sums = Resemblance::default();
        for mut click in replayed(FIXED, clicks) {
            let resembles = |place: &usize| click.cosines[*place][pick];
            click.clicked = (0..click.shown).max_by(|a, b| resembles(a).total_cmp(&resembles(b))).unwrap();
            sums.add(&click);
        }
        sums
    }

    #[test]
    fn another_taste_contradicts_and_the_same_does_not() {
        let (first, second) = (of_taste(0, 300), of_taste(2, 300));
        assert!(second.contradicts(&first));
        assert!(!of_taste(0, 150).contradicts(&first));
    }

    #[test]
    fn what_is_taken_out_leaves_no_trace() {
        let mut sums = of_taste(1, 40);
        let before = sums;
        let click = replayed(FIXED, 41)[40];
        sums.add(&click);
        assert_ne!(sums, before);
        sums.remove(&click);
        assert_eq!(sums, before);
    }
}
