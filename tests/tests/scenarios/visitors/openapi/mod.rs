//! The served contract as others use it, against a whole system: held against the specification, made into clients
//! that recommend and click, and fuzzed by schemathesis with every check it has.

use std::path::{Path, PathBuf};
use std::process::Command;

use tests::{Demo, System};

const TOKEN: &str = "correct-horse-battery";

/// What `make setup-test` put into `folder`: …/<target>/<folder>, above the running test.
fn set_up(folder: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let found = test.ancestors().map(|dir| dir.join(folder)).find(|path| path.is_dir());
    found.unwrap_or_else(|| panic!("there is no {folder}: run `make setup-test`"))
}

/// Runs a program of the Python environment, or node, in the scratch folder of `system`; what it says.
fn run(system: &System, program: &str, arguments: &[&str]) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(set_up("test-env/bin")).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(path).unwrap();
    let output = Command::new("env")
        .arg(program)
        .args(arguments)
        .env("PATH", path)
        .env("NODE_PATH", set_up("openapi-fetch/node_modules"))
        .env("AVZEUS_GATEWAY_ADMIN_TOKEN", TOKEN)
        .current_dir(system.scratch())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program}: {told}\n{}", String::from_utf8_lossy(&output.stderr));
    told
}

/// Where a file of this test is.
fn ours(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/scenarios/visitors/openapi")
        .join(name)
        .display()
        .to_string()
}

/// The contract is one by the specification, and clients that are made of it recommend and click.
fn clients_are_made_that_recommend_and_click(system: &System, contract: &str) {
    run(system, "openapi-spec-validator", &[&ours("../../../../../services/gateway/contract/openapi.json")]);
    run(
        system,
        "openapi-python-client",
        &["generate", "--url", contract, "--meta", "none", "--output-path", "avzeus_client"],
    );
    let told = run(system, "python", &[&ours("python_client.py"), &system.http]);
    assert!(told.contains("a click on rank 3 earned"), "{told}");
    let told = run(system, "node", &[&ours("fetch_client.cjs"), &system.http]);
    assert!(told.contains("a click on rank 2 earned"), "{told}");
}

#[test]
fn whatever_is_sent_is_answered_as_the_contract_says() {
    // Wrong tokens are among what is sent, and must not keep the right one out for the rest of a minute.
    let tries = ("AVZEUS_GATEWAY_ADMIN_TRIES", "1000000".to_owned());
    let env = vec![("AVZEUS_GATEWAY_ADMIN_TOKEN", TOKEN.to_owned()), tries];
    let system = System::demo(Demo { env, ..Demo::default() });
    let contract = format!("{}/api/openapi.json", system.http);
    clients_are_made_that_recommend_and_click(&system, &contract);
    let told = run(
        &system,
        "st",
        &[
            "--config-file",
            &ours("schemathesis.toml"),
            "run",
            &contract,
            "--url",
            &system.http,
            // A stream of events never ends.
            "--exclude-path",
            "/api/v1/events",
            "--max-examples",
            "100",
            "--no-color",
            "--request-timeout",
            "20",
        ],
    );
    println!("{told}");
}
