//! A drawn person who withdrew: their row and their pictures are this program's own.

use std::fs;
use std::io;
use std::path::Path;

use super::read_stamp;

/// Removes the row and the pictures of `person` from the drawn roster in `folder`; returns how many pictures there were. A
/// roster that was not drawn is somebody's own, and left alone.
pub fn erase(folder: &Path, person: &str) -> io::Result<usize> {
    if read_stamp(folder).is_none() {
        return Ok(0);
    }
    // The id is the first column of both.
    let theirs = format!("{person},");
    for name in ["roster.csv", "planted.csv"] {
        let text = fs::read_to_string(folder.join(name))?;
        let kept: String = text.split_inclusive('\n').filter(|line| !line.starts_with(&theirs)).collect();
        fs::write(folder.join(name), kept)?;
    }
    let photos = folder.join("photos").join(person);
    if !photos.is_dir() {
        return Ok(0);
    }
    let pictures = fs::read_dir(&photos)?.count();
    fs::remove_dir_all(photos)?;
    Ok(pictures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn_roster::{DrawnRoster, draw};

    #[test]
    fn one_drawn_person_goes_and_the_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let drawn = DrawnRoster { people: 2, pictures: 1, side: 32, ..DrawnRoster::default() };
        draw(folder.path(), &drawn, &mut |_, _| {}).unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        let person = read("roster.csv").lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
        let (rows, pictures) = (read("roster.csv").lines().count(), read("planted.csv").lines().count());
        assert_eq!(erase(folder.path(), &person).unwrap(), 5);
        assert_eq!(read("roster.csv").lines().count(), rows - 1);
        assert_eq!(read("planted.csv").lines().count(), pictures - 5);
        assert!(!folder.path().join("photos").join(&person).exists());
        assert_eq!(fs::read_dir(folder.path().join("photos")).unwrap().count(), 1);
        assert_eq!(erase(folder.path(), &person).unwrap(), 0);
        fs::remove_file(folder.path().join("drawn.json")).unwrap();
        assert_eq!(erase(folder.path(), "anybody").unwrap(), 0);
    }
}
