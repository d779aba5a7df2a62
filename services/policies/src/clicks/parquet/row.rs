//! A row as a click.

use ::parquet::record::Field;
use proto::v1::{Arm, ClickRecorded, Impression, SlateEntry};

use super::cell::{Misfit, PerMillisecond, each, number, text, time, whole};
use crate::clicks::sieve::{Found, Place};

/// Reads the cells of the row numbered `row` (1-based), each with the name and the unit of its column.
pub(super) fn found(row: usize, cells: Vec<(String, Field)>, units: &[PerMillisecond]) -> Found {
    let (mut sequence, mut click, mut shown) = (0, ClickRecorded::default(), Impression::default());
    let (mut slate, mut arms) = (Slate::default(), Arms::default());
    let mut wrong = None;
    for ((name, field), unit) in cells.iter().zip(units) {
        let put = match name.as_str() {
            "sequence" => put(whole(field), &mut sequence),
            "alias" => put(text(field), &mut click.alias),
            "rank" => put(narrow(field), &mut click.rank),
            "reward" => put(number(field), &mut click.reward),
            "clicked_at_ms" => put(time(field, *unit), &mut click.clicked_at_ms),
            "recommendation" => put(text(field), &mut shown.recommendation),
            "made_at_ms" => put(time(field, *unit), &mut shown.made_at_ms),
            "catalogue_version" => put(text(field), &mut shown.catalogue_version),
            "policy_version" => put(whole(field), &mut shown.policy_version),
            "log_density" => put(number(field), &mut shown.log_density),
            "ranking" => put(each(field, narrow), &mut shown.ranking),
            "state" => put(each(field, number), &mut shown.state),
            "x" => put(each(field, number), &mut shown.x),
            "mean" => put(each(field, number), &mut shown.mean),
            "log_variance" => put(each(field, number), &mut shown.log_variance),
            "slate_alias" => put(each(field, text), &mut slate.aliases),
            "slate_score" => put(each(field, number), &mut slate.scores),
            "slate_cosines" => put(each(field, number), &mut slate.cosines),
            "arm_policy" => put(each(field, text), &mut arms.policies),
            "arm_version" => put(each(field, whole), &mut arms.versions),
            "arm_share" => put(each(field, number), &mut arms.shares),
            "arm_log_density" => put(each(field, number), &mut arms.log_densities),
            _ => Ok(()),
        };
        if let Err(misfit) = put {
            wrong.get_or_insert(format!("column {name} {misfit}"));
        }
    }
    let whole = slate.entries().and_then(|entries| Ok((entries, arms.entries()?)));
    match whole {
        Ok((slate, arms)) => (shown.slate, shown.arms) = (slate, arms),
        Err(misfit) => {
            wrong.get_or_insert(misfit);
        }
    }
    click.recommendation = shown.recommendation.clone();
    click.impression = Some(shown);
    Found { place: Place::Row(row), sequence, message: wrong.map_or(Ok(click), Err) }
}

fn put<T>(cell: Result<T, Misfit>, place: &mut T) -> Result<(), Misfit> {
    *place = cell?;
    Ok(())
}

/// A whole number of 32 bits.
fn narrow(field: &Field) -> Result<u32, Misfit> {
    let wide = whole(field)?;
    wide.try_into().map_err(|_| format!("is {wide}, which is too large"))
}

/// The columns that tell of the people shown.
#[derive(Default)]
struct Slate {
    aliases: Vec<String>,
    scores: Vec<f32>,
    cosines: Vec<f32>,
}

impl Slate {
    fn entries(self) -> Result<Vec<SlateEntry>, Misfit> {
        let people = self.aliases.len();
        for (name, found, each) in
            [("slate_score", self.scores.len(), 1), ("slate_cosines", self.cosines.len(), domain::PICKS)]
        {
            if found != people * each {
                return Err(format!(
                    "column {name} holds {found} numbers for the {people} people of slate_alias, {each} for each are due"
                ));
            }
        }
        let cosines = self.cosines.chunks(domain::PICKS).map(<[f32]>::to_vec);
        let entries = self.aliases.into_iter().zip(self.scores).zip(cosines);
        Ok(entries.map(|((alias, score), cosines)| SlateEntry { alias, score, cosines }).collect())
    }
}

/// The columns that tell of the policies that could have made it.
#[derive(Default)]
struct Arms {
    policies: Vec<String>,
    versions: Vec<u64>,
    shares: Vec<f32>,
    log_densities: Vec<f32>,
}

impl Arms {
    fn entries(self) -> Result<Vec<Arm>, Misfit> {
        let policies = self.policies.len();
        for (name, found) in [
            ("arm_version", self.versions.len()),
            ("arm_share", self.shares.len()),
            ("arm_log_density", self.log_densities.len()),
        ] {
            if found != policies {
                return Err(format!(
                    "column {name} holds {found} numbers for the {policies} policies of arm_policy"
                ));
            }
        }
        let numbers = self.versions.into_iter().zip(self.shares).zip(self.log_densities);
        let arms = self.policies.into_iter().zip(numbers);
        Ok(arms
            .map(|(policy, ((version, share), log_density))| Arm { policy, version, share, log_density })
            .collect())
    }
}
