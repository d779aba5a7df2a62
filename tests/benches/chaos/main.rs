//! `make chaos`: real brokers, servers and services are killed, held and cut off while visitors rank and click, and a table
//! says what that cost: clicks lost, clicks doubled, and for how long there was no good answer.
//!
//! Names as arguments choose scenarios, `all` every one but the soak. What is measured is seconds, so it is no test; what must
//! never be, a lost or a doubled click, or a byte of somebody who was erased, ends it with 1.

mod broker;
mod clock;
mod delivery;
mod disk;
mod erasure;
mod network;
mod scenario;
mod service;
mod soak;
mod version;
mod visits;

use std::process::ExitCode;

use scenario::all;
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if wanted.is_empty() {
        // Among the benches, which are run all together.
        println!("chaos: `make chaos` runs it");
        return ExitCode::SUCCESS;
    }
    let is_wanted =
        |name: &str| wanted.iter().any(|wanted| wanted == "all" || name.contains(wanted.as_str()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut is_well = table(&runtime, is_wanted);
    if is_wanted(version::NAME) {
        is_well &= version::run(&runtime);
    }
    if is_wanted(erasure::NAME) {
        is_well &= erasure::run(&runtime);
    }
    if wanted.iter().any(|wanted| wanted == soak::NAME) {
        is_well &= runtime.block_on(soak::run());
    }
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs the rows that are wanted and prints them; returns whether no click was lost and none doubled.
fn table(runtime: &Runtime, is_wanted: impl Fn(&str) -> bool) -> bool {
    let mut is_well = true;
    println!(
        "{:<58} {:>6} {:>5} {:>7}  {:>9} {:>9} {:>9} {:>9}",
        "what was done", "clicks", "lost", "doubled", "ranked s", "clicked s", "learned s", "again s"
    );
    for scenario in all() {
        if !is_wanted(&scenario.name) {
            continue;
        }
        match runtime.block_on((scenario.run)()) {
            Ok(figures) => {
                println!("{:<58} {figures}", scenario.name);
                is_well &= figures.is_well();
            }
            Err(lacking) => println!("{:<58} left out: {lacking}", scenario.name),
        }
    }
    is_well
}
