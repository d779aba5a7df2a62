//! `avzeus-recommend`.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    runtime::launch("recommend", recommend::Config::parse(), recommend::run)
}
