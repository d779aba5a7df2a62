//! The form in which a data folder is laid out: a program of before does not open what a later one changed.

use std::path::Path;

use crate::CliError;

/// Raised when something in the folder is laid out in another way: names of streams, or what is kept of objects.
const FORM: u32 = 1;
/// Where it stands, within the data folder. A folder from before it was written has the first form.
const FILE: &str = "form";

/// Checks the form of the folder `data`, and writes this program's there.
///
/// # Errors
/// Where a later program has changed it.
pub(super) fn check(data: &Path) -> Result<(), CliError> {
    let file = data.join(FILE);
    let found = std::fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(1);
    if found > FORM {
        return Err(CliError::LaterFolder { data: data.to_owned(), found, known: FORM });
    }
    std::fs::write(&file, format!("{FORM}\n")).map_err(CliError::file(&file, "written"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_a_later_program_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check(folder.path()).is_ok());
        assert!(check(folder.path()).is_ok());
        std::fs::write(folder.path().join(FILE), format!("{}\n", FORM + 1)).unwrap();
        let refused = check(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("form 2") && refused.contains("--data"), "{refused}");
    }
}
