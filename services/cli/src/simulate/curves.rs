//! Learning curves as pictures: one a population, reward above and the utility of the first below.

use std::path::Path;

use super::report::{Figures, PolicyReport, PopulationReport};
use crate::CliError;
use crate::line_chart::{self, Field};

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
    let field = |title: &str, of: fn(&Figures) -> f64| Field {
        title: title.to_owned(),
        decimals: 4,
        lines: lines(population, of),
    };
    let fields = [
        field("Expected reward, as served", |figures| figures.reward),
        field("Utility of the first, as served", |figures| figures.utility_first),
    ];
    line_chart::svg(&format!("Learning curves of {}", population.name), "clicks", &fields)
}

/// A line a policy, in the order of the report.
fn lines(population: &PopulationReport, of: fn(&Figures) -> f64) -> Vec<(String, Vec<(f64, f64)>)> {
    let mut lines: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    for PolicyReport { policy, clicks, served, .. } in &population.policies {
        let point = (*clicks as f64, of(&served.figures));
        match lines.iter_mut().find(|(name, _)| name == policy) {
            Some((_, points)) => points.push(point),
            None => lines.push((policy.clone(), vec![point])),
        }
    }
    lines
}
