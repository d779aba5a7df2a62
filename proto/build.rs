//! Compiles the `.proto` files without a system protoc.

use std::path::Path;

const FILES: [&str; 6] = ["events", "recommend", "ingest", "embed", "cluster", "learn"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = FILES.map(|name| format!("avzeus/v1/{name}.proto"));
    for file in &files {
        println!("cargo:rerun-if-changed={file}");
    }
    let descriptors = protox::compile(&files, [Path::new(".")])?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
