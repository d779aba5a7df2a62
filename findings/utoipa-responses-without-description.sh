#!/usr/bin/env bash
# utoipa 6.0.0 (Rust), read by openapi-spec-validator 0.9.0: `responses((status = 200, body = Face))` without a description
# builds, and is written as "openapi": "3.1.0" with a response that has no description. OpenAPI 3.1 requires one in every
# response, so that validators refuse the document and some client generators make nothing of it. Expected: an empty
# description, or a word from the compiler that one is missing.
#
# Seen:
#   openapi 3.1.0, the response holds: content
#   the validator: 'description' is a required property
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/src"
cat >"$folder/Cargo.toml" <<'TOML'
[package]
name = "contract"
version = "0.0.0"
edition = "2021"

[dependencies]
serde = { version = "1", features = ["derive"] }
utoipa = "=6.0.0"
TOML
cat >"$folder/src/main.rs" <<'RUST'
use utoipa::{OpenApi, ToSchema};

#[derive(serde::Serialize, ToSchema)]
struct Face {
    side: u32,
}

#[utoipa::path(get, path = "/face", responses((status = 200, body = Face)))]
#[allow(dead_code)]
fn face() {}

#[derive(OpenApi)]
#[openapi(paths(face))]
struct Contract;

fn main() {
    println!("{}", Contract::openapi().to_json().unwrap());
}
RUST
cargo run --quiet --manifest-path "$folder/Cargo.toml" >"$folder/openapi.json"
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check openapi-spec-validator==0.9.0
"$folder/env/bin/python" - "$folder/openapi.json" <<'PYTHON' | tee "$folder/seen"
import json
import sys

from openapi_spec_validator import OpenAPIV31SpecValidator

with open(sys.argv[1]) as file:
    contract = json.load(file)
response = contract["paths"]["/face"]["get"]["responses"]["200"]
print(f"openapi {contract['openapi']}, the response holds: {', '.join(sorted(response))}")


def words(error):
    yield error.message
    for inner in error.context or ():
        yield from words(inner)


missing = "'description' is a required property"
told = [word for error in OpenAPIV31SpecValidator(contract).iter_errors() for word in words(error)]
print("the validator:", missing if missing in told else told)
PYTHON
diff "$folder/seen" - <<'SEEN'
openapi 3.1.0, the response holds: content
the validator: 'description' is a required property
SEEN
