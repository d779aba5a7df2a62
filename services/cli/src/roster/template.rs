//! `avzeus roster template`.

use std::process::ExitCode;

use crate::roster_file::COLUMNS;

pub(super) fn run() -> ExitCode {
    println!("{}", COLUMNS.join(","));
    println!(
        "aoi-tanaka,Aoi Tanaka,Site=https://example.com/aoi,folder,Example Studio,2026-01-31,C-0001,template display,2026-02-01,"
    );
    eprintln!(
        "next: fill it in, put pictures into photos/<id>/ beside it, then avzeus roster check ROSTER.csv"
    );
    ExitCode::SUCCESS
}
