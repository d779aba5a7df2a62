//! Adam (Kingma & Ba 2015, algorithm 1) with gradients clipped by their global norm.
//!
//! Taken over one flat list of numbers. Burn's own Adam keeps its moments a tensor each, by ids that are drawn anew in
//! every process, and its clipping shortens each tensor by itself. A checkpoint promises two plain lists that come back
//! bit for bit, and the paper's clipping is by the norm of all parameters together.

/// Decay of the first moment.
const BETA_1: f32 = 0.9;
/// Decay of the second moment.
const BETA_2: f32 = 0.999;
/// Keeps the step finite where a gradient has always been 0.
const EPSILON: f32 = 1e-8;

/// The optimiser's memory, one number a parameter and moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Adam {
    /// Updates made.
    pub updates: u64,
    /// Running mean of the gradient.
    pub first: Vec<f32>,
    /// Running mean of its square.
    pub second: Vec<f32>,
}

impl Adam {
    /// Returns the memory before the first update of `parameters` numbers.
    pub fn new(parameters: usize) -> Self {
        Self { updates: 0, first: vec![0.0; parameters], second: vec![0.0; parameters] }
    }

    /// Steps every parameter, piece by piece, against its gradient by at most about `learning_rate`.
    pub fn step<'a>(
        &mut self,
        learning_rate: f32,
        pieces: impl Iterator<Item = &'a mut [f32]>,
        gradient: &[f32],
    ) {
        self.updates += 1;
        let made = i32::try_from(self.updates).unwrap_or(i32::MAX);
        // Moments begin at 0; their bias towards it is the same for all parameters.
        let (unbiased_1, unbiased_2) = ((1.0 - BETA_1.powi(made)).recip(), (1.0 - BETA_2.powi(made)).recip());
        let mut from = 0;
        for piece in pieces {
            let here = from..from + piece.len();
            from = here.end;
            let (first, second) = (&mut self.first[here.clone()], &mut self.second[here.clone()]);
            let moments = first.iter_mut().zip(second);
            for ((parameter, g), (first, second)) in piece.iter_mut().zip(&gradient[here]).zip(moments) {
                *first = BETA_1 * *first + (1.0 - BETA_1) * g;
                *second = BETA_2 * *second + (1.0 - BETA_2) * g * g;
                *parameter -= learning_rate * *first * unbiased_1 / ((*second * unbiased_2).sqrt() + EPSILON);
            }
        }
    }
}

/// Shortens `gradient` to the norm `longest` where it is longer, all parameters by the same factor;
/// returns the norm it had.
pub fn clip(gradient: &mut [f32], longest: f32) -> f32 {
    // Eight sums side by side, so that an addition need not wait for the one before it.
    let (rows, rest) = gradient.as_chunks::<8>();
    let mut sums = [0.0_f64; 8];
    for row in rows {
        for (sum, g) in sums.iter_mut().zip(row) {
            *sum += f64::from(*g) * f64::from(*g);
        }
    }
    let rest: f64 = rest.iter().map(|g| f64::from(*g) * f64::from(*g)).sum();
    let norm = (sums.iter().sum::<f64>() + rest).sqrt() as f32;
    if norm > longest {
        gradient.iter_mut().for_each(|g| *g *= longest / norm);
    }
    norm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_the_learning_rate_against_the_sign() {
        let (mut adam, mut parameters) = (Adam::new(3), [1.0, 1.0, 1.0]);
        adam.step(0.1, [&mut parameters[..]].into_iter(), &[4.0, -0.5, 0.0]);
        let expected: [f32; 3] = [0.9, 1.1, 1.0];
        for (found, expected) in parameters.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{parameters:?}");
        }
    }

    #[test]
    fn a_long_gradient_keeps_its_direction_and_a_short_one_its_length() {
        let mut long = [3.0, 4.0];
        assert_eq!(clip(&mut long, 0.5), 5.0);
        assert!((long[0] - 0.3).abs() < 1e-6 && (long[1] - 0.4).abs() < 1e-6);
        let mut short = [0.3, 0.0];
        clip(&mut short, 0.5);
        assert_eq!(short, [0.3, 0.0]);
    }
}
