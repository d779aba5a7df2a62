//! `models.lock.json`: sha256 of every ONNX file, of the weights it was made from, and of what was fetched.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use domain::Hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Result, VisionError};

/// What the lock says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lock {
    /// By model name.
    pub(crate) models: BTreeMap<String, Locked>,
    /// By model name: what its URL gave the first time.
    #[serde(default)]
    pub(crate) downloads: BTreeMap<String, Downloaded>,
}

/// A fetched weight file as it came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Downloaded {
    pub(crate) url: String,
    pub(crate) sha256: String,
}

/// One ONNX file as it was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Locked {
    pub(crate) file: String,
    /// Of the ONNX file and, behind it, the files beside it that its numbers lie in.
    pub(crate) sha256: String,
    /// Of all of them.
    pub(crate) bytes: u64,
    /// Names of those files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) data: Vec<String>,
    /// File name of the package, or of the weight file itself.
    pub(crate) package: String,
    pub(crate) weights_sha256: String,
    /// Revision of the graph builders that made it.
    pub(crate) converter_revision: u32,
}

impl Lock {
    /// The lock at `path`; one that is missing or does not parse is empty, so everything is made anew.
    pub(crate) fn read(path: &Path) -> Lock {
        std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let mut json = serde_json::to_vec_pretty(self).expect("plain data always serialises");
        json.push(b'\n');
        write_atomically(path, &json)
    }
}

/// Write beside `path`, then rename: a reader sees the old file or the new one, never half of one.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |source| VisionError::File { path: path.to_owned(), action: "written", source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut part = path.as_os_str().to_owned();
    part.push(format!(".{}.{:?}.part", std::process::id(), std::thread::current().id()));
    let part = Path::new(&part);
    let written = std::fs::File::create(part)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(part, path));
    if written.is_err() {
        // Best effort: the reason that matters is the one returned.
        let _ = std::fs::remove_file(part);
    }
    written.map_err(failed)
}

/// sha256 of files one behind the other, as lower-case hex; `None` if one of them is not there.
pub(crate) fn sha256_of_files(paths: &[PathBuf]) -> Result<Option<String>> {
    let mut hash = Sha256::new();
    let mut block = vec![0; 1 << 16];
    for path in paths {
        let failed = |source| VisionError::File { path: path.to_owned(), action: "read", source };
        let mut file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        loop {
            match file.read(&mut block).map_err(failed)? {
                0 => break,
                count => hash.update(&block[..count]),
            }
        }
    }
    Ok(Some(Hex(&hash.finalize()).to_string()))
}

/// sha256 of `bytes` as lower-case hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Hex(&Sha256::digest(bytes)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_its_digest_is_the_known_one() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("deep/file");
        write_atomically(&path, b"old").expect("the folder is ours");
        write_atomically(&path, b"abc").expect("the folder is ours");
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_of_files(&[path]).expect("it is readable").as_deref(), Some(digest));
        assert_eq!(sha256(b"abc"), digest);
        let files = std::fs::read_dir(folder.path().join("deep")).expect("it exists").count();
        assert_eq!(files, 1, "no part file stays behind");
    }

    #[test]
    fn a_missing_file_has_no_digest_and_a_broken_lock_is_empty() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(sha256_of_files(&[folder.path().join("none")]).expect("not an error"), None);
        let path = folder.path().join("lock");
        std::fs::write(&path, "{").expect("the folder is ours");
        assert_eq!(Lock::read(&path), Lock::default());
    }
}
