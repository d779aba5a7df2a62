//! The format since PyTorch 1.6: a zip archive of one pickle, and a file of numbers for each storage.
//!
//! PyTorch stores its entries uncompressed, so that they can be mapped. Compressed ones are refused:
//! what lies in the file as it is cannot swell.

use std::collections::HashMap;
use std::io::{Cursor, copy, sink};

use ::zip::{CompressionMethod, ZipArchive};

use super::Storages;
use super::pickle::{self, Value};

/// First bytes of a zip archive.
pub(super) const SIGNATURE: &[u8] = b"PK\x03\x04";

const PICKLE: &str = "data.pkl";
/// Where an archive that `torch.jit.save` wrote keeps its code.
const SCRIPT: &str = "/code/__torch__";

/// The state dict and its storages.
pub(super) fn read(bytes: &[u8]) -> Result<(Value, Storages<'_>), String> {
    let entries = entries(bytes)?;
    // Everything lies in one folder, called `archive` or like the file.
    let folder = entries
        .keys()
        .find_map(|name| name.strip_suffix(PICKLE).filter(|folder| folder.ends_with('/')))
        .ok_or("a zip archive that pytorch did not write: it has no data.pkl")?;
    if entries.get(&format!("{folder}byteorder")).is_some_and(|order| *order != b"little") {
        return Err("its numbers are big-endian".into());
    }
    let (state, _) = pickle::read(entries[&format!("{folder}{PICKLE}")])?;
    let data = format!("{folder}data/");
    let storages =
        entries.iter().filter_map(|(name, bytes)| Some((name.strip_prefix(&data)?.into(), *bytes))).collect();
    Ok((state, storages))
}

/// The archive's files by name, each checked against its checksum.
fn entries(bytes: &[u8]) -> Result<HashMap<String, &[u8]>, String> {
    let broken = |error: &dyn std::fmt::Display| format!("a broken zip archive: {error}");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let mut entries = HashMap::new();
    // Entries that share bytes would be read over and over.
    let mut left = bytes.len() as u64;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| broken(&error))?;
        let name = entry.name().map_err(|error| broken(&error))?.into_owned();
        if name.contains(SCRIPT) {
            return Err("it is a TorchScript archive, not a state dict: \
                        torch.save(torch.jit.load(IN).state_dict(), OUT) writes one"
                .into());
        }
        if entry.compression() != CompressionMethod::Stored {
            return Err(format!("{name} is compressed; pytorch stores tensors as they are"));
        }
        left = left.checked_sub(entry.size()).ok_or("a zip archive whose entries overlap")?;
        let slice = entry
            .data_start()
            .and_then(|start| {
                let start = usize::try_from(start).ok()?;
                bytes.get(start..start.checked_add(usize::try_from(entry.size()).ok()?)?)
            })
            .ok_or_else(|| format!("{name} is cut off"))?;
        copy(&mut entry, &mut sink()).map_err(|error| format!("{name}: {error}"))?;
        entries.insert(name, slice);
    }
    Ok(entries)
}
