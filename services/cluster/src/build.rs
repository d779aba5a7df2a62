//! From the vector table to a catalogue: centre, purify, mean, group, assemble.

use std::collections::BTreeMap;

use domain::embedding::{centred, dot, mean, unit};
use domain::purify::{PurifyRule, Verdict, purify};
use domain::{Catalogue, CataloguePerson, CropId, PersonId};
use proto::{Message, v1};
use sha2::{Digest, Sha256};

use crate::table::{Row, Rows};
use crate::{ClusterError, Config, grouping};

/// What a build goes by, besides the table.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) profile: String,
    pub(crate) centred: bool,
    pub(crate) purify: PurifyRule,
    pub(crate) fewest_crops: usize,
    pub(crate) seed: u64,
    pub(crate) starts: usize,
}

impl Rules {
    pub(crate) fn of(config: &Config) -> Result<Self, ClusterError> {
        let profile = config.profiles.chosen()?;
        let purify = match config.purify.as_str() {
            "profile" => profile.purify_rule(),
            other => written(other).ok_or_else(|| ClusterError::Purify(other.to_owned()))?,
        };
        Ok(Self {
            profile: profile.name,
            centred: profile.centred,
            purify,
            fewest_crops: config.fewest_crops,
            seed: config.seed,
            starts: config.starts,
        })
    }
}

/// `fixed(0.9)` or `core(0.6)`.
fn written(rule: &str) -> Option<PurifyRule> {
    let (kind, threshold) = rule.strip_suffix(')')?.split_once('(')?;
    let threshold: f32 = threshold.trim().parse().ok().filter(|t| (-1.0..=1.0).contains(t))?;
    match kind {
        "fixed" => Some(PurifyRule::Fixed { threshold }),
        "core" => Some(PurifyRule::CoreCentroid { threshold }),
        _ => None,
    }
}

/// What a build found out about a person.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) verdicts: Vec<(CropId, Verdict)>,
    /// Why they are not in the catalogue; empty when they are.
    pub(crate) left_out: String,
}

/// A build's result. There may be findings without a catalogue.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) catalogue: Option<Catalogue>,
    pub(crate) findings: BTreeMap<PersonId, Finding>,
    /// Embedded crops looked at.
    pub(crate) crops: usize,
    /// Group of each person in the catalogue.
    pub(crate) groups: BTreeMap<PersonId, usize>,
}

/// Builds; deterministic. `Err` says why there is no catalogue, the findings stand all the same.
pub(crate) fn build(rows: &Rows, rules: &Rules) -> (Built, Result<(), ClusterError>) {
    let crops = rows.values().map(|row| row.crops.len()).sum();
    let all = rows.values().flat_map(|row| row.crops.values().map(Vec::as_slice));
    let centre = if rules.centred { mean(all).unwrap_or_default() } else { Vec::new() };
    let mut findings = BTreeMap::new();
    let mut people = Vec::new();
    for (id, row) in rows {
        let (finding, person) = examine(id, row, &centre, rules);
        findings.insert(id.clone(), finding);
        people.extend(person);
    }
    let mut built = Built { catalogue: None, findings, crops, groups: BTreeMap::new() };
    match assemble(people, centre, rules) {
        Ok((catalogue, assignment)) => {
            let ids = catalogue.people.iter().map(|p| p.id.clone());
            built.groups = ids.zip(assignment).collect();
            built.catalogue = Some(catalogue);
            (built, Ok(()))
        }
        Err(error) => (built, Err(error)),
    }
}

/// Purifies one person's crops and averages what is left.
fn examine(id: &PersonId, row: &Row, centre: &[f32], rules: &Rules) -> (Finding, Option<CataloguePerson>) {
    let vectors: Vec<(&CropId, Vec<f32>)> = row
        .crops
        .iter()
        .filter_map(|(crop, v)| {
            let moved = if centre.is_empty() { unit(v) } else { centred(v, centre) };
            Some((crop, moved?))
        })
        .collect();
    let views: Vec<&[f32]> = vectors.iter().map(|(_, v)| v.as_slice()).collect();
    let verdicts = purify(&views, rules.purify);
    let kept: Vec<usize> = (0..views.len()).filter(|&i| verdicts[i].kept).collect();
    let left_out = match &row.enrolled {
        None => "not on the roster".to_owned(),
        Some(e) if !e.display => "consent does not cover display".to_owned(),
        Some(_) if kept.len() < rules.fewest_crops => {
            format!("{} good crops of {}, {} are needed", kept.len(), views.len(), rules.fewest_crops)
        }
        Some(_) => String::new(),
    };
    let direction = mean(kept.iter().map(|&i| views[i])).and_then(|m| unit(&m));
    let person = match (&row.enrolled, direction) {
        (Some(enrolled), Some(vector)) if left_out.is_empty() => {
            let nearest = kept
                .iter()
                .copied()
                .max_by(|&a, &b| dot(views[a], &vector).total_cmp(&dot(views[b], &vector)).then(b.cmp(&a)));
            nearest.map(|i| CataloguePerson {
                id: id.clone(),
                name: enrolled.name.clone(),
                links: enrolled.links.clone(),
                portrait: vectors[i].0.clone(),
                vector,
                crops: kept.len() as u32,
            })
        }
        _ => None,
    };
    let verdicts = vectors.iter().map(|(crop, _)| (*crop).clone()).zip(verdicts).collect();
    (Finding { verdicts, left_out }, person)
}

fn assemble(
    people: Vec<CataloguePerson>,
    centre: Vec<f32>,
    rules: &Rules,
) -> Result<(Catalogue, Vec<usize>), ClusterError> {
    if people.len() < domain::catalogue::FEWEST_PEOPLE {
        return Err(domain::CatalogueError::TooFewPeople(people.len()).into());
    }
    let vectors: Vec<&[f32]> = people.iter().map(|p| p.vector.as_slice()).collect();
    let assignment = grouping::group(&vectors, rules.seed, rules.starts)?;
    let mut catalogue =
        Catalogue::assemble(String::new(), rules.profile.clone(), centre, people, &assignment)?;
    catalogue.version = version(&catalogue);
    Ok((catalogue, assignment))
}

/// Content names the version: a rebuild that changes nothing publishes nothing.
fn version(catalogue: &Catalogue) -> String {
    let digest = Sha256::digest(v1::CatalogueSnapshot::from(catalogue).encode_to_vec());
    digest[..6].iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Enrolled;

    fn rules() -> Rules {
        Rules {
            profile: "p".into(),
            centred: true,
            purify: PurifyRule::CoreCentroid { threshold: 0.5 },
            fewest_crops: 3,
            seed: 1,
            starts: 3,
        }
    }

    fn crop(person: usize, n: usize) -> (CropId, Vec<f32>) {
        let noise = |d: usize| 0.05 * ((person * 131 + n * 17 + d * 7) as f32).sin();
        let v: Vec<f32> = (0..24).map(|d| f32::from(u8::from(d == person)) + noise(d) + 0.5).collect();
        let mut digest = [0u8; 32];
        (digest[0], digest[1]) = (person as u8, n as u8);
        (CropId::from_digest(&digest), unit(&v).unwrap())
    }

    fn rows(people: usize, display: bool) -> Rows {
        let row = |p: usize| {
            let mut crops: BTreeMap<_, _> = (0..5).map(|n| crop(p, n)).collect();
            // A stranger among them.
            crops.insert(CropId::from_digest(&[200 + p as u8; 32]), crop(20 + p % 4, 1).1);
            Row { enrolled: Some(Enrolled { name: format!("P{p}"), links: vec![], display }), crops }
        };
        (0..people).map(|p| (PersonId::new(format!("p{p:02}")).unwrap(), row(p))).collect()
    }

    #[test]
    fn strangers_are_dropped_and_the_same_table_gives_the_same_version() {
        let (built, outcome) = build(&rows(12, true), &rules());
        outcome.unwrap();
        for finding in built.findings.values() {
            assert_eq!(finding.verdicts.iter().filter(|(_, v)| v.kept).count(), 5);
        }
        let again = build(&rows(12, true), &rules()).0.catalogue.unwrap();
        assert_eq!(built.catalogue.unwrap(), again);
        assert_eq!(again.version.len(), 12);
    }

    #[test]
    fn who_may_not_be_shown_is_left_out_with_the_reason() {
        let mut rows = rows(12, true);
        let first = PersonId::new("p00").unwrap();
        rows.get_mut(&first).unwrap().enrolled.as_mut().unwrap().display = false;
        let (built, _) = build(&rows, &rules());
        assert_eq!(built.findings[&first].left_out, "consent does not cover display");
        assert_eq!(built.catalogue.unwrap().people.len(), 11);
    }

    #[test]
    fn too_few_people_are_reported_not_published() {
        let (built, outcome) = build(&rows(9, true), &rules());
        assert!(built.catalogue.is_none());
        assert!(outcome.unwrap_err().to_string().contains("9 have enough"));
    }

    #[test]
    fn a_rule_is_written_with_a_cosine() {
        assert_eq!(written("fixed(0.9)"), Some(PurifyRule::Fixed { threshold: 0.9 }));
        assert_eq!(written("core( -0.1 )"), Some(PurifyRule::CoreCentroid { threshold: -0.1 }));
        for bad in ["fixed(9)", "0.9", "fixed(x)", "core(NaN)", "fixed(0.9", "other(0.1)", ""] {
            assert_eq!(written(bad), None, "{bad}");
        }
    }
}
