//! The clock of every service jumps.

use std::path::{Path, PathBuf};

use tests::{Demo, System};

use crate::scenario::{Fault, Outcome, Scenario, visited};

/// What the clocks are wrong by, in seconds: an hour ahead.
const JUMP: &str = "+3600";
const RIGHT: &str = "+0";

pub(crate) fn scenario() -> Scenario {
    Scenario::new("every service's clock jumps by an hour and back in 20 s", run)
}

/// A file that tells libfaketime what to add.
struct Clock(PathBuf);

impl Clock {
    fn set(&self, by: &str) {
        // Whole or not at all: it is read all the time.
        let fresh = self.0.with_extension("new");
        std::fs::write(&fresh, by).expect("a temporary file can be written");
        std::fs::rename(&fresh, &self.0).expect("a temporary file can be renamed");
    }
}

impl Fault for Clock {
    fn begin(&mut self) {
        self.set(JUMP);
    }

    fn end(&mut self) {
        self.set(RIGHT);
    }
}

async fn run() -> Outcome {
    let library = library().ok_or("libfaketime is not here: `make setup-chaos` installs it")?;
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let mut clock = Clock(folder.path().join("clock"));
    clock.set(RIGHT);
    // NATS keeps the right time: it is linked to no library that could tell it another.
    let env = vec![
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", clock.0.display().to_string()),
        ("FAKETIME_CACHE_DURATION", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ];
    let system = System::demo(Demo { env, ..Demo::default() });
    Ok(visited(&system, &system.endpoints().nats, &mut clock).await)
}

/// Where Debian puts it, for whichever processor.
fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir(Path::new("/usr/lib")).ok()?;
    let paths = folders.flatten().map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    paths.into_iter().find(|path| path.exists())
}
