//! The binaries that were built, and what they say about themselves.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::yaml::at;

/// Every binary of the workspace.
pub(crate) fn all() -> BTreeSet<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = ["metadata", "--no-deps", "--format-version", "1"];
    let output = Command::new(cargo).args(arguments).current_dir(at("")).output().expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let targets = packages.flat_map(|package| package["targets"].as_array().into_iter().flatten());
    let is_binary = |target: &&Value| target["kind"].as_array().is_some_and(|k| k.iter().any(|k| k == "bin"));
    let name = |target: &Value| target["name"].as_str().map(str::to_owned);
    targets.filter(is_binary).filter_map(name).collect()
}

/// The binaries that run for as long as the system does.
pub(crate) fn services() -> BTreeSet<String> {
    all().into_iter().filter(|name| name.starts_with("avzeus-")).collect()
}

/// Environment names that `binary` takes, from its `--help`.
pub(crate) fn settings(binary: &str) -> BTreeSet<String> {
    let output = Command::new(tests::program(binary)).arg("--help").output();
    let output = output.unwrap_or_else(|e| panic!("{binary}: {e}"));
    assert!(output.status.success(), "{binary} --help failed: {}", String::from_utf8_lossy(&output.stderr));
    named(&String::from_utf8_lossy(&output.stdout))
}

/// Environment names by which a command finds the running system, from `avzeus erase --help`: all commands have the same.
pub(crate) fn settings_of_commands() -> BTreeSet<String> {
    let output = tests::avzeus().args(["erase", "--help"]).output().expect("avzeus runs");
    named(&String::from_utf8_lossy(&output.stdout))
}

/// `[env: NAME=value]` and `[env: NAME]`, wherever a line was wrapped.
fn named(help: &str) -> BTreeSet<String> {
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let names = help.split("[env: ").skip(1);
    names.filter_map(|rest| rest.split(['=', ']']).next()).map(str::to_owned).collect()
}

#[test]
fn environment_names_are_found_in_wrapped_help() {
    let help = "--a <A>  words [env: AVZEUS_A=] [default: 1]\n --b <B>  more words [env:\n     AVZEUS_B=x y]";
    assert_eq!(named(help), BTreeSet::from(["AVZEUS_A".to_owned(), "AVZEUS_B".to_owned()]));
}

#[test]
fn every_service_has_the_shared_settings() {
    let services = services();
    assert_eq!(services.len(), 6, "{services:?}");
    for service in services {
        let settings = settings(&service);
        for shared in ["AVZEUS_OPS_ADDR", "AVZEUS_DRAIN_SECONDS", "AVZEUS_NATS_URL"] {
            assert!(settings.contains(shared), "{service} --help names no {shared}: {settings:?}");
        }
    }
}
