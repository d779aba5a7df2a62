//! `make chaos`: real brokers, servers and services are killed, held and cut off while visitors rank and click, and a table
//! says what that cost: clicks lost, clicks doubled, and for how long there was no good answer.
//!
//! Names as arguments choose scenarios, `all` every one. What is measured is seconds, so it is no test; what must never be, a lost or a doubled
//! click, or a byte of somebody who was erased, ends it with 1.

mod erasure;
mod scenario;
mod visits;

use std::process::ExitCode;

use scenario::all;

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
    let mut is_well = true;
    println!(
        "{:<44} {:>6} {:>5} {:>7}  {:>9} {:>9} {:>9}",
        "what was done", "clicks", "lost", "doubled", "ranked s", "clicked s", "learned s"
    );
    for scenario in all() {
        if !is_wanted(&scenario.name) {
            continue;
        }
        let figures = runtime.block_on((scenario.run)());
        println!("{:<44} {figures}", scenario.name);
        is_well &= figures.is_well();
    }
    if is_wanted(erasure::NAME) {
        is_well &= erasure::run(&runtime);
    }
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
