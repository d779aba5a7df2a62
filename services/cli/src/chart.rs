//! Charts as pictures: fields of curves, one below the other, in a browser's light or dark colours.

use std::fmt::Write as _;

pub(crate) const WIDTH: f64 = 640.0;
pub(crate) const LEFT: f64 = 84.0;
pub(crate) const RIGHT: f64 = 24.0;
/// Height of one field.
pub(crate) const FIELD: f64 = 150.0;

const STYLE: &str = "\
    :root{--paper:#fff;--ink:#1c1f26;--faint:#6b7180;--line:#e3e5ea;--curve:#3b6ef6}\
    @media(prefers-color-scheme:dark){:root{--paper:#14161b;--ink:#eceef3;--faint:#9aa0ae;--line:#2c303a;--curve:#7ea2ff}}\
    text{font:12px system-ui,sans-serif;fill:var(--faint)}.title{font-weight:600;font-size:14px;fill:var(--ink)}\
    .grid{stroke:var(--line)}.curve{fill:none;stroke:var(--curve);stroke-width:2.5;stroke-linejoin:round}\
    circle{fill:var(--paper);stroke:var(--curve);stroke-width:2}";

/// An empty chart; whoever draws on it ends it with `</svg>`.
pub(crate) fn begun(height: f64, label: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"{label}\"><style>{STYLE}</style>\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"var(--paper)\"/>"
    )
}

/// A field of the chart, and the numbers at its lower and upper edge.
pub(crate) struct Field {
    pub(crate) top: f64,
    low: f64,
    span: f64,
}

impl Field {
    /// A field below `top` that `values` fit in.
    pub(crate) fn of(top: f64, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = values.into_iter().fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(v), h.max(v)));
        Self { top, low, span: if high > low { high - low } else { 1.0 } }
    }

    /// Where `value` is.
    pub(crate) fn y(&self, value: f64) -> f64 {
        self.top + FIELD * (1.0 - (value - self.low) / self.span)
    }

    /// The title and five lines with their numbers.
    pub(crate) fn grid(&self, svg: &mut String, title: &str, decimals: usize) {
        let _ = write!(svg, "<text class=\"title\" x=\"{LEFT}\" y=\"{}\">{title}</text>", self.top - 14.0);
        for step in 0..=4 {
            let value = self.low + self.span * f64::from(step) / 4.0;
            let at = self.y(value);
            let _ = write!(svg, "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{}\"/>", WIDTH - RIGHT);
            text(svg, LEFT - 10.0, at + 4.0, "end", &format!("{value:.decimals$}"));
        }
    }
}

/// A curve through `points`; `style` is CSS.
pub(crate) fn curve(svg: &mut String, points: &[(f64, f64)], style: &str) {
    let line: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
    let _ = write!(svg, "<path class=\"curve\" style=\"{style}\" d=\"M{}\"/>", line.join("L"));
    for (x, y) in points {
        let _ = write!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" style=\"{style}\"/>");
    }
}

pub(crate) fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let _ = write!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}
