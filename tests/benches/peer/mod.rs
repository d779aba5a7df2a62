//! The Python programs that ours are held against (`make bench-setup` makes their environment).

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Runs `peers/<program>` with `question` on its standard input and gives what it prints, or `None` with a word
/// on the mend where there is no Python environment.
pub(crate) fn run(program: &str, question: &Value) -> Option<Value> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = std::env::current_exe().expect("a bench knows its own path");
    // <target>/release/deps/<bench>
    let target = target.ancestors().nth(3).expect("it lies in a target folder");
    let python = target.join("bench-env/bin/python");
    if !python.is_file() {
        println!("{program} skipped: make bench-setup");
        return None;
    }
    let mut peer = Command::new(python)
        .arg(tests.join("benches/peers").join(program))
        // Settings for another machine's core would slow numpy down.
        .env_remove("OPENBLAS_CORETYPE")
        .env_remove("OPENBLAS_L2_SIZE")
        // Nothing is left beside the sources.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the peer starts");
    let stdin = peer.stdin.take().expect("it is piped");
    serde_json::to_writer(stdin, question).expect("the peer listens");
    let output = peer.wait_with_output().expect("the peer ends");
    assert!(output.status.success(), "{program} failed; its own words are above");
    Some(serde_json::from_slice(&output.stdout).expect("the peer answers in JSON"))
}
