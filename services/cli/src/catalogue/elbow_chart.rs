//! The elbow as a picture: two curves over k.

use proto::v1::ElbowRow;

use crate::line_chart::{self, Field};

/// The chart of `rows`, in the order of k.
pub(super) fn svg(rows: &[ElbowRow]) -> String {
    let field = |title: &str, decimals, of: fn(&ElbowRow) -> f64| {
        let points = rows.iter().map(|row| (f64::from(row.k), of(row))).collect();
        Field { title: title.to_owned(), decimals, lines: vec![(String::new(), points)] }
    };
    let fields = [
        field("Inertia: the bend is the elbow", 0, |row| row.inertia),
        field("Silhouette: higher is better", 3, |row| row.silhouette),
    ];
    line_chart::svg("Inertia and silhouette by number of groups", "groups (k)", &fields)
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
