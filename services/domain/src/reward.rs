//! What a click is worth (README, "Reward").

use crate::SLATE;

/// r = (1 − i)/10 for a click on rank i, 1-based: 0 at the top, −0.9 at the bottom.
/// `None` for a rank that no slate has.
pub fn of_rank(rank: usize) -> Option<f32> {
    (1..=SLATE).contains(&rank).then(|| (1.0 - rank as f32) / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_earns_zero_and_the_bottom_minus_nine_tenths() {
        assert_eq!(of_rank(1), Some(0.0));
        assert_eq!(of_rank(10), Some(-0.9));
        assert_eq!((of_rank(0), of_rank(11)), (None, None));
    }
}
