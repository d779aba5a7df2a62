//! What a folder still holds of something, byte by byte.

use std::path::Path;

/// Every file below `folder` with its bytes, by its path within `folder`; folders, too, which have none.
pub fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(within) = left.pop() {
        for entry in std::fs::read_dir(within).expect("a folder can be read") {
            let path = entry.expect("a folder can be read").path();
            let place = path.strip_prefix(folder).expect("it lies below").display().to_string();
            // What goes away meanwhile holds nothing.
            found.push((place, std::fs::read(&path).unwrap_or_default()));
            if path.is_dir() {
                left.push(path);
            }
        }
    }
    found
}

/// Those with `word` in their bytes or in their name.
pub fn holding(folder: &Path, word: &[u8]) -> Vec<String> {
    let holds = |bytes: &[u8]| memchr::memmem::find(bytes, word).is_some();
    let found = files(folder).into_iter().filter(|(place, bytes)| holds(place.as_bytes()) || holds(bytes));
    found.map(|(place, _)| place).collect()
}
