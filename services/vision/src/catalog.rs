//! Every model and profile there is: the built-in `models.toml`, and one of the user's own over it.

use std::collections::HashSet;
use std::io::ErrorKind;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::config::ProfileConfig;
use crate::error::{Result, VisionError};
use crate::profile::{Cascade, Model, Profile};

/// Longest name: it is one token of a subject.
const LONGEST_NAME: usize = 64;
/// Sides a net's input may have, in pixels.
const SIDES: std::ops::RangeInclusive<u32> = 16..=1024;
/// Lengths a vector may have.
const DIMENSIONS: std::ops::RangeInclusive<usize> = 2..=4096;

/// Models, and the ways to use them.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// One per ONNX file.
    pub models: Vec<Model>,
    /// Ways to find faces.
    pub detectors: Vec<Cascade>,
    /// Ways to turn a face into a vector.
    pub embedders: Vec<Profile>,
}

/// A `models.toml` as it is written; each entry is read by itself, so that a mistake is told with its name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entries {
    #[serde(default, rename = "model")]
    models: Vec<toml::Table>,
    #[serde(default, rename = "detector")]
    detectors: Vec<toml::Table>,
    #[serde(default, rename = "embedder")]
    embedders: Vec<toml::Table>,
}

impl Catalog {
    /// What is compiled in.
    pub fn builtin() -> Catalog {
        Catalog::read(include_str!("models/models.toml"))
            .expect("models.toml is checked by this crate's tests")
    }

    /// The built-in catalog with the user's models file over it, where there is one.
    pub fn load(config: &ProfileConfig) -> Result<Catalog> {
        let builtin = Catalog::builtin();
        let path = config.models_file.clone().unwrap_or_else(|| config.models_dir.join("models.toml"));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound && config.models_file.is_none() => {
                return Ok(builtin);
            }
            Err(error) => return Err(VisionError::ModelsFile { path, reason: error.to_string() }),
        };
        Catalog::read(&text)
            .and_then(|own| own.over(builtin))
            .map_err(|reason| VisionError::ModelsFile { path, reason })
    }

    /// The model called `name`.
    pub fn model(&self, name: &str) -> Result<&Model> {
        let found = self.models.iter().find(|model| model.name == name);
        found.ok_or_else(|| VisionError::UnknownModel(name.into()))
    }

    /// The embedder profile called `name`.
    pub fn profile(&self, name: &str) -> Result<Profile> {
        let found = self.embedders.iter().find(|profile| profile.name == name);
        found.cloned().ok_or_else(|| VisionError::UnknownProfile { kind: "embedder", name: name.into() })
    }

    fn read(text: &str) -> Result<Catalog, String> {
        let entries: Entries = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            format!("line {line}: {}", one_line(&error))
        })?;
        let catalog = Catalog {
            models: each("model", entries.models)?,
            detectors: each("detector", entries.detectors)?,
            embedders: each("embedder", entries.embedders)?,
        };
        for model in &catalog.models {
            check_model(model).map_err(|reason| format!("model {:?}: {reason}", model.name))?;
        }
        for profile in &catalog.embedders {
            check_profile(profile).map_err(|reason| format!("embedder {:?}: {reason}", profile.name))?;
        }
        Ok(catalog)
    }

    /// These entries in the place of `below`'s of the same names, which keeps its others.
    fn over(self, mut below: Catalog) -> Result<Catalog, String> {
        if let Some(detector) = self.detectors.first() {
            return Err(format!("detector {:?}: only models and embedders can be added", detector.name));
        }
        for model in self.models {
            replace(&mut below.models, model, |model| &model.name);
        }
        for profile in self.embedders {
            if !below.models.iter().any(|model| model.name == profile.model) {
                return Err(format!("embedder {:?}: there is no model {:?}", profile.name, profile.model));
            }
            replace(&mut below.embedders, profile, |profile| &profile.name);
        }
        Ok(below)
    }
}

/// Each table as a `T`; names are one token each, and differ.
fn each<T: DeserializeOwned>(kind: &str, tables: Vec<toml::Table>) -> Result<Vec<T>, String> {
    let mut seen = HashSet::new();
    tables
        .into_iter()
        .enumerate()
        .map(|(index, table)| {
            let name = match table.get("name").and_then(toml::Value::as_str) {
                Some(name) if is_token(name) => name.to_owned(),
                Some(name) => {
                    return Err(format!("{kind} {name:?}: a name is 1 to 64 of A-Z, a-z, 0-9, - and _"));
                }
                None => return Err(format!("the {kind} at place {} has no name", index + 1)),
            };
            if !seen.insert(name.clone()) {
                return Err(format!("two {kind}s are called {name:?}"));
            }
            table.try_into().map_err(|error| format!("{kind} {name:?}: {}", one_line(&error)))
        })
        .collect()
}

fn one_line(error: &toml::de::Error) -> String {
    crate::onnx_runtime::one_line(error.message())
}

fn replace<T>(entries: &mut Vec<T>, entry: T, name: fn(&T) -> &String) {
    match entries.iter_mut().find(|other| name(other) == name(&entry)) {
        Some(place) => *place = entry,
        None => entries.push(entry),
    }
}

fn check_model(model: &Model) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !model.file.ends_with(".onnx") || model.file.starts_with('.') || !model.file.chars().all(plain) {
        return Err(format!("file {:?} is not the plain name of an .onnx file", model.file));
    }
    if model.package.is_some() {
        let whole = model.member.is_some() && model.weights_sha256.is_some() && model.converter.is_some();
        if !whole || model.url.is_some() {
            return Err("package goes with member, weights_sha256 and converter, and without url".into());
        }
    } else if model.member.is_some() {
        return Err("member goes with package".into());
    }
    if let Some(url) =
        model.url.as_ref().filter(|url| !url.starts_with("https://") && !url.starts_with("http://"))
    {
        return Err(format!("url {url:?} does not start with https:// or http://"));
    }
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    for (key, digest) in [("weights_sha256", &model.weights_sha256), ("sha256", &model.sha256)] {
        if digest.as_ref().is_some_and(|digest| digest.len() != 64 || !digest.bytes().all(hex)) {
            return Err(format!("{key} is not 64 lower-case hex digits"));
        }
    }
    Ok(())
}

fn check_profile(profile: &Profile) -> Result<(), String> {
    if !SIDES.contains(&profile.input_side) {
        return Err(format!("input_side {} is not {} to {}", profile.input_side, SIDES.start(), SIDES.end()));
    }
    if let Some(template) = profile.alignment.template().filter(|t| t.side != profile.input_side) {
        let side = profile.input_side;
        return Err(format!("its alignment makes chips of {} pixels, not input_side {side}", template.side));
    }
    if !DIMENSIONS.contains(&profile.dimension) {
        let (least, most) = (DIMENSIONS.start(), DIMENSIONS.end());
        return Err(format!("dimension {} is not {least} to {most}", profile.dimension));
    }
    if !profile.mean.iter().all(|mean| mean.is_finite()) {
        return Err("mean is not three numbers".into());
    }
    if !profile.scale.is_finite() || profile.scale == 0.0 {
        return Err(format!("scale {} makes every picture the same", profile.scale));
    }
    for threshold in [profile.purify.threshold_raw, profile.purify.threshold_centred] {
        if !(-1.0..=1.0).contains(&threshold) {
            return Err(format!("purify threshold {threshold} is no cosine, -1 to 1"));
        }
    }
    Ok(())
}

fn is_token(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Alignment;

    const OWN: &str = r#"
        [[model]]
        name = "sface"
        file = "face_recognition_sface_2021dec.onnx"
        source = "OpenCV Zoo"
        licence = "Apache-2.0"

        [[embedder]]
        name = "sface"
        model = "sface"
        input_side = 112
        colours = "rgb"
        mean = [0.0, 0.0, 0.0]
        scale = 1.0
        alignment = "five-point-112"
        dimension = 128
        centred = false
        purify = { rule = "core-centroid", threshold_raw = 0.4, threshold_centred = 0.4 }
    "#;

    fn load(text: &str) -> Result<Catalog> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("models.toml"), text).expect("the folder is ours");
        Catalog::load(&config(folder.path()))
    }

    fn config(folder: &std::path::Path) -> ProfileConfig {
        ProfileConfig { models_dir: folder.to_owned(), models_file: None, profile: "sface".into() }
    }

    /// The reason without the file's name, which every one of them starts with.
    fn refused(text: &str) -> String {
        let line = load(text).expect_err(text).to_string();
        assert!(line.starts_with("models file /") && !line.contains('\n'), "{line}");
        let (_, reason) = line.split_once("is not usable: ").expect("it says why");
        reason.to_owned()
    }

    #[test]
    fn the_built_in_names_resolve() {
        let catalog = Catalog::builtin();
        for name in catalog.detectors.iter().flat_map(|d| &d.models) {
            assert!(catalog.model(name).is_ok(), "{name}");
        }
        for profile in &catalog.embedders {
            assert!(catalog.model(&profile.model).is_ok(), "{}", profile.name);
        }
    }

    #[test]
    fn a_profile_of_ones_own_stands_beside_the_built_in_ones() {
        let catalog = load(OWN).expect("it is whole");
        let sface = catalog.profile("sface").expect("it was added");
        assert_eq!((sface.dimension, sface.alignment), (128, Alignment::FivePoint112));
        assert!(catalog.profile("dlib-resnet-v1").is_ok());
        assert_eq!(catalog.models.len(), Catalog::builtin().models.len() + 1);
    }

    #[test]
    fn the_same_name_replaces_the_built_in_entry() {
        let catalog = load(&OWN.replace("\"sface\"", "\"facenet-vggface2\"")).expect("it is whole");
        assert_eq!(catalog.models.len(), Catalog::builtin().models.len());
        assert_eq!(catalog.profile("facenet-vggface2").expect("it is there").dimension, 128);
    }

    #[test]
    fn without_a_file_there_is_what_is_built_in_unless_one_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(Catalog::load(&config(folder.path())).is_ok());
        let named =
            ProfileConfig { models_file: Some(folder.path().join("mine.toml")), ..config(folder.path()) };
        assert!(Catalog::load(&named).expect_err("it is not there").to_string().contains("mine.toml"));
    }

    #[test]
    fn a_mistake_is_told_with_the_entry_it_is_in() {
        let with = |from: &str, to: &str| {
            assert!(OWN.contains(from), "{from}");
            refused(&OWN.replace(from, to))
        };
        let cases = [
            (
                with("dimension = 128", "dimension = 128\ncolor = 1"),
                "embedder \"sface\": unknown field `color`",
            ),
            (with("scale = 1.0", ""), "embedder \"sface\": missing field `scale`"),
            (
                with("model = \"sface\"", "model = \"other\""),
                "embedder \"sface\": there is no model \"other\"",
            ),
            (with("name = \"sface\"", "name = \"s.face\""), "model \"s.face\": a name is 1 to 64"),
            (with("scale = 1.0", "scale = 0.0"), "embedder \"sface\": scale 0 makes"),
            (with("scale = 1.0", "scale = nan"), "embedder \"sface\": scale NaN makes"),
            (with("mean = [0.0,", "mean = [inf,"), "embedder \"sface\": mean is not"),
            (with("dimension = 128", "dimension = 0"), "embedder \"sface\": dimension 0 is not 2 to"),
            (
                with("input_side = 112", "input_side = 160"),
                "embedder \"sface\": its alignment makes chips of 112",
            ),
            (with("five-point-112", "six-point"), "embedder \"sface\": unknown variant `six-point`"),
            (with("threshold_raw = 0.4", "threshold_raw = 1.4"), "embedder \"sface\": purify threshold 1.4"),
            (with("2021dec.onnx", "2021dec/../x.onnx"), "model \"sface\": file"),
            (with("licence = ", "sha256 = \"ABC\"\nlicence = "), "model \"sface\": sha256 is not 64"),
            (with("licence = ", "url = \"ftp://x\"\nlicence = "), "model \"sface\": url"),
            (with("licence = ", "package = \"x\"\nlicence = "), "model \"sface\": package goes with"),
            (refused(&format!("{OWN}{OWN}")), "two models are called \"sface\""),
            (refused("[[model]]\nfile = 1"), "the model at place 1 has no name"),
            (refused("[[model]]\nname = "), "line 2:"),
            (refused("[[models]]"), "line 1: unknown field `models`"),
            (refused("[[detector]]\nname = \"mine\""), "detector \"mine\": missing field"),
        ];
        for (reason, expected) in cases {
            assert!(reason.starts_with(expected), "{reason:?} does not start with {expected:?}");
        }
    }

    #[test]
    fn an_unknown_profile_is_named() {
        let line = Catalog::builtin().profile("arcface").expect_err("it is not built in").to_string();
        assert!(line.contains("\"arcface\"") && line.contains("avzeus models list"), "{line}");
    }
}
