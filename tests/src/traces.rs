//! What a folder still holds of something, byte by byte.

use std::path::Path;

/// Every file or folder below `folder` with `word` in its bytes or in its name, by its path within `folder`.
pub fn holding(folder: &Path, word: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    look(folder, folder, &mut |place, bytes| {
        if holds(place.as_bytes(), word) || holds(bytes, word) {
            found.push(place.to_owned());
        }
    });
    found
}

fn look(root: &Path, folder: &Path, told: &mut impl FnMut(&str, &[u8])) {
    for entry in std::fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("a folder can be read").path();
        let place = path.strip_prefix(root).expect("it lies below").display().to_string();
        if path.is_dir() {
            told(&place, &[]);
            look(root, &path, told);
        } else {
            // What goes away meanwhile holds nothing.
            told(&place, &std::fs::read(&path).unwrap_or_default());
        }
    }
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(bytes, word).is_some()
}
