//! What a policy does where: its weights by state.
//!
//! A state is the ten distances between five picks. Two cuts through it can be read by people: all distances alike, from
//! visitors whose picks resemble one another to those whose picks do not; and one distance near or far while the others
//! stay in the middle.

use domain::state::STATE;
use domain::weights::squash;
use domain::{PICKS, PolicyNetwork, State};

use crate::clicks::RecentClicks;

/// Points along the spread.
const POINTS: usize = 25;
/// Shares of the observed distances that lie below near, middle and far.
const NEAR: f64 = 0.05;
const MIDDLE: f64 = 0.5;
const FAR: f64 = 0.95;
/// Standard deviations of the input's transform that take the place of what was never observed.
const UNOBSERVED: f32 = 1.6;

/// Names of the distances, by the places of both picks.
pub const DISTANCES: [&str; STATE] = ["d12", "d13", "d14", "d15", "d23", "d24", "d25", "d34", "d35", "d45"];

/// `[1, w2..w5]` at the policy's mean in a state, with the distance that was set in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct At {
    /// The distance.
    pub distance: f32,
    /// Weights there.
    pub weights: [f32; PICKS],
}

/// One distance at both ends of what was observed, the others in their middles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Corner {
    /// Which.
    pub name: &'static str,
    /// Where 5 % of the observed ones are nearer.
    pub near: At,
    /// Where 5 % are farther.
    pub far: At,
}

/// A policy's weights by state.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightsByState {
    /// States that were observed; without any, the range is that of the input's transform.
    pub observed: usize,
    /// Where every distance is in its middle.
    pub middle: [f32; PICKS],
    /// All distances alike, from near to far.
    pub spread: Vec<At>,
    /// Each distance at its ends.
    pub corners: [Corner; STATE],
}

/// Near, middle and far of one distance.
#[derive(Debug, Clone, Copy)]
struct Ends {
    near: f32,
    middle: f32,
    far: f32,
}

/// The weights of `policy` in the states of `clicks`.
pub fn by_state(policy: &PolicyNetwork, clicks: &RecentClicks) -> WeightsByState {
    let ends: [Ends; STATE] =
        std::array::from_fn(|d| ends(clicks.iter().map(|click| click.logged.state.0[d]).collect(), policy));
    let middle = ends.map(|ends| ends.middle);
    let weights = |state| squash(&policy.forward(&State(state)).mean);
    let corner = |d: usize| {
        let at = |distance| {
            let mut state = middle;
            state[d] = distance;
            At { distance, weights: weights(state) }
        };
        Corner { name: DISTANCES[d], near: at(ends[d].near), far: at(ends[d].far) }
    };
    let near = ends.iter().map(|ends| ends.near).fold(f32::INFINITY, f32::min);
    let far = ends.iter().map(|ends| ends.far).fold(f32::NEG_INFINITY, f32::max);
    let along = |point: usize| {
        let distance = near + (far - near) * point as f32 / (POINTS - 1) as f32;
        At { distance, weights: weights([distance; STATE]) }
    };
    WeightsByState {
        observed: clicks.iter().len(),
        middle: weights(middle),
        spread: (0..POINTS).map(along).collect(),
        corners: std::array::from_fn(corner),
    }
}

fn ends(mut observed: Vec<f32>, policy: &PolicyNetwork) -> Ends {
    observed.sort_by(f32::total_cmp);
    let Some(last) = observed.len().checked_sub(1) else {
        let (middle, reach) = (policy.input.mean, UNOBSERVED * policy.input.scale);
        return Ends { near: middle - reach, middle, far: middle + reach };
    };
    let at = |share: f64| observed[(share * last as f64).round() as usize];
    Ends { near: at(NEAR), middle: at(MIDDLE), far: at(FAR) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clicks::tests::recorded;

    #[test]
    fn the_initial_policy_does_the_same_everywhere() {
        let told = by_state(&PolicyNetwork::before_any_click(), &RecentClicks::holding(500, recorded(500)));
        assert_eq!(told.observed, 500);
        let half = [1.0, 0.45, 0.35, 0.25, 0.15];
        assert!(told.middle == half && told.spread.iter().all(|at| at.weights == half));
        // Distances of these clicks lie evenly between 0.8 and 1.6.
        for Corner { name, near, far } in told.corners {
            assert!((near.distance - 0.84).abs() < 0.05 && (far.distance - 1.56).abs() < 0.05, "{name}");
            assert_eq!((near.weights, far.weights), (half, half));
        }
    }

    #[test]
    fn a_policy_that_heeds_one_distance_moves_with_that_one_alone() {
        let mut policy = PolicyNetwork::before_any_click();
        // d23 (the fifth) passes both hidden layers and raises w2.
        for layer in [&mut policy.hidden1, &mut policy.hidden2] {
            layer.weight.fill(0.0);
        }
        policy.hidden1.weight[4 * policy.hidden1.outputs] = 1.0;
        policy.hidden1.bias[0] = 10.0;
        policy.hidden2.weight[0] = 1.0;
        policy.mean.weight[0] = 1.0;
        policy.mean.bias[0] = -10.0;
        let told = by_state(&policy, &RecentClicks::holding(500, recorded(500)));
        for Corner { name, near, far } in told.corners {
            let moved = (far.weights[1] - near.weights[1]).abs() > 0.1;
            assert_eq!(moved, name == "d23", "{name}: {near:?} {far:?}");
        }
        assert!(told.spread.windows(2).all(|pair| pair[0].weights[1] < pair[1].weights[1]));
    }

    #[test]
    fn without_clicks_the_transform_says_where_to_look() {
        let told = by_state(&PolicyNetwork::before_any_click(), &RecentClicks::new(1));
        assert_eq!((told.observed, told.spread.len()), (0, POINTS));
        assert!((told.spread[0].distance - 0.8).abs() < 1e-6);
        assert!((told.spread[POINTS - 1].distance - 1.6).abs() < 1e-6);
    }
}
