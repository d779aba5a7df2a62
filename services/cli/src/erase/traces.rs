//! Where a person can still be found.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bus::{Bus, Held, Stream};
use domain::PersonId;
use serde_json::{Value, json};
use store::ShortLived;

use super::words::{Word, Words};
use crate::CliError;
use crate::progress::Progress;
use crate::running::Running;

/// Bytes of a file that are looked at together.
const PART: usize = 1 << 20;
/// Pause before files are looked at again.
const AGAIN: Duration = Duration::from_secs(2);

/// A place that holds one of the words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trace {
    /// A stream, a bucket, Redis or a file.
    place: String,
    word: String,
    /// Messages, values or files.
    count: u64,
    is_file: bool,
}

impl Trace {
    pub(super) fn json(&self) -> Value {
        json!({ "place": self.place, "word": self.word, "count": self.count })
    }
}

/// Looks as [`look`] does, and again for as long as `patience` while files alone hold something: the broker keeps indexes
/// of its streams beside them, and writes those anew some seconds later.
pub(super) async fn find(
    bus: &Bus,
    running: &Running,
    stores: &[PathBuf],
    words: &Words,
    patience: Duration,
) -> Result<Vec<Trace>, CliError> {
    let end = Instant::now() + patience;
    let folders = folders(running, stores)?;
    loop {
        let traces = look(bus, running, &folders, words).await?;
        if traces.is_empty() || traces.iter().any(|trace| !trace.is_file) || Instant::now() > end {
            return Ok(traces);
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// The folders that are looked through: the data folder, which holds the broker's files too; of a system that runs
/// elsewhere the objects', where they are within reach. Those that were named come beside them.
fn folders(running: &Running, stores: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let own = if running.is_local() { running.data.clone() } else { running.objects() };
    let mut folders = Vec::new();
    if own.is_dir() {
        folders.push(own);
    }
    for store in stores {
        folders.push(store.canonicalize().map_err(CliError::file(store, "read"))?);
    }
    if !running.keeps_streams() && stores.is_empty() {
        eprintln!(
            "{:>12} no folder of a NATS server: name where each keeps its streams with --store",
            "not seen"
        );
    }
    Ok(folders)
}

/// Looks through every stream and bucket, Redis, and the files in `folders`. The receipt alone is no trace: it keeps the id,
/// which is the first of `words`.
async fn look(
    bus: &Bus,
    running: &Running,
    folders: &[PathBuf],
    words: &Words,
) -> Result<Vec<Trace>, CliError> {
    let mut found = Found { words, places: BTreeMap::new() };
    let mut progress = Progress::new("looking", 3);
    progress.at(0, 3, "streams and buckets");
    bus.everything(|name, message| found.in_message(name, &message)).await?;
    progress.at(1, 3, "redis");
    let redis = ShortLived::open(&running.redis()?)?;
    redis.each(|key, value| found.at("redis", None, &[key, value])).await?;
    progress.at(2, 3, "every byte of every file");
    let mut files = 0;
    for (number, folder) in folders.iter().enumerate() {
        // Copies of one stream have the same names in every server's folder.
        let shown_from = if number == 0 { folder.as_path() } else { Path::new("") };
        below(folder, &mut |file| {
            files += 1;
            found.in_file(folder, shown_from, file)
        })?;
    }
    let places: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    let places = if places.is_empty() { "no folder".to_owned() } else { places.join(", ") };
    progress.done(&format!("streams, buckets, redis and {files} files in {places} are looked through"));
    let trace = |((place, word, is_file), count)| Trace { place, word, count, is_file };
    Ok(found.places.into_iter().map(trace).collect())
}

pub(super) fn print(person: &PersonId, words: &Words, traces: &[Trace]) {
    for Trace { place, word, count, .. } in traces {
        println!("{:>12}  {word} stands in {place} ({count})", "found");
    }
    let looked_for = words.iter().count();
    match traces.is_empty() {
        true => {
            println!("{:>12}  of {looked_for} words nothing but the receipt of {person} is left", "verified")
        }
        false => println!("{:>12}  {} places hold something of {person}", "not erased", traces.len()),
    }
}

struct Found<'a> {
    words: &'a Words,
    places: BTreeMap<(String, String, bool), u64>,
}

impl<'a> Found<'a> {
    /// Counts every word that stands in one of `parts`, but for the one that `may` stand there.
    fn at(&mut self, place: &str, may: Option<&str>, parts: &[&[u8]]) {
        for word in self.words.iter().filter(|word| Some(word.text()) != may) {
            if parts.iter().any(|part| word.is_in(part)) {
                *self.places.entry((place.to_owned(), word.text().to_owned(), false)).or_default() += 1;
            }
        }
    }

    /// The id, where the receipt is kept.
    fn kept_id(&self, keeps_receipts: bool) -> Option<&str> {
        self.words.iter().next().map(Word::text).filter(|_| keeps_receipts)
    }

    fn in_message(&mut self, name: &str, message: &Held) {
        let headers = message.headers.as_ref().map(|headers| format!("{headers:?}")).unwrap_or_default();
        let may = self.kept_id(name == Stream::Withdrawals.name()).map(str::to_owned);
        self.at(name, may.as_deref(), &[message.subject.as_bytes(), headers.as_bytes(), &message.payload]);
    }

    /// Its name within `folder`, and its bytes; it is told of by its name from `shown_from` on. A file that goes away
    /// meanwhile holds nothing any more.
    fn in_file(&mut self, folder: &Path, shown_from: &Path, path: &Path) -> Result<(), CliError> {
        let name = path.strip_prefix(folder).unwrap_or(path).display().to_string();
        let place = path.strip_prefix(shown_from).unwrap_or(path).display().to_string();
        let receipts = format!("{}/msgs/", Stream::Withdrawals.name());
        let may = self.kept_id(name.contains(&receipts)).map(str::to_owned);
        let mut held = BTreeSet::from_iter(self.any(name.as_bytes()));
        let opened = match path.is_file().then(|| File::open(path)) {
            Some(Err(error)) if error.kind() == ErrorKind::NotFound => None,
            Some(opened) => Some(opened.map_err(CliError::file(path, "read"))?),
            None => None,
        };
        if let Some(mut file) = opened {
            let mut part = Vec::with_capacity(2 * PART);
            loop {
                let read = file.by_ref().take(PART as u64).read_to_end(&mut part);
                if read.map_err(CliError::file(path, "read"))? == 0 {
                    break;
                }
                held.extend(self.any(&part));
                // A word may lie across two parts.
                part.drain(..part.len().saturating_sub(self.words.longest()));
            }
        }
        for word in held.into_iter().filter(|word| Some(*word) != may.as_deref()) {
            *self.places.entry((place.clone(), word.to_owned(), true)).or_default() += 1;
        }
        Ok(())
    }

    fn any(&self, bytes: &[u8]) -> Vec<&'a str> {
        let words: &'a Words = self.words;
        words.iter().filter(|word| word.is_in(bytes)).map(Word::text).collect()
    }
}

/// Tells every file below `folder`, and every folder that is empty.
fn below(folder: &Path, told: &mut impl FnMut(&Path) -> Result<(), CliError>) -> Result<(), CliError> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(CliError::file(folder, "read"))?,
    };
    let entries: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    if entries.is_empty() {
        told(folder)?;
    }
    for path in entries {
        if path.is_dir() { below(&path, told)? } else { told(&path)? }
    }
    Ok(())
}
