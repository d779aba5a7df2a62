//! `avzeus-ingest`.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    runtime::launch("ingest", ingest::Config::parse(), ingest::run)
}
