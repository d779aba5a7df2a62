//! `avzeus-embed`.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    runtime::launch("embed", embed::Config::parse(), embed::run)
}
