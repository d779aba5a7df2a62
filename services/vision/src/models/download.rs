//! What `avzeus models pull NAME` fetches, where it goes, and what it is held against. Whoever has a
//! network fetches it.

use std::path::{Path, PathBuf};

use super::convert::{CONVERTER_REVISION, make, read};
use super::external_data::{self, sha256_of_model};
use super::lock::{Downloaded, Lock, Locked, sha256_of_files};
use super::pull::PulledModel;
use crate::catalog::Catalog;
use crate::config::VisionConfig;
use crate::error::{Result, VisionError};
use crate::profile::Model;

/// A file that an ONNX file keeps its numbers in, beside it at the URL too.
#[derive(Debug, Clone)]
pub struct DataFile {
    /// Where it is.
    pub url: String,
    /// Where it goes, until all that belongs together has come.
    pub part: PathBuf,
    /// Where it goes then.
    weights: PathBuf,
    /// What the ONNX file calls it.
    name: String,
}

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
        // A file that is missing or changed is fetched again, whatever is wrong with it.
        let whole = sha256_of_model(&self.file).ok().flatten().as_ref() == Some(&locked.sha256);
        Ok((expected && current && whole).then(|| self.pulled(locked.sha256, false)))
    }

    /// Whether the expected weights lie there already.
    pub fn is_there(&self) -> Result<bool> {
        let Some((expected, _)) = &self.expected else { return Ok(false) };
        if !self.weights.is_file() {
            return Ok(false);
        }
        let data = self.data_of(&self.weights)?;
        let files = self.all(&self.weights, data.iter().map(|file| &file.weights));
        Ok(sha256_of_files(&files)?.as_ref() == Some(expected))
    }

    /// The files that the ONNX file which came keeps its numbers in; they are to be fetched too. None for weights that will be
    /// converted.
    pub fn data(&self) -> Result<Vec<DataFile>> {
        self.data_of(&self.part)
    }

    fn data_of(&self, onnx: &Path) -> Result<Vec<DataFile>> {
        if self.model.converter.is_some() {
            return Ok(Vec::new());
        }
        let names = external_data::names(&read(onnx)?).map_err(|reason| self.unusable(reason))?;
        let base = self.url.split(['?', '#']).next().unwrap_or_default();
        let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
        let file = |name: String| {
            let weights = self.weights.with_file_name(format!("{}.{name}", self.model.name));
            let mut part = weights.clone().into_os_string();
            part.push(".part");
            let url = format!("{folder}/{}", name.replace(' ', "%20"));
            DataFile { url, part: part.into(), weights, name }
        };
        Ok(names.into_iter().map(file).collect())
    }

    /// The ONNX file, or the weights, and what belongs to it, in the order that their digest is taken in.
    fn all<'a>(&self, first: &Path, data: impl Iterator<Item = &'a PathBuf>) -> Vec<PathBuf> {
        std::iter::once(first.to_owned()).chain(data.cloned()).collect()
    }

    /// What was fetched is whole, [`Download::data`] included: held against what is expected, and put in its place. Other bytes than
    /// the expected ones are removed.
    pub fn arrived(&self) -> Result<()> {
        let data = self.data()?;
        let parts = self.all(&self.part, data.iter().map(|file| &file.part));
        let sha256 = sha256_of_files(&parts)?.unwrap_or_default();
        if let Some((expected, who)) = self.expected.as_ref().filter(|(expected, _)| *expected != sha256) {
            let reason = format!("what came has sha256 {sha256}, not the {expected} that {who}");
            for part in &parts {
                std::fs::remove_file(part).map_err(|source| failed(part, "removed", source))?;
            }
            return Err(self.unusable(reason));
        }
        let places = self.all(&self.weights, data.iter().map(|file| &file.weights));
        for (part, place) in parts.iter().zip(&places) {
            std::fs::rename(part, place).map_err(|source| failed(part, "moved into place", source))?;
        }
        Ok(())
    }

    /// Make the ONNX file out of the weights that lie there. What they are is recorded now that they are
    /// known to be weights.
    pub fn make(&self) -> Result<PulledModel> {
        let mut lock = Lock::read(&self.lock_file);
        let data = self.data_of(&self.weights)?;
        let locked = if data.is_empty() {
            make(&self.model, &self.weights, &read(&self.weights)?, &self.file)?
        } else {
            self.put_in_place(&data, &lock)?
        };
        let sha256 = locked.sha256.clone();
        let downloaded = Downloaded { url: self.url.clone(), sha256: locked.weights_sha256.clone() };
        lock.downloads.entry(self.model.name.clone()).or_insert(downloaded);
        lock.models.insert(self.model.name.clone(), locked);
        lock.write(&self.lock_file)?;
        Ok(self.pulled(sha256, true))
    }

    /// An ONNX file and what its numbers lie in, copied to where nets are opened from.
    fn put_in_place(&self, data: &[DataFile], lock: &Lock) -> Result<Locked> {
        let others = lock.models.iter().filter(|(name, _)| **name != self.model.name);
        for (name, other) in others {
            if let Some(file) = data.iter().find(|file| other.data.contains(&file.name)) {
                return Err(self.unusable(format!(
                    "its numbers lie in {}, and so do model {name}'s: write it as one file, with Python's onnx: \
                     onnx.save(onnx.load('IN.onnx'), 'OUT.onnx')",
                    file.name
                )));
            }
        }
        let from = self.all(&self.weights, data.iter().map(|file| &file.weights));
        let sha256 = sha256_of_files(&from)?.unwrap_or_default();
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder).map_err(|source| failed(folder, "written", source))?;
        }
        let mut bytes = 0;
        // The ONNX file last: without it there is no model.
        let names = data.iter().map(|file| self.file.with_file_name(&file.name));
        let places: Vec<_> = std::iter::once(self.file.clone()).chain(names).collect();
        for (from, place) in from.iter().zip(&places).rev() {
            let mut part = place.clone().into_os_string();
            part.push(".part");
            let copied = std::fs::copy(from, &part).and_then(|count| {
                std::fs::rename(&part, place)?;
                Ok(count)
            });
            bytes += copied.map_err(|source| failed(place, "written", source))?;
        }
        Ok(Locked {
            file: self.model.file.clone(),
            sha256: sha256.clone(),
            bytes,
            data: data.iter().map(|file| file.name.clone()).collect(),
            package: self.weights.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            weights_sha256: sha256,
            converter_revision: CONVERTER_REVISION,
        })
    }

    fn unusable(&self, reason: String) -> VisionError {
        VisionError::SourceUnusable { path: self.url.clone().into(), reason }
    }

    fn pulled(&self, sha256: String, made: bool) -> PulledModel {
        PulledModel { name: self.model.name.clone(), file: self.file.clone(), sha256, made }
    }
}

fn failed(path: &Path, action: &'static str, source: std::io::Error) -> VisionError {
    VisionError::File { path: path.to_owned(), action, source }
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
