//! One person's crops → their vector.

use std::sync::Arc;

use domain::embedding::{centred, dot, mean, unit};
use domain::purify::{PurifyRule, purify};
use domain::quality::Flaw;
use domain::{CataloguePerson, CropId, PersonId};

use crate::rules::Rules;
use crate::table::{Crop, Row};

/// What was found out about a person.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Finding {
    pub(crate) crops: Vec<Judged>,
    /// Good crops among them.
    pub(crate) kept: usize,
    /// Whether their vector is the imported one.
    pub(crate) imported: bool,
    /// Too few good crops is all that is missing.
    pub(crate) few_crops: bool,
    /// Why they are not in the catalogue; empty when they are.
    pub(crate) left_out: String,
    /// Unit mean of the good crops before centring; `None` where there is none.
    pub(crate) direction: Option<Vec<f32>>,
}

/// What was decided about one crop.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    pub(crate) crop: CropId,
    /// The cosine that was held against the threshold; `None` where it did not come to that.
    pub(crate) cosine: Option<f32>,
    /// Why it is not used.
    pub(crate) flaw: Option<Flaw>,
}

/// A person's vector before it is centred, and what stands behind it.
struct Direction {
    vector: Vec<f32>,
    portrait: Option<CropId>,
    crops: u32,
    raw: Vec<f32>,
}

/// Judges one person's crops and averages what is left; O(n·D) besides purifying. `None` where they are not in the
/// catalogue; the finding says why.
pub(crate) fn examine(
    id: &PersonId,
    row: &Row,
    centre: &[f32],
    rules: &Rules,
) -> (Finding, Option<CataloguePerson>) {
    let (crops, kept) = judged(row, centre, rules);
    let good = kept.len();
    let enough = good >= rules.fewest_crops;
    let direction = if enough { of_crops(&kept) } else { None }.or_else(|| of_import(row, centre));
    let mut finding = Finding {
        kept: good,
        imported: !enough && direction.is_some(),
        direction: direction.as_ref().map(|d| d.raw.clone()),
        ..Finding::default()
    };
    let person = match (&row.enrolled, direction) {
        (None, _) => Err("not on the roster".to_owned()),
        (Some(e), _) if e.expired => Err("consent has expired".to_owned()),
        (Some(e), _) if !e.display => Err("consent does not cover display".to_owned()),
        (Some(_), None) => {
            finding.few_crops = !crops.is_empty();
            Err(format!("{good} good crops of {}, {} are needed", crops.len(), rules.fewest_crops))
        }
        (Some(enrolled), Some(Direction { vector, portrait, crops, .. })) => Ok(CataloguePerson {
            id: id.clone(),
            alias: enrolled.alias.clone(),
            name: enrolled.name.clone(),
            links: enrolled.links.clone(),
            portrait,
            vector,
            crops,
        }),
    };
    finding.crops = crops;
    match person {
        Ok(person) => (finding, Some(person)),
        Err(left_out) => (Finding { left_out, ..finding }, None),
    }
}

/// A crop that is kept: its id, its vector as it came, and the same as the catalogue takes it.
type Kept<'a> = (&'a CropId, &'a [f32], Vec<f32>);

/// Quality first, then likeness to the person's other crops.
fn judged<'a>(row: &'a Row, centre: &[f32], rules: &Rules) -> (Vec<Judged>, Vec<Kept<'a>>) {
    let mut judged = Vec::with_capacity(row.crops.len());
    let mut sound: Vec<(usize, Kept<'a>)> = Vec::new();
    for (id, crop) in &row.crops {
        let Crop { vector, probability, quality, .. } = crop.as_ref();
        let flaw = rules.quality.flaw(*probability, quality.as_ref());
        match moved(vector, centre) {
            Some(moved) if flaw.is_none() => sound.push((judged.len(), (id, vector.as_slice(), moved))),
            _ => {}
        }
        judged.push(Judged { crop: id.clone(), cosine: None, flaw });
    }
    let views: Vec<&[f32]> = sound.iter().map(|(_, (_, _, moved))| moved.as_slice()).collect();
    let verdicts = purify(&views, rules.purify);
    let threshold = match rules.purify {
        PurifyRule::Fixed { threshold } | PurifyRule::CoreCentroid { threshold } => threshold,
    };
    let mut kept = Vec::new();
    for ((place, crop), verdict) in sound.into_iter().zip(verdicts) {
        judged[place].cosine = verdict.cosine;
        if verdict.kept {
            kept.push(crop);
        } else {
            let unlike = |cosine| Flaw::Unlike { cosine, threshold };
            judged[place].flaw = Some(verdict.cosine.map_or(Flaw::Alone, unlike));
        }
    }
    (judged, kept)
}

/// A vector as the catalogue takes it; `None` where nothing is left of it.
fn moved(vector: &[f32], centre: &[f32]) -> Option<Vec<f32>> {
    if centre.is_empty() { unit(vector) } else { centred(vector, centre) }
}

/// The mean of a person's good crops; the one nearest to it is their portrait.
fn of_crops(kept: &[Kept]) -> Option<Direction> {
    let vector = unit(&mean(kept.iter().map(|(_, _, moved)| moved.as_slice()))?)?;
    let raw = unit(&mean(kept.iter().map(|(_, raw, _)| *raw))?)?;
    let nearest = kept.iter().max_by(|(a, _, va), (b, _, vb)| {
        dot(va, &vector).total_cmp(&dot(vb, &vector)).then_with(|| b.cmp(a))
    });
    let portrait = nearest.map(|(id, ..)| CropId::clone(id));
    Some(Direction { vector, portrait, crops: kept.len() as u32, raw })
}

/// A ready-made vector is taken as it is: it is not purified.
fn of_import(row: &Row, centre: &[f32]) -> Option<Direction> {
    let imported = row.imported.as_ref()?;
    Some(Direction {
        vector: moved(&imported.vector, centre)?,
        portrait: imported.portrait.clone(),
        crops: imported.crops,
        raw: imported.vector.clone(),
    })
}

/// The mean of all vectors that count for people on the roster, shown or not: what centred profiles subtract.
pub(crate) fn centre<'a>(rows: impl Iterator<Item = &'a Arc<Row>> + 'a) -> Vec<f32> {
    let vectors = rows.filter(|row| row.enrolled.is_some()).flat_map(|row| {
        let crops = row.crops.values().map(|crop| crop.vector.as_slice());
        // As for the person themselves, real crops win.
        let imported = row.imported.iter().filter(|_| row.crops.is_empty());
        crops.chain(imported.map(|imported| imported.vector.as_slice()))
    });
    mean(vectors).unwrap_or_default()
}

#[cfg(test)]
pub(crate) mod tests {
    use domain::Alias;
    use domain::quality::Quality;

    use super::*;
    use crate::rules;
    use crate::table::{Enrolled, Imported, Rows};

    pub(crate) const DIMENSION: usize = 24;

    /// The nth crop of a person.
    pub(crate) fn crop(person: usize, n: usize) -> (CropId, Arc<Crop>) {
        let noise = |d: usize| 0.05 * ((person * 131 + n * 17 + d * 7) as f32).sin();
        let v: Vec<f32> =
            (0..DIMENSION).map(|d| f32::from(u8::from(d == person % DIMENSION)) + noise(d) + 0.3).collect();
        let mut digest = [0u8; 32];
        (digest[0], digest[1]) = (person as u8, n as u8);
        let vector = unit(&v).unwrap();
        (
            CropId::from_digest(&digest),
            Arc::new(Crop { vector, probability: 0.99, quality: None, source: String::new() }),
        )
    }

    /// A person with five good crops, and a stranger among them.
    pub(crate) fn row(p: usize, display: bool) -> Row {
        let mut crops: std::collections::BTreeMap<_, _> = (0..5).map(|n| crop(p, n)).collect();
        crops.insert(CropId::from_digest(&[200 + (p % 50) as u8; 32]), crop(p + 11, 1).1);
        Row {
            enrolled: Some(Enrolled {
                name: format!("P{p}"),
                links: vec![],
                alias: Alias::new(format!("a{p}")).unwrap(),
                display,
                expires_on: None,
                expired: false,
            }),
            crops,
            imported: None,
        }
    }

    pub(crate) fn id(p: usize) -> PersonId {
        PersonId::new(format!("p{p:03}")).unwrap()
    }

    pub(crate) fn rows(people: usize) -> Rows {
        (0..people).map(|p| (id(p), Arc::new(row(p, true)))).collect()
    }

    fn looked_at(row: &Row) -> (Finding, Option<CataloguePerson>) {
        examine(&id(0), row, &centre(rows(12).values()), &rules::tests::drawn(DIMENSION))
    }

    #[test]
    fn each_crop_is_dropped_for_a_reason_of_its_own() {
        let mut row = row(0, true);
        let mut worsen = |n: usize, change: fn(&mut Crop)| {
            change(Arc::make_mut(row.crops.get_mut(&crop(0, n).0).unwrap()));
        };
        worsen(0, |c| c.probability = 0.71);
        worsen(1, |c| {
            c.quality = Some(Quality { face_side: 90.0, sharpness: 0.5, yaw: 0.0, pitch: 0.0, roll: 0.0 })
        });
        let (finding, person) = looked_at(&row);
        let flaws: Vec<_> = finding.crops.iter().filter_map(|c| c.flaw.map(|f| f.name())).collect();
        assert_eq!(flaws, ["low-probability", "blurred", "unlike"]);
        assert_eq!((finding.kept, person.unwrap().crops), (3, 3));
        assert!(finding.crops[0].cosine.is_none(), "what is not sound is not compared");
    }

    #[test]
    fn who_may_not_be_shown_or_has_too_little_is_left_out_with_the_reason() {
        let (finding, person) = looked_at(&row(0, false));
        assert_eq!((finding.left_out.as_str(), person), ("consent does not cover display", None));
        let mut few = row(0, true);
        few.crops.retain(|id, _| *id == crop(0, 0).0 || *id == crop(0, 1).0);
        let (finding, person) = looked_at(&few);
        assert_eq!((finding.left_out.as_str(), person), ("2 good crops of 2, 3 are needed", None));
        assert!(finding.few_crops);
        few.crops.retain(|id, _| *id == crop(0, 0).0);
        let (finding, _) = looked_at(&few);
        assert_eq!(finding.left_out, "0 good crops of 1, 3 are needed");
        let only = &finding.crops[0];
        assert_eq!((only.flaw, only.cosine), (Some(Flaw::Alone), None), "it is unlike nothing");
    }

    #[test]
    fn only_people_on_the_roster_make_the_centre() {
        let expected = centre(rows(12).values());
        let mut rows = rows(12);
        let left = Row { enrolled: None, ..row(12, true) };
        let imported = Some(Imported { vector: crop(13, 0).1.vector.clone(), crops: 4, portrait: None });
        let never = Row { imported, ..Row::default() };
        rows.extend([(id(12), Arc::new(left)), (id(13), Arc::new(never))]);
        assert_eq!(centre(rows.values()), expected);
        rows.insert(id(14), Arc::new(row(14, false)));
        assert_ne!(centre(rows.values()), expected, "who is not shown counts for likeness all the same");
    }

    #[test]
    fn real_crops_win_over_an_imported_vector() {
        let mut row = row(0, true);
        row.imported = Some(Imported { vector: crop(7, 0).1.vector.clone(), crops: 40, portrait: None });
        let (finding, person) = looked_at(&row);
        assert_eq!((finding.imported, person.unwrap().crops), (false, 5));
        row.crops.clear();
        let (finding, person) = looked_at(&row);
        let person = person.unwrap();
        assert_eq!((finding.imported, person.crops, person.portrait), (true, 40, None));
    }
}
