//! Lists the files of the page, of the operators' console and of the contract's page, so that a new one is served without a line of code,
//! and makes each small once, for all who take gzip.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::{env, fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;

/// The folders, each with a list of its own.
const FOLDERS: [&str; 3] = ["page", "console", "api_page"];

/// Name endings that are files of theirs, with what a browser is told they are.
const TYPES: [(&str, &str); 8] = [
    ("html", "text/html; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("webp", "image/webp"),
    ("woff2", "font/woff2"),
    ("webmanifest", "application/manifest+json"),
];

fn main() -> io::Result<()> {
    FOLDERS.into_iter().try_for_each(list)
}

/// Writes `<folder>_files.rs`: name, content type and bytes of every file, as they are and made small.
fn list(folder: &str) -> io::Result<()> {
    let here = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let files = Path::new(&here).join(folder);
    println!("cargo:rerun-if-changed={}", files.display());
    let mut paths: Vec<_> =
        fs::read_dir(&files)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let mut table = String::from("&[\n");
    for path in paths {
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let known = TYPES.iter().find(|(known, _)| *known == ending);
        if let (Some((_, content_type)), Some(name)) = (known, path.file_name().and_then(|n| n.to_str())) {
            let small = Path::new(&out).join(format!("{folder}_{name}.gz"));
            let mut gzip = GzEncoder::new(fs::File::create(&small)?, Compression::best());
            gzip.write_all(&fs::read(&path)?)?;
            gzip.finish()?;
            let (path, small) = (path.display().to_string(), small.display().to_string());
            writeln!(
                table,
                "({name:?}, {content_type:?}, include_bytes!({path:?}), include_bytes!({small:?})),"
            )
            .map_err(io::Error::other)?;
        }
    }
    table.push(']');
    fs::write(Path::new(&out).join(format!("{folder}_files.rs")), table)
}
