//! Between the policy's unbounded action x and the four free weights (README, "Weights").

use crate::PICKS;

/// Numbers the policy chooses: weights of picks 2 to 5 (the first is 1).
pub const ACTIONS: usize = PICKS - 1;

/// `c`: the caps of w₂…w₅. They make an untrained network useful.
pub const CAPS: [f32; ACTIONS] = [0.9, 0.7, 0.5, 0.3];

/// `[1, w₂…w₅]` with w_j = c_j · sigmoid(x_j).
pub fn squash(x: &[f32; ACTIONS]) -> [f32; PICKS] {
    let mut weights = [1.0; PICKS];
    for j in 0..ACTIONS {
        weights[j + 1] = CAPS[j] / (1.0 + (-x[j]).exp());
    }
    weights
}

/// x_j = logit(w_j / c_j), the inverse of [`squash`]; infinite at the ends of a weight's range.
pub fn logit(weights: &[f32; PICKS]) -> [f32; ACTIONS] {
    std::array::from_fn(|j| {
        let share = weights[j + 1] / CAPS[j];
        (share / (1.0 - share)).ln()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_half_of_every_cap_and_logit_undoes_squash() {
        assert_eq!(squash(&[0.0; 4]), [1.0, 0.45, 0.35, 0.25, 0.15]);
        let x = [-2.0, 0.3, 1.7, 4.0];
        for (a, b) in logit(&squash(&x)).iter().zip(x) {
            assert!((a - b).abs() < 1e-4);
        }
    }
}
