#!/usr/bin/env bash
# csv 1.4.0 (Rust): StringRecord::position().line() is one too low for every record of a text whose lines end in CR LF, as
# spreadsheets write them: the record of line 2 says line 1. With LF it says 2. The place is taken when the CR before the
# record has ended the record above, and the LF is not counted yet. Expected: the line on which the record begins, however
# lines end.
#
# Seen:
#   LF     a: line 2  b: line 3
#   CR LF  a: line 1  b: line 2
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/src"
cat >"$folder/Cargo.toml" <<'TOML'
[package]
name = "lines"
version = "0.0.0"
edition = "2021"

[dependencies]
csv = "=1.4.0"
TOML
cat >"$folder/src/main.rs" <<'RUST'
fn main() {
    for (name, end) in [("LF    ", "\n"), ("CR LF ", "\r\n")] {
        let text = ["id", "a", "b", ""].join(end);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let mut lines = Vec::new();
        for record in reader.records() {
            let record = record.unwrap();
            lines.push(format!("{}: line {}", &record[0], record.position().unwrap().line()));
        }
        println!("{name} {}", lines.join("  "));
    }
}
RUST
cargo run --quiet --manifest-path "$folder/Cargo.toml" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
LF     a: line 2  b: line 3
CR LF  a: line 1  b: line 2
SEEN
