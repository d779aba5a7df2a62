//! `avzeus`.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    cli::Avzeus::parse().run()
}
