//! A real person among drawn ones: imported into a running demo, kept, and nearest to herself.

use std::path::Path;

use domain::Catalogue;
use domain::embedding::{centred, dot};
use image::RgbImage;
use proto::v1::CatalogueSnapshot;
use tests::{Demo, System, parity_dir};
use vision::picture::{self, PictureLimits};
use vision::{Detector, DetectorSettings, Embedder, FaceCrops, OnnxRuntime, VisionConfig};

/// x, y, width, height of two of the collage's cut-outs.
const CUT_OUTS: [[u32; 4]; 2] = [[540, 20, 256, 256], [560, 330, 380, 380]];

fn write(folder: &Path, photos: &Path) {
    let own = folder.join("photos/astronaut");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::copy(photos.join("astronaut.png"), own.join("whole.png")).unwrap();
    let collage: RgbImage = image::open(photos.join("astronaut_many.png")).unwrap().to_rgb8();
    for (i, [x, y, w, h]) in CUT_OUTS.into_iter().enumerate() {
        let cut = image::imageops::crop_imm(&collage, x, y, w, h).to_image();
        cut.save(own.join(format!("cut-{i}.png"))).unwrap();
    }
    let rows = "\
id,name,links,sources,attested_by,attested_on,consent_reference,consent_scope,consent_granted_on,consent_withdrawn_on
astronaut,Eileen Collins,NASA=https://www.nasa.gov,folder,public domain,2026-01-01,public domain,template display,2026-01-01,
";
    std::fs::write(folder.join("roster.csv"), rows).unwrap();
}

#[test]
fn her_crops_survive_and_resemble_each_other_most() {
    let Some(parity) = parity_dir() else { return };
    let system = System::demo(Demo { people: 24, pictures: 6, ..Demo::default() });
    let folder = system.scratch().join("real");
    std::fs::create_dir_all(&folder).unwrap();
    write(&folder, &parity.join("photos"));
    let roster = folder.join("roster.csv").display().to_string();
    let (code, report) = system.avzeus(&["roster", "import", &roster]);
    assert_eq!((code, &report["stored"]), (0, &3.into()), "{report}");
    let (_, shown) = system.avzeus(&["catalogue", "show", "astronaut"]);
    let her = &shown["people"][0];
    assert!(her["group"].is_u64(), "she is not in the catalogue: {her}");
    assert_eq!((&her["kept"], &her["dropped"]), (&3.into(), &0.into()), "{her}");

    let catalogue = served(&system, report["catalogue_version"].as_str().unwrap());
    let hers = vectors(&folder.join("photos/astronaut"), &catalogue);
    let pairs = [(0, 1), (0, 2), (1, 2)].map(|(a, b)| dot(&hers[a], &hers[b]));
    let drawn = catalogue.people.iter().filter(|p| p.id.as_str() != "astronaut");
    let others = drawn.flat_map(|p| hers.iter().map(|v| dot(v, &p.vector)));
    let (least, most) = (pairs.into_iter().fold(f32::MAX, f32::min), others.fold(f32::MIN, f32::max));
    println!("her crops to each other at least {least:.3}, to a drawn person at most {most:.3}");
    assert!(least > most);
}

fn served(system: &System, version: &str) -> Catalogue {
    let file = system.data().join("objects/catalogues").join(format!("{version}.pb"));
    let snapshot: CatalogueSnapshot =
        proto::convert::decode("CatalogueSnapshot", &std::fs::read(file).unwrap()).unwrap();
    Catalogue::try_from(snapshot).unwrap()
}

/// The vectors of every picture's largest face, centred as the catalogue's people are.
fn vectors(photos: &Path, catalogue: &Catalogue) -> Vec<Vec<f32>> {
    let config = VisionConfig::default();
    let onnx = OnnxRuntime::load(&config).unwrap();
    let mut detector = Detector::open(&onnx, &config, DetectorSettings::default()).unwrap();
    let mut embedder = Embedder::open(&onnx, &config, &catalogue.profile).unwrap();
    let embed = |entry: std::io::Result<std::fs::DirEntry>| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let image = picture::decode(&bytes, PictureLimits::default()).unwrap();
        let crops = FaceCrops::cut(&image, &detector.detect(&image).unwrap()[0]);
        let chip = embedder.chip(&crops);
        centred(&embedder.embed(&[chip]).unwrap()[0], &catalogue.centre).unwrap()
    };
    std::fs::read_dir(photos).unwrap().map(embed).collect()
}
