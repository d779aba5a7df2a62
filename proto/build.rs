//! Compiles the `.proto` files without a system protoc.

use std::path::Path;

const FILES: [&str; 7] = ["events", "health", "recommend", "ingest", "embed", "cluster", "learn"];

/// What people take away as JSON, with the names of the `.proto`: clicks and all that is in them.
const EXPORTED: [&str; 4] = ["ClickRecorded", "Impression", "SlateEntry", "Arm"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = FILES.map(|name| format!("avzeus/v1/{name}.proto"));
    for file in &files {
        println!("cargo:rerun-if-changed={file}");
    }
    let descriptors = protox::compile(&files, [Path::new(".")])?;
    let mut build = tonic_prost_build::configure();
    for message in EXPORTED {
        build = build
            .message_attribute(message, "#[derive(serde::Serialize, serde::Deserialize)]\n#[serde(default)]");
    }
    build.compile_fds(descriptors)?;
    Ok(())
}
