//! Learning curves as a picture.

use super::run::{Point, Run};
use crate::line_chart::{self, Field};

/// A line a seed: the held-out value of what was learned, and the reward that was logged meanwhile.
pub(super) fn svg(runs: &[Run]) -> String {
    let line = |run: &Run, of: fn(&Point) -> Option<f64>| {
        let points = run.curve.iter().filter_map(|point| Some((point.clicks as f64, of(point)?)));
        (format!("seed {}", run.seed), points.collect())
    };
    let field = |title: &str, lines| Field { title: title.to_owned(), decimals: 4, lines };
    let fields = [
        field(
            "Value on the held-out clicks (SNIPS)",
            runs.iter().map(|run| line(run, |p| p.value)).collect(),
        ),
        // The log is the same for every seed.
        field("Mean reward of the clicks before", vec![line(&runs[0], |p| p.mean_reward)]),
    ];
    line_chart::svg("Learning curves", "clicks learned from", &fields)
}
