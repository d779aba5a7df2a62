//! What `avzeus models pull NAME` fetches, where it goes, and what it is held against. Whoever has a
//! network fetches it.

use std::path::PathBuf;

use super::convert::{CONVERTER_REVISION, make, read};
use super::lock::{Downloaded, Lock, sha256_of_file};
use super::pull::PulledModel;
use crate::catalog::Catalog;
use crate::config::VisionConfig;
use crate::error::{Result, VisionError};
use crate::profile::Model;

/// A model whose weights lie at a URL.
#[derive(Debug, Clone)]
pub struct Download {
    /// Where its weights are.
    pub url: String,
    /// Where they go, once they are whole and the right ones.
    pub weights: PathBuf,
    /// Where they go until then.
    pub part: PathBuf,
    model: Model,
    /// The ONNX file.
    file: PathBuf,
    lock_file: PathBuf,
    /// sha256 the weights must have, and who says so.
    expected: Option<(String, &'static str)>,
}

impl Download {
    /// The download of the model called `name`, from `url` rather than from where its entry says.
    pub fn of(config: &VisionConfig, name: &str, url: Option<&str>) -> Result<Download> {
        let catalog = Catalog::load(&config.profiles)?;
        let model = catalog.model(name)?.clone();
        let file = config.onnx_file(&model.file);
        let url = match (url, &model.url) {
            (Some(url), _) => url.to_owned(),
            (None, Some(url)) => url.clone(),
            (None, None) if model.package.is_some() => return Err(VisionError::Packaged(model.name)),
            (None, None) => return Err(VisionError::NoUrl { name: model.name, path: file }),
        };
        let recorded = Lock::read(&config.lock_file()).downloads.remove(name);
        // Without a converter, what comes is the ONNX file.
        let pinned = match model.converter {
            Some(_) => &model.weights_sha256,
            None => &model.sha256,
        };
        let expected = match (pinned, recorded) {
            (Some(pinned), _) => Some((pinned.clone(), "its entry says")),
            (None, Some(recorded)) => Some((recorded.sha256, "models.lock.json recorded the first time")),
            (None, None) => None,
        };
        // Named by the model: whatever the URL ends with, it is one plain name.
        let weights = config.downloads_dir().join(format!("{name}.weights"));
        let part = weights.with_extension("part");
        Ok(Download { url, weights, part, file, lock_file: config.lock_file(), expected, model })
    }

    /// The ONNX file if it is in place and was made of the expected weights.
    pub fn in_place(&self) -> Result<Option<PulledModel>> {
        let Some(locked) = Lock::read(&self.lock_file).models.remove(&self.model.name) else {
            return Ok(None);
        };
        let expected = self.expected.as_ref().is_some_and(|(sha256, _)| *sha256 == locked.weights_sha256);
        let current = locked.converter_revision == CONVERTER_REVISION;
        let whole = sha256_of_file(&self.file)?.as_ref() == Some(&locked.sha256);
        Ok((expected && current && whole).then(|| self.pulled(locked.sha256, false)))
    }

    /// Whether the expected weights lie there already.
    pub fn is_there(&self) -> Result<bool> {
        let Some((expected, _)) = &self.expected else { return Ok(false) };
        Ok(sha256_of_file(&self.weights)?.as_ref() == Some(expected))
    }

    /// What was fetched is whole: held against what is expected, and put in its place. Other bytes than the
    /// expected ones are removed.
    pub fn arrived(&self) -> Result<()> {
        let sha256 = sha256_of_file(&self.part)?.unwrap_or_default();
        if let Some((expected, who)) = self.expected.as_ref().filter(|(expected, _)| *expected != sha256) {
            let reason = format!("what came has sha256 {sha256}, not the {expected} that {who}");
            std::fs::remove_file(&self.part).map_err(|source| self.failed("removed", source))?;
            return Err(VisionError::SourceUnusable { path: self.url.clone().into(), reason });
        }
        std::fs::rename(&self.part, &self.weights).map_err(|source| self.failed("moved into place", source))
    }

    /// Make the ONNX file out of the weights that lie there. What they are is recorded now that they are
    /// known to be weights.
    pub fn make(&self) -> Result<PulledModel> {
        let locked = make(&self.model, &self.weights, &read(&self.weights)?, &self.file)?;
        let sha256 = locked.sha256.clone();
        let mut lock = Lock::read(&self.lock_file);
        let downloaded = Downloaded { url: self.url.clone(), sha256: locked.weights_sha256.clone() };
        lock.downloads.entry(self.model.name.clone()).or_insert(downloaded);
        lock.models.insert(self.model.name.clone(), locked);
        lock.write(&self.lock_file)?;
        Ok(self.pulled(sha256, true))
    }

    fn failed(&self, action: &'static str, source: std::io::Error) -> VisionError {
        VisionError::File { path: self.part.clone(), action, source }
    }

    fn pulled(&self, sha256: String, made: bool) -> PulledModel {
        PulledModel { name: self.model.name.clone(), file: self.file.clone(), sha256, made }
    }
}
