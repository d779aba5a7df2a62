//! Folders of pictures on this machine.

use std::path::{Path, PathBuf};

use crate::IngestError;
use crate::error::LARGEST_FILE;

/// The folder `photos` without links in its path, if it lies in `root`: whoever asks for an import may name nothing else.
pub(crate) fn within(root: &Path, photos: &Path) -> Result<PathBuf, IngestError> {
    let found = root.canonicalize().ok().zip(photos.canonicalize().ok());
    let found = found.filter(|(root, photos)| photos.starts_with(root) && photos.is_dir());
    found.map(|(_, photos)| photos).ok_or_else(|| IngestError::NoFolder {
        folder: photos.display().to_string(),
        root: root.display().to_string(),
    })
}

/// Returns the files in a person's `folder`, by name; one or more. Hidden files are passed over.
///
/// # Errors
/// When there is no such folder or nothing in it, and when pictures can only lie in folders within it.
pub(crate) fn pictures(folder: &Path) -> Result<Vec<PathBuf>, IngestError> {
    let holds = |what: &'static str| IngestError::NoPictures { folder: folder.display().to_string(), what };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(holds("is not there")),
        Err(e) => return Err(IngestError::File(e)),
    };
    let (mut files, mut folders) = (Vec::new(), 0);
    for entry in entries {
        let path = entry.map_err(IngestError::File)?.path();
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if path.is_file() && !hidden {
            files.push(path);
        } else if path.is_dir() {
            folders += 1;
        }
    }
    match (files.is_empty(), folders) {
        (true, 0) => Err(holds("is empty")),
        (true, _) => Err(holds("holds only folders")),
        (false, _) => {
            files.sort();
            Ok(files)
        }
    }
}

/// The bytes of one file, unless it is far too large.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, IngestError> {
    let size = std::fs::metadata(path).map_err(IngestError::File)?.len();
    if size > LARGEST_FILE {
        return Err(IngestError::LargeFile(size));
    }
    std::fs::read(path).map_err(IngestError::File)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_folder_outside_the_root_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (root, photos, outside) =
            (folder.path().join("root"), folder.path().join("root/photos"), folder.path().join("outside"));
        for made in [&photos, &outside] {
            std::fs::create_dir_all(made).unwrap();
        }
        std::fs::write(root.join("file"), b"x").unwrap();
        std::os::unix::fs::symlink(&outside, root.join("link")).unwrap();
        let real = |path: &Path| path.canonicalize().unwrap();
        for allowed in [&root, &photos, &photos.join("../photos")] {
            assert_eq!(within(&root, allowed).unwrap(), real(allowed));
        }
        assert_eq!(within(Path::new("/"), &outside).unwrap(), real(&outside));
        for refused in ["outside", "root/../outside", "root/link", "root/file", "root/none", "none"] {
            let told = within(&root, &folder.path().join(refused)).unwrap_err().to_string();
            assert!(told.contains(refused) && told.contains("AVZEUS_INGEST_PHOTOS_ROOT"), "{told}");
        }
        assert!(
            within(&folder.path().join("none"), &photos).is_err(),
            "a root that is not there holds nothing"
        );
    }

    #[test]
    fn files_come_by_name_without_hidden_ones_or_folders() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.png", "a.jpg", ".DS_Store"] {
            std::fs::write(folder.path().join(name), b"x").unwrap();
        }
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        let names: Vec<_> =
            pictures(folder.path()).unwrap().iter().map(|p| p.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["a.jpg", "b.png"]);
    }

    #[test]
    fn a_folder_without_a_picture_says_what_is_wrong_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let told = |folder: &Path| pictures(folder).unwrap_err().to_string();
        assert!(told(&folder.path().join("nobody")).contains("nobody is not there"));
        std::fs::write(folder.path().join(".DS_Store"), b"x").unwrap();
        assert!(told(folder.path()).contains("is empty"));
        std::fs::create_dir(folder.path().join("2026")).unwrap();
        assert!(told(folder.path()).contains("holds only folders"));
    }
}
