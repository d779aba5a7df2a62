//! The binaries under test: those built beside the running test.

use std::path::PathBuf;
use std::process::Command;

/// Path of a built binary.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    // …/deps/<test> lies one folder below the binaries.
    let found = test.ancestors().skip(1).map(|dir| dir.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("{name} is not built: run `cargo build --workspace --bins`, or `make test`")
    })
}

/// `avzeus`, ready to be given arguments.
pub fn avzeus() -> Command {
    Command::new(program("avzeus"))
}
