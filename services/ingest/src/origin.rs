//! Where one picture is.

use std::fmt;
use std::path::PathBuf;

/// A picture that a person's sources name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A file of the person's folder.
    File(PathBuf),
    /// An address on the web.
    Web(String),
}

/// As people see it: the name of the file within the person's folder, or the address.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.file_name().unwrap_or_default().to_string_lossy().fmt(f),
            Self::Web(address) => f.write_str(address),
        }
    }
}
