//! Imports run down only. Read from what cargo says, so a line in a Cargo.toml is enough to be seen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Member → the members it may depend on, lowest first. The six services never depend on one another:
/// they talk through events and questions. What is not listed here is refused, so a new member is placed.
/// `tests` may import anything, and nothing imports it.
const MAY_IMPORT: [(&str, &[&str]); 15] = [
    ("domain", &[]),
    ("proto", &["domain"]),
    ("runtime", &["domain"]),
    ("store", &["domain"]),
    ("vision", &["domain"]),
    ("bus", &["domain", "proto", "runtime"]),
    ("learning", &["domain", "proto", "runtime"]),
    ("policies", &["domain", "proto", "runtime", "bus", "learning"]),
    ("ingest", SERVICE),
    ("embed", SERVICE),
    ("cluster", SERVICE),
    ("recommend", SERVICE),
    ("learn", &["domain", "proto", "runtime", "store", "vision", "bus", "learning"]),
    ("gateway", &["domain", "proto", "runtime", "store", "vision", "bus", "policies"]),
    ("cli", &["domain", "proto", "runtime", "store", "vision", "bus", "policies", "learning"]),
];
const SERVICE: &[&str] = &["domain", "proto", "runtime", "store", "vision", "bus"];

/// What `domain` must not reach, by whatever way.
const NOT_PURE: [&str; 4] = ["tokio", "tonic", "async-nats", "ort"];

/// Packages whose name starts so → the one member that may depend on them.
const OWNED: [(&str, &str); 3] = [("ort", "vision"), ("burn", "learning"), ("linfa", "cluster")];

fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above");
    let output = Command::new(cargo).args(arguments).current_dir(root).output().expect("cargo runs");
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}

/// Every member and the names of the packages its Cargo.toml asks for, those of tests and builds included.
fn members() -> BTreeMap<String, BTreeSet<String>> {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1"])).expect("JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let name = |value: &Value| value["name"].as_str().expect("a name").to_owned();
    let imports =
        |package: &Value| package["dependencies"].as_array().expect("a list").iter().map(name).collect();
    packages.iter().map(|package| (name(package), imports(package))).collect()
}

#[test]
fn members_import_downwards_only() {
    let members = members();
    let allowed = BTreeMap::from(MAY_IMPORT);
    let mut forbidden = Vec::new();
    for (member, imports) in members.iter().filter(|(member, _)| *member != "tests") {
        let Some(allowed) = allowed.get(member.as_str()) else {
            forbidden.push(format!("{member}: has no place yet, give it one in MAY_IMPORT"));
            continue;
        };
        let upwards = imports.iter().filter(|i| members.contains_key(*i) && !allowed.contains(&i.as_str()));
        forbidden.extend(upwards.map(|import| format!("{member} → {import}")));
    }
    assert!(forbidden.is_empty(), "these imports do not run down: {forbidden:#?}");
}

#[test]
fn the_table_of_places_names_members_only() {
    let members = members();
    let gone: Vec<_> = MAY_IMPORT.iter().map(|(m, _)| m).filter(|m| !members.contains_key(**m)).collect();
    assert!(gone.is_empty(), "no members any more: {gone:?}");
}

#[test]
fn one_member_owns_each_heavy_library() {
    let mut forbidden = Vec::new();
    for (member, imports) in members() {
        for (library, owner) in OWNED {
            let family = |import: &&String| {
                *import == library || import.strip_prefix(library).is_some_and(|rest| rest.starts_with('-'))
            };
            let taken = imports.iter().filter(family).filter(|_| member != owner);
            forbidden.extend(taken.map(|i| format!("{member} → {i}: only {owner} may")));
        }
    }
    assert!(forbidden.is_empty(), "these libraries have one owner: {forbidden:#?}");
}

#[test]
fn domain_reaches_no_io() {
    let tree =
        cargo(&["tree", "-p", "domain", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"]);
    let reached: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(reached.contains("domain"), "cargo tree named no domain: {tree}");
    let impure: Vec<_> = NOT_PURE.iter().filter(|name| reached.contains(**name)).collect();
    assert!(impure.is_empty(), "domain → … → {impure:?}: see cargo tree -p domain -i {}", impure[0]);
}
