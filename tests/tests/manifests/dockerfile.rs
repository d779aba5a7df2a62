//! deploy/Dockerfile: the one image.

use std::collections::BTreeSet;

use tests::dockerfile::{FILE, instructions};
pub(crate) use tests::dockerfile::{environment, ports, user};

use crate::{agree, binaries, yaml};

#[test]
fn the_image_holds_every_binary() {
    let build = instructions().into_iter().find(|line| line.contains("cargo build")).expect("a build step");
    let (_, installed) =
        build.split_once("-t /built ").unwrap_or_else(|| panic!("{FILE}: installs nothing into /built"));
    let installed: BTreeSet<_> = installed.split(' ').map(str::to_owned).collect();
    assert_eq!(installed, binaries::all(), "{FILE}: RUN install: what is installed is not what is built");
}

#[test]
fn the_image_builds_with_the_rust_that_cargo_toml_asks_for() {
    let manifest = yaml::text("Cargo.toml");
    let wanted = manifest
        .lines()
        .find_map(|l| l.strip_prefix("rust-version = "))
        .expect("a rust-version")
        .trim_matches('"')
        .to_owned();
    let from = instructions().into_iter().find(|line| line.starts_with("FROM rust:")).expect("a Rust stage");
    assert!(
        from.starts_with(&format!("FROM rust:{wanted}-")),
        "{FILE}: {from}: Cargo.toml asks for {wanted}"
    );
}

#[test]
fn the_image_sets_and_copies_only_what_exists() {
    let mut known: BTreeSet<_> =
        binaries::all().iter().flat_map(|binary| binaries::settings(binary)).collect();
    // ONNX Runtime's own.
    known.insert("ORT_DISABLE_TELEMETRY".to_owned());
    let mut findings = Vec::new();
    for name in environment().keys().filter(|name| !known.contains(*name)) {
        findings.push(format!("{FILE}: ENV {name}: no binary has such a setting"));
    }
    let ignore = yaml::text("deploy/Dockerfile.dockerignore");
    let kept: Vec<_> = ignore.lines().filter_map(|line| line.strip_prefix('!')).collect();
    for line in instructions().iter().filter_map(|line| line.strip_prefix("COPY ")) {
        let words: Vec<_> = line.split(' ').collect();
        if words[0].starts_with("--from=") || words[0] == "." {
            continue;
        }
        for source in &words[..words.len() - 1] {
            if !yaml::at(source).exists() {
                findings.push(format!("{FILE}: COPY {source}: there is no such file"));
            }
            if !kept.iter().any(|kept| source.starts_with(kept)) {
                findings.push(format!("{FILE}.dockerignore: keeps {source} out, which is copied"));
            }
        }
    }
    findings.extend(
        kept.iter()
            .filter(|kept| !yaml::at(kept).exists())
            .map(|kept| format!("{FILE}.dockerignore: there is no {kept}")),
    );
    agree(findings);
}

#[test]
fn the_image_declares_its_ops_port_and_not_root() {
    let ops = environment().get("AVZEUS_OPS_ADDR").and_then(|addr| addr.rsplit(':').next()?.parse().ok());
    assert_eq!(ports(), ops.into_iter().collect(), "{FILE}: EXPOSE is not the port of AVZEUS_OPS_ADDR");
    assert_ne!(user(), 0, "{FILE}: USER is root");
}
