//! A real person among drawn ones: imported into a running demo, kept, and nearest to herself.

#![allow(clippy::unwrap_used)]

use std::path::Path;

use image::RgbImage;
use tests::{Demo, System, parity_dir};

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
    let (_, rows) = (
        "header",
        "id,name,links,sources,attested_by,attested_on,consent_reference,consent_scope,consent_granted_on,consent_withdrawn_on\n\
         astronaut,Eileen Collins,NASA=https://www.nasa.gov,folder,public domain,2026-01-01,public domain,template display,2026-01-01,\n",
    );
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
}
