//! Lines over a common axis, one field below the other.
//!
//! Colours and fonts stand in attributes: librsvg and ImageMagick, unlike browsers, know no CSS variables and draw what
//! has them black.

use std::cmp::Ordering;
use std::fmt::Write as _;

const WIDTH: f64 = 640.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 24.0;
/// Top of the first field, height of each, and what lies between two.
const TOP: f64 = 60.0;
const FIELD: f64 = 150.0;
const BETWEEN: f64 = 76.0;
/// Most points that each get a dot and a number below them.
const FEW: usize = 16;

/// Colours of paper, titles, other words and the grid.
const PAPER: &str = "#fff";
const INK: &str = "#1c1f26";
const FAINT: &str = "#6b7180";
const GRID: &str = "#e3e5ea";
/// Colours of the curves, one after the other.
const COLOURS: [&str; 8] =
    ["#3b6ef6", "#d1495b", "#2a9d6f", "#b7791f", "#7b4fd0", "#0f8a9d", "#c2418f", "#7d8594"];

/// What browsers in dark colours draw instead. Whatever else reads the file goes by its attributes.
const DARK: &str = "@media(prefers-color-scheme:dark){\
    .paper{fill:#14161b}.title{fill:#eceef3}.word{fill:#9aa0ae}.grid{stroke:#2c303a}}";

/// One field.
pub(crate) struct Field {
    pub(crate) title: String,
    /// Decimals of the numbers beside it.
    pub(crate) decimals: usize,
    /// A line each: its name, and its points from left to right.
    pub(crate) lines: Vec<(String, Vec<(f64, f64)>)>,
}

/// The chart of `fields`, called `label`, over an axis called `axis`.
pub(crate) fn svg(label: &str, axis: &str, fields: &[Field]) -> String {
    let height = TOP + fields.len() as f64 * (FIELD + BETWEEN) - 8.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"{label}\" font-family=\"system-ui, sans-serif\" font-size=\"12\"><style>{DARK}</style>\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\" fill=\"{PAPER}\"/>"
    );
    let all = || fields.iter().flat_map(|field| &field.lines).flat_map(|(_, points)| points);
    let across = Span::of(all().map(|(x, _)| *x));
    for (i, field) in fields.iter().enumerate() {
        draw(&mut svg, TOP + i as f64 * (FIELD + BETWEEN), field, &across);
    }
    text(&mut svg, (LEFT + WIDTH - RIGHT) / 2.0, height - 10.0, "middle", axis);
    svg.push_str("</svg>\n");
    svg
}

fn draw(svg: &mut String, top: f64, field: &Field, across: &Span) {
    let Field { title, decimals, lines } = field;
    let _ = write!(
        svg,
        "<text class=\"title\" x=\"{LEFT}\" y=\"{}\" font-size=\"14\" font-weight=\"600\" fill=\"{INK}\">{title}</text>",
        top - 30.0
    );
    let up = Span::of(lines.iter().flat_map(|(_, points)| points).map(|(_, y)| *y));
    let x = |value: f64| LEFT + (WIDTH - LEFT - RIGHT) * across.share(value);
    let y = |value: f64| top + FIELD * (1.0 - up.share(value));
    for step in 0..=4 {
        let value = up.at(f64::from(step) / 4.0);
        let at = y(value);
        let _ =
            write!(svg, "<path class=\"grid\" stroke=\"{GRID}\" d=\"M{LEFT} {at:.1}H{}\"/>", WIDTH - RIGHT);
        text(svg, LEFT - 10.0, at + 4.0, "end", &format!("{value:.decimals$}"));
    }
    let few = lines.iter().all(|(_, points)| points.len() <= FEW);
    let marks: Vec<f64> = match lines.first() {
        Some((_, points)) if few => points.iter().map(|(x, _)| *x).collect(),
        _ => (0..=4).map(|step| across.at(f64::from(step) / 4.0)).collect(),
    };
    for mark in marks {
        text(svg, x(mark), top + FIELD + 20.0, "middle", &format!("{mark:.0}"));
    }
    for (i, (name, points)) in lines.iter().enumerate() {
        let colour = COLOURS[i % COLOURS.len()];
        let line: Vec<_> = points.iter().map(|(a, b)| format!("{:.1} {:.1}", x(*a), y(*b))).collect();
        if !line.is_empty() {
            let _ = write!(
                svg,
                "<path class=\"curve\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\" stroke-linejoin=\"round\" \
                 d=\"M{}\"/>",
                line.join("L")
            );
        }
        for (a, b) in points.iter().filter(|_| few) {
            let _ =
                write!(svg, "<circle fill=\"{colour}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\"/>", x(*a), y(*b));
        }
        if lines.len() > 1 {
            let at = LEFT + (WIDTH - RIGHT - LEFT) * i as f64 / lines.len() as f64;
            let _ = write!(svg, "<text x=\"{at:.1}\" y=\"{}\" fill=\"{colour}\">{name}</text>", top - 12.0);
        }
    }
}

/// From the lowest to the highest of some numbers, never empty: a single number is given 0 as the other end.
struct Span {
    low: f64,
    length: f64,
}

impl Span {
    fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let (low, high) = numbers.fold((f64::MAX, f64::MIN), |(l, h), n| (l.min(n), h.max(n)));
        let (low, high) = match low.partial_cmp(&high) {
            Some(Ordering::Less) => (low, high),
            Some(Ordering::Equal) if low != 0.0 => (low.min(0.0), high.max(0.0)),
            _ => (0.0, 1.0),
        };
        Self { low, length: high - low }
    }

    fn share(&self, number: f64) -> f64 {
        (number - self.low) / self.length
    }

    fn at(&self, share: f64) -> f64 {
        self.low + self.length * share
    }
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str) {
    let _ = write!(
        svg,
        "<text class=\"word\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{FAINT}\">{words}</text>"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(lines: Vec<(String, Vec<(f64, f64)>)>) -> Field {
        Field { title: "Value".to_owned(), decimals: 3, lines }
    }

    #[test]
    fn many_points_are_a_line_without_dots_and_lines_are_named() {
        let line =
            |name: &str| (name.to_owned(), (0..40).map(|i| (f64::from(i), f64::from(i % 7))).collect());
        let svg = svg("Chart", "clicks", &[field(vec![line("seed 1"), line("seed 2")])]);
        assert_eq!((svg.matches("class=\"curve\"").count(), svg.matches("<circle").count()), (2, 0));
        assert!(svg.contains(">seed 2<") && svg.ends_with("</svg>\n"));
    }

    #[test]
    fn neither_nothing_nor_a_single_point_breaks_it_or_lies_beside_the_paper() {
        let number = |text: &str, name: &str| -> f64 {
            text.split_once(&format!(" {name}=\"")).unwrap().1.split_once('"').unwrap().0.parse().unwrap()
        };
        let points: [&[(f64, f64)]; 6] = [
            &[],
            &[(500.0, 0.7)],
            &[(1.0, -0.4)],
            &[(0.0, 0.0)],
            &[(1.0, 0.2), (1.0, 0.2)],
            &[(1000.0, 0.5), (3000.0, 0.5)],
        ];
        for points in points {
            let svg = svg("Chart", "clicks", &[field(vec![("a".to_owned(), points.to_vec())])]);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            let dots: Vec<&str> = svg.split("<circle").skip(1).collect();
            assert_eq!(dots.len(), points.len());
            for dot in dots {
                assert!((LEFT..=WIDTH - RIGHT).contains(&number(dot, "cx")), "{points:?}: {dot}");
                assert!((TOP..=TOP + FIELD).contains(&number(dot, "cy")), "{points:?}: {dot}");
            }
        }
    }

    /// librsvg and ImageMagick know neither CSS variables nor what a class means in a media query.
    #[test]
    fn every_mark_carries_its_colour_itself() {
        let svg = svg("Chart", "clicks", &[field(vec![("a".to_owned(), vec![(1.0, 2.0), (2.0, 3.0)])])]);
        assert!(!svg.contains("var(") && !svg.contains("style=\""), "{svg}");
        let (_, marks) = svg.split_once("</style>").unwrap();
        for mark in marks.split('<').filter(|mark| mark.starts_with(|c: char| c.is_ascii_alphabetic())) {
            let attribute = if mark.starts_with("path") { " stroke=\"#" } else { " fill=\"#" };
            assert!(mark.contains(attribute), "{mark}");
        }
        assert!(marks.contains("class=\"curve\" fill=\"none\""), "a curve is not a filled shape");
    }
}
