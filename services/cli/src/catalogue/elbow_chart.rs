//! The elbow as a picture: two curves over k, one below the other.

use proto::v1::ElbowRow;

use crate::chart::{self, FIELD, Field, LEFT, RIGHT, WIDTH, text};

const HEIGHT: f64 = 460.0;
/// Tops of the two fields.
const TOPS: [f64; 2] = [48.0, 258.0];

/// The chart of `rows`, in the order of k.
pub(super) fn svg(rows: &[ElbowRow]) -> String {
    let mut svg = chart::begun(HEIGHT, "Inertia and silhouette by number of groups");
    let inertia: Vec<f64> = rows.iter().map(|row| row.inertia).collect();
    let silhouette: Vec<f64> = rows.iter().map(|row| row.silhouette).collect();
    field(&mut svg, TOPS[0], "Inertia: the bend is the elbow", rows, &inertia, 0);
    field(&mut svg, TOPS[1], "Silhouette: higher is better", rows, &silhouette, 3);
    text(&mut svg, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 10.0, "middle", "groups (k)");
    svg.push_str("</svg>\n");
    svg
}

fn field(svg: &mut String, top: f64, title: &str, rows: &[ElbowRow], values: &[f64], decimals: usize) {
    let field = Field::of(top, values.iter().copied());
    field.grid(svg, title, decimals);
    let x = |i: usize| LEFT + (WIDTH - LEFT - RIGHT) * i as f64 / (rows.len().max(2) - 1) as f64;
    let points: Vec<_> = values.iter().enumerate().map(|(i, &v)| (x(i), field.y(v))).collect();
    chart::curve(svg, &points, "");
    for ((x, _), row) in points.iter().zip(rows) {
        text(svg, *x, top + FIELD + 20.0, "middle", &row.k.to_string());
    }
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
