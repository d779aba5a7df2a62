//! `avzeus roster template`.

use std::process::ExitCode;

use proto::convert::roster_csv::COLUMNS;

pub(super) fn run() -> ExitCode {
    println!("{}", COLUMNS.join(","));
    println!(
        "aoi-tanaka,Aoi Tanaka,Site=https://example.com/aoi,folder;search,img.example.com;*.example.org,Example Studio,2026-01-31,C-0001,template display,2026-02-01,2028-02-01,"
    );
    eprintln!("sources, separated by ; and walked in this order:");
    eprintln!("  folder                 the PNG, JPEG and WebP pictures in photos/<id>/ beside the roster");
    eprintln!("  search, search=WORDS   what the image search page finds for the name, or for these words");
    eprintln!("  list=FILE              the addresses in a text file beside the roster, one a line");
    eprintln!("  https://…              one picture");
    eprintln!(
        "hosts, separated by ;    what pictures may be fetched from, and nothing else; *.example.org is every"
    );
    eprintln!("                         host below example.org. Needed unless folder is the only source");
    eprintln!(
        "consent_scope            template (pictures are collected and turned into vectors), display (the face is"
    );
    eprintln!("                         shown to visitors), or both");
    eprintln!(
        "consent_expires_on       from that day on nothing is fetched or shown; empty where it has no end"
    );
    eprintln!("dates                    the year first: 2026-01-31, 2026/1/31 or 2026.1.31");
    eprintln!("next: fill it in, put pictures into photos/<id>/, then avzeus roster check ROSTER.csv");
    ExitCode::SUCCESS
}
