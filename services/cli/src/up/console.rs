//! Where the lines of children go.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::CliError;

/// What a person sees of the children's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Console {
    /// Every line, with the child's name before it.
    Lines,
    /// Nothing but what `avzeus` itself says; the log file has the rest.
    Quiet,
}

/// Takes lines from every child: always to the log file, and to standard error if the console wants them.
#[derive(Debug, Clone)]
pub(super) struct Log {
    file: Arc<Mutex<File>>,
    console: Console,
}

impl Log {
    pub(super) fn open(path: &Path, console: Console) -> Result<Self, CliError> {
        let file = File::create(path).map_err(CliError::file(path, "written"))?;
        Ok(Self { file: Arc::new(Mutex::new(file)), console })
    }

    /// One line of `child`.
    pub(super) fn line(&self, child: &str, line: &str) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk must not take the services down with it.
        let _ = writeln!(file, "{child:>9} | {line}");
        if self.console == Console::Lines {
            eprintln!("{child:>9} | {line}");
        }
    }

    /// Something a person must know whatever the console shows.
    pub(super) fn tell(&self, child: &str, line: &str) {
        self.line(child, line);
        if self.console == Console::Quiet {
            eprintln!("{child:>12} {line}");
        }
    }
}
