//! The drawn roster against the real nets: MTCNN finds the people, the embedder tells them apart, and
//! purifying throws out what was planted.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Once;
use std::thread;

use cli::drawn_roster::{self, DrawnRoster, Kind, Planted};
use cli::portrait::scenery;
use domain::embedding::{centred, dot, mean};
use domain::purify::{PurifyRule, purify};
use image::RgbImage;
use vision::{Detector, DetectorSettings, Embedder, FaceCrops, OnnxRuntime, VisionConfig, models};

const WORKERS: usize = 2;

/// One picture of the roster, and the unit vector of its largest face, if there is one.
struct Seen {
    planted: Planted,
    vector: Option<Vec<f32>>,
}

struct Nets {
    detector: Detector,
    embedder: Embedder,
}

impl Nets {
    fn open() -> Self {
        let config = VisionConfig::default();
        // Made once a process from the weights that make setup has fetched; what is in place stays.
        static MADE: Once = Once::new();
        MADE.call_once(|| {
            models::pull(&config, &mut |_| {}).expect("make setup has fetched the weights");
        });
        let runtime = OnnxRuntime::load(&config).expect("onnx runtime is installed by make setup");
        Self {
            detector: Detector::open(&runtime, &config, DetectorSettings::default()).expect("make setup"),
            embedder: Embedder::open(&runtime, &config, &config.profiles.profile).expect("make setup"),
        }
    }

    fn look(&mut self, picture: &RgbImage) -> Option<Vec<f32>> {
        let face = *self.detector.detect(picture).expect("detects").first()?;
        let crops = FaceCrops::cut(picture, &face);
        let chip = self.embedder.chip(&crops);
        self.embedder.embed(&[chip]).expect("embeds").pop()
    }
}

fn look_at_all(folder: &Path) -> Vec<Seen> {
    let mut reader = csv::Reader::from_path(folder.join("planted.csv")).unwrap();
    let planted: Vec<Planted> = reader.deserialize().map(Result::unwrap).collect();
    let share = planted.len().div_ceil(WORKERS);
    thread::scope(|scope| {
        let look = |part: &[Planted]| {
            let mut nets = Nets::open();
            let seen = |planted: &Planted| {
                let path = folder.join("photos").join(&planted.person).join(&planted.file);
                let vector = nets.look(&image::open(path).unwrap().into_rgb8());
                Seen { planted: planted.clone(), vector }
            };
            part.iter().map(seen).collect::<Vec<Seen>>()
        };
        let workers: Vec<_> = planted.chunks(share).map(|part| scope.spawn(move || look(part))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

/// Chance that a pair of one person's pictures is more alike than a pair of two people's.
fn area_under_curve(mut pairs: Vec<(f32, bool)>) -> f64 {
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut others, mut won) = (0u64, 0u64);
    for &(_, same) in &pairs {
        if same { won += others } else { others += 1 }
    }
    won as f64 / (others * (pairs.len() as u64 - others)) as f64
}

fn quantiles(mut cosines: Vec<f32>) -> String {
    cosines.sort_by(f32::total_cmp);
    let at = |q: f64| cosines[((cosines.len() - 1) as f64 * q).round() as usize];
    format!(
        "n {:4}  min {:.3}  1% {:.3}  5% {:.3}  50% {:.3}  95% {:.3}  99% {:.3}  max {:.3}",
        cosines.len(),
        at(0.0),
        at(0.01),
        at(0.05),
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0)
    )
}

#[test]
fn the_nets_take_drawn_faces_for_people_and_drop_what_was_planted() {
    let folder = tempfile::tempdir().unwrap();
    let settings = DrawnRoster { people: 40, ..DrawnRoster::default() };
    drawn_roster::draw(folder.path(), &settings, &mut |_, _| {}).unwrap();
    let seen = look_at_all(folder.path());

    let share_found = |wanted: &dyn Fn(Kind) -> bool| {
        let of: Vec<&Seen> = seen.iter().filter(|s| wanted(s.planted.kind)).collect();
        of.iter().filter(|s| s.vector.is_some()).count() as f64 / of.len() as f64
    };
    let portraits = share_found(&|kind| kind != Kind::NonFace);
    let non_faces = share_found(&|kind| kind == Kind::NonFace);
    println!("found: {portraits:.4} of the portraits, {non_faces:.3} of the non-faces");
    assert!(portraits >= 0.99, "only {portraits} of the portraits were found");
    assert!(non_faces >= 0.4, "only {non_faces} of the non-faces get as far as purifying");

    let found: Vec<(&Planted, Vec<f32>)> =
        seen.iter().filter_map(|s| Some((&s.planted, s.vector.clone()?))).collect();
    let centre = mean(found.iter().map(|(_, vector)| vector.as_slice())).unwrap();
    let found: Vec<(&Planted, Vec<f32>)> =
        found.iter().map(|(planted, vector)| (*planted, centred(vector, &centre).unwrap())).collect();
    tells_people_apart(&found);
    drops_what_was_planted(&found);
}

fn tells_people_apart(found: &[(&Planted, Vec<f32>)]) {
    let own: Vec<_> = found.iter().filter(|(planted, _)| planted.kind == Kind::Own).collect();
    let (mut pairs, mut nearest_is_own) = (Vec::new(), 0);
    for (i, (planted, vector)) in own.iter().enumerate() {
        let mut nearest = (f32::MIN, false);
        for (j, (other, other_vector)) in own.iter().enumerate() {
            let pair = (dot(vector, other_vector), planted.person == other.person);
            if j < i {
                pairs.push(pair);
            }
            if j != i && pair.0 > nearest.0 {
                nearest = pair;
            }
        }
        nearest_is_own += usize::from(nearest.1);
    }
    let of = |same: bool| pairs.iter().filter(|pair| pair.1 == same).map(|pair| pair.0).collect::<Vec<f32>>();
    println!("same person   {}", quantiles(of(true)));
    println!("two people    {}", quantiles(of(false)));
    let rank_1 = nearest_is_own as f64 / own.len() as f64;
    let auc = area_under_curve(pairs);
    println!("auc {auc:.5}, rank-1 {rank_1:.4}");
    assert!(auc >= 0.999, "auc {auc}");
    assert!(rank_1 >= 0.99, "rank-1 {rank_1}");
}

fn drops_what_was_planted(found: &[(&Planted, Vec<f32>)]) {
    let mut folders: BTreeMap<&str, Vec<(Kind, &[f32])>> = BTreeMap::new();
    for (planted, vector) in found {
        folders.entry(&planted.person).or_default().push((planted.kind, vector));
    }
    let rule = PurifyRule::CoreCentroid { threshold: drawn_roster::PURIFY_THRESHOLD_CENTRED };
    let mut judged = Vec::new();
    for crops in folders.values() {
        let vectors: Vec<&[f32]> = crops.iter().map(|crop| crop.1).collect();
        let kinds = crops.iter().map(|crop| crop.0);
        judged.extend(kinds.zip(purify(&vectors, rule)));
    }
    for kind in [Kind::Own, Kind::Stranger, Kind::NonFace] {
        let of = judged.iter().filter(|(k, _)| *k == kind).filter_map(|(_, verdict)| verdict.cosine);
        println!("{kind:?} to the core  {}", quantiles(of.collect()));
    }
    let count = |own: bool, kept: bool| {
        judged.iter().filter(|(kind, verdict)| (*kind == Kind::Own) == own && verdict.kept == kept).count()
            as f64
    };
    let dropped = count(false, false);
    let precision = dropped / (dropped + count(true, false));
    let recall = dropped / (dropped + count(false, true));
    println!("{rule:?}: precision {precision:.4}, recall {recall:.4}");
    assert!(precision >= 0.99, "precision {precision}");
    assert!(recall >= 0.98, "recall {recall}");
}

/// Own and wrong crops of one set: 10, 20, 30, 40 and 45 % are wrong, within a per cent.
const CONTAMINATIONS: [(usize, usize); 5] = [(9, 1), (12, 3), (12, 5), (12, 8), (11, 9)];
const SETS_PER_PERSON: usize = 4;

/// Where the wrong faces of a contaminated set come from.
#[derive(Clone, Copy, Debug)]
enum Contaminants {
    SeveralStrangers,
    OneStranger,
    NonFaces,
    StrangersAndNonFaces,
}

/// The crops that were found, to compose contaminated sets of.
#[derive(Default)]
struct Pool {
    own: BTreeMap<String, Vec<Vec<f32>>>,
    non_faces: Vec<Vec<f32>>,
}

impl Pool {
    /// `number` crops of `kind` for `person`; `turn` picks others.
    fn wrong(&self, kind: Contaminants, number: usize, person: usize, turn: usize) -> Vec<&[f32]> {
        let others = self.own.len() - 1;
        let stranger = |nth: usize| {
            let nth = (person + 1 + (7 * turn + nth) % others) % self.own.len();
            self.own.values().nth(nth).unwrap()
        };
        let one_each = |number: usize| (0..number).map(move |i| stranger(i)[turn].as_slice());
        let non_faces = |number: usize| {
            let first = 11 * person + 5 * turn;
            (first..first + number).map(|i| self.non_faces[i % self.non_faces.len()].as_slice())
        };
        match kind {
            Contaminants::SeveralStrangers => one_each(number).collect(),
            Contaminants::OneStranger => stranger(turn).iter().take(number).map(Vec::as_slice).collect(),
            Contaminants::NonFaces => non_faces(number).collect(),
            Contaminants::StrangersAndNonFaces => {
                one_each(number / 2).chain(non_faces(number - number / 2)).collect()
            }
        }
    }

    /// Sets of `own` and then `wrong` crops: every person several times, with different ones.
    fn sets<'s>(&'s self, kind: Contaminants, own: usize, wrong: usize) -> Vec<Vec<&'s [f32]>> {
        let set = |person: usize, crops: &'s [Vec<f32>], turn: usize| {
            let first = 3 * turn;
            let mut set: Vec<&[f32]> =
                (first..first + own).map(|i| crops[i % crops.len()].as_slice()).collect();
            set.extend(self.wrong(kind, wrong, person, turn));
            set
        };
        let people = self.own.values().enumerate();
        let turns =
            people.flat_map(|(person, crops)| (0..SETS_PER_PERSON).map(move |turn| (person, crops, turn)));
        turns.map(|(person, crops, turn)| set(person, crops, turn)).collect()
    }
}

/// Precision and recall of dropping; the first `own` crops of every set are the person's.
fn precision_and_recall(sets: &[Vec<&[f32]>], own: usize, rule: PurifyRule) -> [f64; 2] {
    let [mut own_dropped, mut wrong_dropped, mut wrong_kept] = [0.0; 3];
    for set in sets {
        for (i, verdict) in purify(set, rule).iter().enumerate() {
            match (i < own, verdict.kept) {
                (true, true) => {}
                (true, false) => own_dropped += 1.0,
                (false, true) => wrong_kept += 1.0,
                (false, false) => wrong_dropped += 1.0,
            }
        }
    }
    [wrong_dropped / f64::max(1.0, wrong_dropped + own_dropped), wrong_dropped / (wrong_dropped + wrong_kept)]
}

/// The rule was chosen on seeds 11 and 12.
#[test]
fn purifying_holds_up_to_45_per_cent_of_wrong_faces() {
    let folder = tempfile::tempdir().unwrap();
    let settings = DrawnRoster { people: 32, strangers_per_person: 0, seed: 8, ..DrawnRoster::default() };
    drawn_roster::draw(folder.path(), &settings, &mut |_, _| {}).unwrap();
    let mut pool = Pool::default();
    for Seen { planted, vector } in look_at_all(folder.path()) {
        let Some(vector) = vector else { continue };
        match planted.kind {
            Kind::NonFace => pool.non_faces.push(vector),
            _ => pool.own.entry(planted.person).or_default().push(vector),
        }
    }
    pool.own.retain(|_, crops| crops.len() == settings.pictures);
    println!("{} people, {} non-faces", pool.own.len(), pool.non_faces.len());
    let core = PurifyRule::CoreCentroid { threshold: drawn_roster::PURIFY_THRESHOLD_CENTRED };
    for kind in [
        Contaminants::SeveralStrangers,
        Contaminants::OneStranger,
        Contaminants::NonFaces,
        Contaminants::StrangersAndNonFaces,
    ] {
        for (own, wrong) in CONTAMINATIONS {
            let sets = pool.sets(kind, own, wrong);
            // As the cluster service does it: the mean of all crops, wrong ones among them.
            let centre = mean(sets.iter().flatten().copied()).unwrap();
            let moved: Vec<Vec<Vec<f32>>> = sets
                .iter()
                .map(|set| set.iter().map(|crop| centred(crop, &centre).unwrap()).collect())
                .collect();
            let views: Vec<Vec<&[f32]>> =
                moved.iter().map(|set| set.iter().map(Vec::as_slice).collect()).collect();
            let [precision, recall] = precision_and_recall(&views, own, core);
            let fixed = precision_and_recall(&sets, own, PurifyRule::Fixed { threshold: 0.9 });
            println!(
                "{kind:?}, {wrong} of {} wrong: precision {precision:.4}, recall {recall:.4}; \
                 fixed 0.9: {:.4}, {:.4}",
                own + wrong,
                fixed[0],
                fixed[1]
            );
            assert!(precision >= 0.98, "precision {precision}");
            assert!(recall >= 0.98, "recall {recall}");
        }
    }
}

#[test]
fn nobody_is_found_in_scenery() {
    let mut nets = Nets::open();
    let found = (0..60).filter(|&seed| nets.look(&scenery(seed, 360)).is_some()).count();
    assert!(found <= 1, "{found} of 60");
}
