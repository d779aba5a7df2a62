//! `avzeus-learn`.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    runtime::launch("learn", learn::Config::parse(), learn::run)
}
