//! The elbow as a picture: two curves over k, one below the other, in a browser's light or dark colours.

use std::fmt::Write as _;

use proto::v1::ElbowRow;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 24.0;
/// Height of one curve's field.
const FIELD: f64 = 150.0;
/// Tops of the two fields.
const TOPS: [f64; 2] = [48.0, 258.0];

const STYLE: &str = "\
    :root{--paper:#fff;--ink:#1c1f26;--faint:#6b7180;--line:#e3e5ea;--curve:#3b6ef6}\
    @media(prefers-color-scheme:dark){:root{--paper:#14161b;--ink:#eceef3;--faint:#9aa0ae;--line:#2c303a;--curve:#7ea2ff}}\
    text{font:12px system-ui,sans-serif;fill:var(--faint)}.title{font-weight:600;font-size:14px;fill:var(--ink)}\
    .grid{stroke:var(--line)}.curve{fill:none;stroke:var(--curve);stroke-width:2.5;stroke-linejoin:round}\
    circle{fill:var(--curve)}";

/// The chart of `rows`, in the order of k.
pub(super) fn svg(rows: &[ElbowRow]) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"Inertia and silhouette by number of groups\"><style>{STYLE}</style>\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"var(--paper)\"/>"
    );
    let inertia: Vec<f64> = rows.iter().map(|row| row.inertia).collect();
    let silhouette: Vec<f64> = rows.iter().map(|row| row.silhouette).collect();
    field(&mut svg, TOPS[0], "Inertia: the bend is the elbow", rows, &inertia, 0);
    field(&mut svg, TOPS[1], "Silhouette: higher is better", rows, &silhouette, 3);
    text(&mut svg, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 10.0, "middle", "groups (k)");
    svg.push_str("</svg>\n");
    svg
}

fn field(svg: &mut String, top: f64, title: &str, rows: &[ElbowRow], values: &[f64], decimals: usize) {
    let _ = write!(svg, "<text class=\"title\" x=\"{LEFT}\" y=\"{}\">{title}</text>", top - 14.0);
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(l, h), &v| (l.min(v), h.max(v)));
    let span = if high > low { high - low } else { 1.0 };
    let x = |i: usize| LEFT + (WIDTH - LEFT - RIGHT) * i as f64 / (rows.len().max(2) - 1) as f64;
    let y = |value: f64| top + FIELD * (1.0 - (value - low) / span);
    for step in 0..=4 {
        let value = low + span * f64::from(step) / 4.0;
        let at = y(value);
        let _ = write!(svg, "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{}\"/>", WIDTH - RIGHT);
        text(svg, LEFT - 10.0, at + 4.0, "end", &format!("{value:.decimals$}"));
    }
    let points: Vec<_> = values.iter().enumerate().map(|(i, &v)| (x(i), y(v))).collect();
    let line: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
    let _ = write!(svg, "<path class=\"curve\" d=\"M{}\"/>", line.join("L"));
    for ((x, y), row) in points.iter().zip(rows) {
        let _ = write!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>");
        text(svg, *x, top + FIELD + 20.0, "middle", &row.k.to_string());
    }
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let _ = write!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_k_has_its_place_on_both_curves() {
        let row = |k| ElbowRow { k, inertia: 100.0 / f64::from(k), silhouette: 0.1, people: 9, sampled: 9 };
        let svg = svg(&[2, 3, 4].map(row));
        assert_eq!(svg.matches("<circle").count(), 6);
        assert!(!svg.contains("NaN") && svg.ends_with("</svg>\n"), "{svg}");
    }
}
