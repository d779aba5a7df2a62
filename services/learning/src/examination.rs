//! Position bias, fitted: how likely each place of a slate is looked at, as clicks tell it (domain's README,
//! "Examination").
//!
//! A click is a choice among the people shown (conditional logit; McFadden 1974), with a term a place:
//!
//! P(click at k) = e_k exp(θ·c_k) / Σ_j e_j exp(θ·c_j),   e_1 = 1, c_j: cosines to the five picks
//!
//! loss = −mean(log P(click)) + ½ · (P/n) · (|θ|² + Σ_k (log e_k)²)
//!
//! The prior is worth P clicks against the n there are. Burn leads the loss back to θ and log e, and its L-BFGS with a
//! line search by the strong Wolfe conditions (Nocedal and Wright 2006) descends it. The loss is convex: it has one
//! bottom, wherever the descent begins.

use burn::module::{Module, Param};
use burn::optim::{GradientsParams, LBFGSConfig, LineSearchFn};
use burn::tensor::{DType, Device, Tensor, TensorData};
use domain::examination::{Calibration, Choice, Examination, LEAST_CLICKS, TooFewClicks};
use domain::{PICKS, SLATE};

/// P: clicks that the belief is worth that nobody is liked more for any pick and that all places are alike.
const PRIOR: f64 = 1.0;
/// Steps at most; two or three dozen are enough.
const STEPS: usize = 100;
/// Largest slope of the mean loss at which the estimate stands.
const SETTLED_SLOPE: f64 = 1e-9;
/// Change of the mean loss, or of every parameter, at which the estimate stands.
const SETTLED_CHANGE: f64 = 1e-13;
/// Log odds of a place that a short slate leaves empty.
const NOBODY: f64 = -1e9;

/// Returns how likely each place is looked at, estimated from `choices` by maximum likelihood with the prior above.
pub fn estimate<'a>(choices: impl IntoIterator<Item = &'a Choice>) -> Result<Examination, TooFewClicks> {
    let choices: Vec<&Choice> = choices.into_iter().collect();
    if choices.len() < LEAST_CLICKS {
        return Err(TooFewClicks(choices.len()));
    }
    let device = Device::flex().autodiff();
    let clicks = Clicks::of(&choices, &device);
    let settings = LBFGSConfig::new()
        .with_max_iter(STEPS)
        .with_tolerance_grad(SETTLED_SLOPE)
        .with_tolerance_change(SETTLED_CHANGE)
        .with_line_search_fn(LineSearchFn::StrongWolfe);
    let (fitted, _) = settings.init().step(1.0, Logit::initial(&device), |logit| {
        let loss = clicks.loss(&logit);
        let gradients = GradientsParams::from_grads(loss.backward(), &logit);
        (loss.into_scalar(), gradients)
    });
    // Cosines that are not finite never come off the stream; if they did, they would tell nothing, and the prior stands.
    Ok(Examination::new(fitted.probabilities()).unwrap_or(Examination::EVEN))
}

/// Returns whether ranks are clicked as often as scores say: the first of every two choices predict, the second ones
/// are what the prediction is held against.
pub fn calibrate(choices: &[Choice]) -> Result<Calibration, TooFewClicks> {
    let examination = estimate(Calibration::learned_from(choices))?;
    Ok(Calibration::of(choices, examination))
}

/// What is fitted.
#[derive(Module, Debug)]
struct Logit {
    /// θ, `5 × 1`.
    taste: Param<Tensor<2>>,
    /// log e of the places below the first, `1 × 9`.
    below: Param<Tensor<2>>,
}

impl Logit {
    /// Returns the belief before any click.
    fn initial(device: &Device) -> Self {
        let zeros = |shape| Param::from_tensor(Tensor::zeros(shape, (device, DType::F64)));
        Self { taste: zeros([PICKS, 1]), below: zeros([1, SLATE - 1]) }
    }

    /// Returns e of every place.
    fn probabilities(&self) -> [f64; SLATE] {
        let mut probabilities = [1.0; SLATE];
        let below = self.below.val().into_data();
        for (probability, log) in probabilities[1..].iter_mut().zip(below.iter::<f64>()) {
            *probability = log.exp();
        }
        probabilities
    }
}

/// `B` choices as tensors that nothing is differentiated by. They are of f64: the mean over 100,000 clicks leaves of an
/// f32 too few digits for a line search to tell the last steps by.
struct Clicks {
    /// How many they are, `B`.
    clicks: usize,
    /// Cosines of everybody on every slate to the five picks, `10 B × 5`.
    cosines: Tensor<2>,
    /// What is added to the log odds of each place, `B × 10`; `None` while every slate is full.
    nobody: Option<Tensor<2>>,
    /// Mean cosines of the people clicked, `1 × 5`.
    clicked_cosines: Tensor<2>,
    /// Shares of the clicks on the places below the first, `9 × 1`.
    clicked_below: Tensor<2>,
}

impl Clicks {
    fn of(choices: &[&Choice], device: &Device) -> Self {
        let clicks = choices.len();
        let mut cosines = Vec::with_capacity(clicks * SLATE * PICKS);
        let (mut nobody, mut all_full) = (vec![0.0; clicks * SLATE], true);
        let (mut clicked_cosines, mut clicked_places) = ([0.0; PICKS], [0.0; SLATE]);
        for (row, choice) in nobody.chunks_exact_mut(SLATE).zip(choices) {
            for one in &choice.cosines {
                cosines.extend(one.map(f64::from));
            }
            for (mean, cosine) in clicked_cosines.iter_mut().zip(choice.cosines[choice.clicked]) {
                *mean += f64::from(cosine) / clicks as f64;
            }
            clicked_places[choice.clicked] += 1.0 / clicks as f64;
            row[choice.shown..].fill(NOBODY);
            all_full &= choice.shown == SLATE;
        }
        let tensor = |numbers: Vec<f64>, shape: [usize; 2]| {
            Tensor::from_data(TensorData::new(numbers, shape), (device, DType::F64))
        };
        Self {
            clicks,
            cosines: tensor(cosines, [clicks * SLATE, PICKS]),
            nobody: (!all_full).then(|| tensor(nobody, [clicks, SLATE])),
            clicked_cosines: tensor(clicked_cosines.to_vec(), [1, PICKS]),
            clicked_below: tensor(clicked_places[1..].to_vec(), [SLATE - 1, 1]),
        }
    }

    /// Returns the loss above, `1 × 1`.
    ///
    /// log P(click) is the log odds of the place clicked less the log of everybody's odds. The former are linear in what
    /// is fitted, so that their mean needs no more than the means of what was clicked.
    fn loss(&self, logit: &Logit) -> Tensor<2> {
        let (taste, below) = (logit.taste.val(), logit.below.val());
        let squares = taste.clone().square().sum() + below.clone().square().sum();
        let prior = squares.reshape([1, 1]) * (0.5 * PRIOR / self.clicks as f64);
        let clicked = self.clicked_cosines.clone().matmul(taste.clone())
            + below.clone().matmul(self.clicked_below.clone());
        let first = Tensor::zeros([1, 1], (&below.device(), DType::F64));
        let places = Tensor::cat(vec![first, below], 1);
        let mut log_odds = self.cosines.clone().matmul(taste).reshape([self.clicks, SLATE]) + places;
        if let Some(nobody) = &self.nobody {
            log_odds = log_odds + nobody.clone();
        }
        // The largest is not subtracted first: an f64 holds odds of exp(700), and the line search steps back from more.
        let everybody = log_odds.exp().sum_dim(1).log();
        everybody.mean().reshape([1, 1]) - clicked + prior
    }
}

#[cfg(test)]
mod tests;
