//! `avzeus-gateway`: see the library.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    runtime::launch("gateway", gateway::Config::parse(), gateway::run)
}
