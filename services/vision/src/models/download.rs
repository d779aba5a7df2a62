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

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "[[model]]\nname = \"net\"\nfile = \"net.onnx\"\nurl = \"https://localhost/net.onnx\"\n\
                       source = \"this test\"\nlicence = \"none\"\n";

    #[test]
    fn what_came_first_is_recorded_and_other_bytes_are_refused_later() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = VisionConfig::default();
        config.profiles.models_dir = folder.path().to_owned();
        config.profiles.models_file = Some(folder.path().join("own.toml"));
        std::fs::write(folder.path().join("own.toml"), OWN).expect("the folder is ours");
        std::fs::create_dir(config.downloads_dir()).expect("the folder is ours");
        let download = || Download::of(&config, "net", None).expect("it has a url");

        let first = download();
        assert_eq!((first.in_place().expect("no error"), first.is_there().expect("no error")), (None, false));
        std::fs::write(&first.part, "abc").expect("the folder is ours");
        first.arrived().expect("nothing is expected yet");
        let made = first.make().expect("it is onnx already, as far as its entry says");
        assert!(made.made && std::fs::read(&made.file).expect("it was written") == b"abc");
        assert_eq!(
            download().in_place().expect("no error"),
            Some(PulledModel { made: false, ..made.clone() })
        );

        std::fs::remove_file(&made.file).expect("it was written");
        assert_eq!(download().in_place().expect("no error"), None);
        assert!(download().is_there().expect("no error"), "the weights need no second fetch");
        std::fs::write(&first.part, "other").expect("the folder is ours");
        let line = download().arrived().expect_err("these are other bytes").to_string();
        assert!(line.contains("not the ba7816bf") && line.contains("models.lock.json recorded"), "{line}");
        assert!(!first.part.exists(), "what is refused does not stay");
    }

    #[test]
    fn packaged_models_and_unknown_ones_are_not_fetched() {
        let config = VisionConfig::default();
        let line = |name| Download::of(&config, name, None).expect_err("it has no url").to_string();
        assert!(line("pnet").contains("comes in a package"));
        assert!(line("none-such").contains("avzeus models list"));
    }
}
