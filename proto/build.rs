//! Compiles the `.proto` files without a system protoc.

use std::path::Path;

const FILES: [&str; 7] = ["events", "health", "recommend", "ingest", "embed", "cluster", "learn"];

/// What people take away as JSON, with the names of the `.proto`, and bring back: clicks and all that is in them.
const EXPORTED: [&str; 4] = ["ClickRecorded", "Impression", "SlateEntry", "Arm"];

/// What operators read as JSON besides, where it became a dead letter.
const SHOWN: [&str; 10] = [
    "CropStored",
    "Face",
    "Quality",
    "CropEmbedded",
    "VectorImported",
    "CataloguePublished",
    "PersonWithdrawn",
    "PersonErased",
    "Removed",
    "Receipt",
];

/// Bytes of those, in hexadecimal digits.
const HEX: [&str; 5] = [
    "CropStored.source_sha256",
    "CropStored.perceptual_hash",
    "Receipt.statement",
    "Receipt.public_key",
    "Receipt.signature",
];

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
    for message in SHOWN {
        build = build.message_attribute(format!(".avzeus.v1.{message}"), "#[derive(serde::Serialize)]");
    }
    for field in HEX {
        build = build.field_attribute(
            format!(".avzeus.v1.{field}"),
            "#[serde(serialize_with = \"crate::hex::serialize\")]",
        );
    }
    build.compile_fds(descriptors)?;
    Ok(())
}
