//! `avzeus-learn`.

use std::process::ExitCode;

use clap::Parser;

/// A step of learning makes a few hundred small tensors: mimalloc hands their memory out in less time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    runtime::launch("learn", learn::Config::parse(), learn::run)
}
