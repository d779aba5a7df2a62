//! Learning curves as pictures: one a population, reward above and the utility of the first below.

use std::fmt::Write as _;
use std::path::Path;

use super::report::{Figures, PolicyReport, PopulationReport};
use super::trial::FIXED;
use crate::CliError;
use crate::chart::{self, FIELD, Field, LEFT, RIGHT, WIDTH, text};

const HEIGHT: f64 = 500.0;
/// Tops of the two fields.
const TOPS: [f64; 2] = [78.0, 288.0];
/// One a learner, told apart in light and dark.
const COLOURS: [&str; 6] = ["#3b6ef6", "#e0662f", "#1f9d6b", "#a855c7", "#c79a12", "#d6457a"];
/// Of the lines of policies that do not learn.
const DASHES: [&str; 4] = ["2 3", "1 5", "6 3", "none"];

/// Writes `<population>.svg` of each into `folder`, which is made.
pub(super) fn write(folder: &Path, populations: &[PopulationReport]) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(CliError::file(folder, "made"))?;
    for population in populations {
        let file = folder.join(format!("{}.svg", population.name));
        std::fs::write(&file, svg(population)).map_err(CliError::file(&file, "written"))?;
        eprintln!("{:>12} {}", "written", file.display());
    }
    Ok(())
}

fn svg(population: &PopulationReport) -> String {
    let mut svg = chart::begun(HEIGHT, &format!("Learning curves of {}", population.name));
    legend(&mut svg, population);
    field(&mut svg, TOPS[0], "Expected reward, as served", population, |figures| figures.reward);
    field(&mut svg, TOPS[1], "Utility of the first, as served", population, |figures| figures.utility_first);
    text(&mut svg, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 10.0, "middle", "clicks");
    svg.push_str("</svg>\n");
    svg
}

/// Policies in the order of the report, each once, with how its line looks.
fn lines(population: &PopulationReport) -> Vec<(&str, String)> {
    let mut lines: Vec<(&str, String)> = Vec::new();
    let mut colours = COLOURS.iter().cycle();
    for PolicyReport { policy, .. } in &population.policies {
        if lines.iter().any(|(name, _)| name == policy) {
            continue;
        }
        let style = match FIXED.iter().position(|fixed| fixed == policy) {
            Some(nth) => format!("stroke:var(--faint);stroke-width:1.5;stroke-dasharray:{}", DASHES[nth]),
            None => colours.next().map(|c| format!("stroke:{c}")).unwrap_or_default(),
        };
        lines.push((policy, style));
    }
    lines
}

fn legend(svg: &mut String, population: &PopulationReport) {
    let _ = write!(svg, "<text class=\"title\" x=\"{LEFT}\" y=\"22\">{}</text>", population.name);
    let lines = lines(population);
    let step = (WIDTH - RIGHT - LEFT) / lines.len().max(1) as f64;
    for (nth, (name, style)) in lines.iter().enumerate() {
        let x = LEFT + step * nth as f64;
        let _ = write!(svg, "<path class=\"curve\" style=\"{style}\" d=\"M{x:.1} 32h18\"/>");
        text(svg, x, 48.0, "start", name);
    }
}

fn field(svg: &mut String, top: f64, title: &str, population: &PopulationReport, of: fn(&Figures) -> f64) {
    let policies = &population.policies;
    let field = Field::of(top, policies.iter().map(|policy| of(&policy.served.figures)));
    field.grid(svg, title, 4);
    let mut clicks: Vec<u64> = policies.iter().map(|policy| policy.clicks).collect();
    clicks.sort_unstable();
    clicks.dedup();
    // Tenfold clicks are a step of the same width: most is learned early.
    let (first, last) = (log(clicks[0]), log(clicks[clicks.len() - 1]));
    let width = WIDTH - LEFT - RIGHT;
    let x = |clicks: u64| match last > first {
        true => LEFT + width * (log(clicks) - first) / (last - first),
        false => LEFT + width / 2.0,
    };
    for (name, style) in lines(population) {
        let own = policies.iter().filter(|policy| policy.policy == name);
        let points: Vec<_> = own.map(|p| (x(p.clicks), field.y(of(&p.served.figures)))).collect();
        chart::curve(svg, &points, &style);
    }
    let mut free = f64::MIN;
    for clicks in clicks {
        if x(clicks) > free {
            text(svg, x(clicks), top + FIELD + 20.0, "middle", &clicks.to_string());
            free = x(clicks) + 48.0;
        }
    }
}

fn log(clicks: u64) -> f64 {
    (clicks.max(1) as f64).ln()
}
