//! `avzeus-cluster`.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    runtime::launch("cluster", cluster::Config::parse(), cluster::run)
}
