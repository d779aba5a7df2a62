//! Prints the HTTP contract, operators' part and all, as it is served at /api/openapi.json: `make contract` keeps it in a file.

use std::io::{Write, stdout};

fn main() -> std::io::Result<()> {
    let contract = gateway::contract().to_pretty_json().map_err(std::io::Error::other)?;
    writeln!(stdout(), "{contract}")
}
