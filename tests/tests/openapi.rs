//! The served contract, fuzzed by schemathesis with every check it has, against a whole system.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

use tests::{Demo, System};

const TOKEN: &str = "correct-horse-battery";

/// `st` of the environment that `make setup-test` makes: …/<target>/test-env, above the running test.
fn schemathesis() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let found = test.ancestors().map(|dir| dir.join("test-env/bin/st")).find(|path| path.is_file());
    found.expect("schemathesis is not there: run `make setup-test`")
}

#[test]
fn whatever_is_sent_is_answered_as_the_contract_says() {
    // Wrong tokens are among what is sent, and must not keep the right one out for the rest of a minute.
    let tries = ("AVZEUS_GATEWAY_ADMIN_TRIES", "1000000".to_owned());
    let env = vec![("AVZEUS_GATEWAY_ADMIN_TOKEN", TOKEN.to_owned()), tries];
    let system = System::demo(Demo { env, ..Demo::default() });
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openapi/schemathesis.toml");
    let output = Command::new(schemathesis())
        .arg("--config-file")
        .arg(settings)
        .args(["run", &format!("{}/api/openapi.json", system.http), "--url", &system.http])
        // A stream of events never ends.
        .args(["--exclude-path", "/api/v1/events"])
        .args(["--max-examples", "100", "--no-color", "--request-timeout", "20"])
        .env("AVZEUS_GATEWAY_ADMIN_TOKEN", TOKEN)
        .current_dir(system.scratch())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    println!("{told}");
}
