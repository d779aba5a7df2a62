//! The gradient of one layer, summed row by row. Every loop runs along the layer's wider side.

use domain::policy::Dense;

/// A layer that nothing is asked behind of: it takes in what is not learned.
#[derive(Debug)]
pub(crate) struct FirstLayer<const I: usize, const O: usize> {
    /// `[in][out]`.
    weight: [[f32; O]; I],
    bias: [f32; O],
}

impl<const I: usize, const O: usize> FirstLayer<I, O> {
    pub(crate) fn new() -> Self {
        Self { weight: [[0.0; O]; I], bias: [0.0; O] }
    }

    /// Adds one row's share, by its slope at the layer's output.
    #[inline(always)]
    pub(crate) fn ends(&mut self, input: &[f32; I], slope: &[f32; O]) {
        for (x, row) in input.iter().zip(&mut self.weight) {
            for (sum, slope) in row.iter_mut().zip(slope) {
                *sum += x * slope;
            }
        }
        self.bias.iter_mut().zip(slope).for_each(|(sum, slope)| *sum += slope);
    }

    /// Slopes by weights, row by row (a row an input), and by biases.
    pub(crate) fn parts(&self) -> (&[f32], &[f32]) {
        (self.weight.as_flattened(), &self.bias)
    }

    /// Weights before biases.
    pub(crate) fn flat(&self) -> Vec<f32> {
        let (weight, bias) = self.parts();
        [weight, bias].concat()
    }
}

/// A layer behind another one.
#[derive(Debug)]
pub(crate) struct LaterLayer<const I: usize, const O: usize> {
    /// The layer's own weights, `[out][in]`.
    own: [[f32; I]; O],
    /// Slopes by them, as they lie.
    weight: [[f32; I]; O],
    bias: [f32; O],
}

impl<const I: usize, const O: usize> LaterLayer<I, O> {
    /// Of `layer`, which must be `I → O`.
    pub(crate) fn of(layer: &Dense) -> Self {
        let own = std::array::from_fn(|o| std::array::from_fn(|i| layer.weight[i * O + o]));
        Self { own, weight: [[0.0; I]; O], bias: [0.0; O] }
    }

    /// Adds one row's share, by its slope at the layer's output; returns the slope at its input.
    #[inline(always)]
    pub(crate) fn back(&mut self, input: &[f32; I], slope: &[f32; O]) -> [f32; I] {
        let mut behind = [0.0; I];
        for ((slope, own), row) in slope.iter().zip(&self.own).zip(&mut self.weight) {
            for i in 0..I {
                behind[i] += slope * own[i];
                row[i] += slope * input[i];
            }
        }
        self.bias.iter_mut().zip(slope).for_each(|(sum, slope)| *sum += slope);
        behind
    }

    /// Weights, row by row (a row an input), before biases.
    pub(crate) fn flat(&self) -> Vec<f32> {
        let weights = (0..I).flat_map(|i| self.weight.iter().map(move |row| row[i]));
        weights.chain(self.bias).collect()
    }
}
