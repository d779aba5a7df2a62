//! This machine in the place of a container engine: what a container's network and file system are here. Nothing else of
//! compose.yaml is changed, and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Ports that all containers together may listen on.
const PORTS: usize = 48;

/// Folders and ports of this machine that stand for those of containers.
pub(crate) struct Machine {
    folder: TempDir,
    containers: BTreeSet<String>,
    free: Vec<u16>,
    /// A container and a port of its own → the port of this machine that stands for it.
    ports: BTreeMap<(String, u16), u16>,
}

impl Machine {
    /// Returns one for `containers`, which call each other by these names.
    pub(crate) fn new(containers: BTreeSet<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, containers, free: tests::free_ports(PORTS), ports: BTreeMap::new() }
    }

    /// Returns the port that stands for `port` of a container.
    pub(crate) fn port(&mut self, container: &str, port: u16) -> u16 {
        let free = &mut self.free;
        let taken = || free.pop().expect("PORTS is enough for all containers");
        *self.ports.entry((container.to_owned(), port)).or_insert_with(taken)
    }

    /// Returns the folder that stands for `/` of a container.
    pub(crate) fn root(&self, container: &str) -> PathBuf {
        self.folder.path().join("containers").join(container)
    }

    /// Returns the file that takes what a container says.
    pub(crate) fn log(&self, container: &str) -> PathBuf {
        self.folder.path().join(format!("{container}.log"))
    }

    /// Makes the folder of a volume, unless another container has it already, and returns it.
    pub(crate) fn volume(&self, name: &str) -> PathBuf {
        let volume = self.folder.path().join("volumes").join(name);
        fs::create_dir_all(&volume).unwrap();
        volume
    }

    /// Makes `source` be seen as `target` by a container: a folder as it is, a file with what is translated in it.
    pub(crate) fn mount(&mut self, container: &str, source: &Path, target: &str) {
        let place = self.within(container, target);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        if source.is_dir() {
            symlink(source, place).unwrap();
            return;
        }
        let text = fs::read_to_string(source).unwrap_or_else(|e| panic!("{}: {e}", source.display()));
        let mut lines = String::new();
        for line in text.lines() {
            let words: Vec<String> = line.split(' ').map(|word| self.translated(container, word)).collect();
            lines += &format!("{}\n", words.join(" "));
        }
        fs::write(place, lines).unwrap();
    }

    /// Returns a path, or an address with a port, as a process of this machine has to be told it in a container's place;
    /// anything else as it is.
    pub(crate) fn translated(&mut self, container: &str, word: &str) -> String {
        if word.starts_with('/') {
            return self.within(container, word).display().to_string();
        }
        let address = word.split_once("://").map_or(word, |(_, address)| address).split('/').next();
        let Some((host, port)) = address.and_then(|address| address.split_once(':')) else {
            return word.to_owned();
        };
        let (owner, Ok(inner)) = (if is_own(host) { container } else { host }, port.parse()) else {
            return word.to_owned();
        };
        if !self.containers.contains(owner) {
            return word.to_owned();
        }
        let here = format!("127.0.0.1:{}", self.port(owner, inner));
        word.replacen(&format!("{host}:{port}"), &here, 1)
    }

    /// Returns the files that lie in a container's own file system, outside of what is mounted.
    pub(crate) fn files(&self, container: &str) -> Vec<PathBuf> {
        let (mut files, mut folders) = (Vec::new(), vec![self.root(container)]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                match entry.file_type().unwrap() {
                    kind if kind.is_dir() => folders.push(entry.path()),
                    kind if kind.is_file() => files.push(entry.path()),
                    _ => {}
                }
            }
        }
        files
    }

    /// Returns where `path` of a container lies.
    fn within(&self, container: &str, path: &str) -> PathBuf {
        self.root(container).join(path.trim_start_matches('/'))
    }
}

/// Whether a container means itself by `host`.
fn is_own(host: &str) -> bool {
    matches!(host, "0.0.0.0" | "127.0.0.1" | "localhost")
}
