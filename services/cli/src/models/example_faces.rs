//! Faces of several people in several pictures each, by which a profile is judged.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use image::RgbImage;
use vision::{Detector, DetectorSettings, FaceCrops, OnnxRuntime, VisionConfig, VisionError};

use crate::faces;
use crate::portrait::{Identity, Sitting, portrait};
use crate::progress::Progress;

/// People that are drawn, in so many pictures each.
const PEOPLE: u64 = 12;
const PICTURES: u64 = 4;
/// Side of a drawn picture, pixels.
const SIDE: u32 = 360;
/// Pictures of one person that are looked at in a folder: more change d′ little and take long.
const MOST_PICTURES: usize = 20;

/// The largest face of each picture, a list for each person: of the people whose pictures lie in the folders under
/// `folder`, else of drawn ones. Pictures that show no face or do not read are told of and left out.
pub(super) fn faces(
    config: &VisionConfig,
    folder: Option<&Path>,
) -> Result<Vec<Vec<FaceCrops>>, VisionError> {
    let runtime = OnnxRuntime::load(config)?;
    let mut detector = Detector::open(&runtime, config, DetectorSettings::default())?;
    let people = match folder {
        Some(folder) => folders(folder)?,
        None => (0..PEOPLE).map(|person| (0..PICTURES).map(|i| Source::Drawn(person, i)).collect()).collect(),
    };
    let total = people.iter().map(Vec::len).sum::<usize>() as u64;
    let mut progress = Progress::new("faces", total);
    let (mut looked_at, mut found) = (0, 0);
    let mut faces = Vec::new();
    for sources in &people {
        let mut of_person = Vec::new();
        for source in sources {
            progress.at(looked_at, total, "looking for faces");
            looked_at += 1;
            let Some(image) = source.picture(&progress) else { continue };
            match detector.detect(&image)?.first() {
                Some(face) => of_person.push(FaceCrops::cut(&image, face)),
                None => progress.say(&format!("{source}: no face was found")),
            }
        }
        found += of_person.len();
        faces.push(of_person);
    }
    progress.done(&format!("{found} in {total} pictures of {} people", people.len()));
    Ok(faces)
}

/// Where one picture comes from.
enum Source {
    /// Drawn: which person, and which of their pictures.
    Drawn(u64, u64),
    File(PathBuf),
}

impl std::fmt::Display for Source {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Drawn(person, picture) => write!(out, "drawn person {person}, picture {picture}"),
            Source::File(path) => write!(out, "{}", path.display()),
        }
    }
}

impl Source {
    fn picture(&self, progress: &Progress) -> Option<RgbImage> {
        let path = match self {
            Source::Drawn(person, picture) => {
                let sitting = Sitting::drawn(person * PICTURES + picture);
                return Some(portrait(&Identity::drawn(*person), &sitting, SIDE));
            }
            Source::File(path) => path,
        };
        faces::read(path).inspect_err(|reason| progress.say(&format!("{}: {reason}", path.display()))).ok()
    }
}

/// The pictures in each folder under `folder`, in the order of their names.
fn folders(folder: &Path) -> Result<Vec<Vec<Source>>, VisionError> {
    let unreadable =
        |source: io::Error| VisionError::File { path: folder.to_owned(), action: "read", source };
    let mut people = Vec::new();
    for person in sorted(folder).map_err(unreadable)? {
        if !person.is_dir() {
            continue;
        }
        let mut pictures = sorted(&person).map_err(unreadable)?;
        pictures.retain(|path| path.is_file());
        pictures.truncate(MOST_PICTURES);
        people.push(pictures.into_iter().map(Source::File).collect());
    }
    Ok(people)
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}
