//! Which nats-server is started on a data folder.
//!
//! A server of an older version may not read what a newer one wrote, and leaves out what it does not know without a word.
//! So the newest version that ran on the folder is written there, and an older one is not started.

use std::path::Path;
use std::process::Command;

use super::services::server_path;
use crate::CliError;

/// Oldest version that services take.
const OLDEST: Version = Version(bus::OLDEST_BROKER[0], bus::OLDEST_BROKER[1], 0);
/// Where the version stands, within the folder of streams.
const FILE: &str = "nats-server.version";

/// A released version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32, u32);

impl std::fmt::Display for Version {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl Version {
    /// Reads `2.12.8`, also behind a `v` and with a `-beta` behind it.
    fn read(text: &str) -> Option<Self> {
        let plain = text.trim().trim_start_matches('v').split(['-', '+']).next()?;
        let mut numbers = plain.split('.').map(|number| number.parse().ok());
        Some(Self(numbers.next()??, numbers.next()??, numbers.next()??))
    }

    /// What `nats-server --version` says: `nats-server: v2.12.8`.
    fn installed() -> Result<Self, CliError> {
        let absent = || CliError::Program { program: "nats-server".to_owned() };
        let (name, path) = server_path();
        let said =
            Command::new("nats-server").arg("--version").env(name, path).output().map_err(|_| absent())?;
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        said.split_whitespace().find_map(Self::read).ok_or_else(absent)
    }
}

/// Checks the nats-server that would run on `streams`, and writes its version there.
///
/// # Errors
/// Where there is none, where it is too old, and where a newer one ran on the folder.
pub(super) fn check(streams: &Path) -> Result<(), CliError> {
    let installed = Version::installed()?;
    let file = streams.join(FILE);
    let before = std::fs::read_to_string(&file).ok().as_deref().and_then(Version::read);
    judge(installed, before, streams)?;
    std::fs::write(&file, format!("{installed}\n")).map_err(CliError::file(&file, "written"))
}

fn judge(installed: Version, before: Option<Version>, streams: &Path) -> Result<(), CliError> {
    if installed < OLDEST {
        return Err(CliError::OldServer {
            found: installed.to_string(),
            why: format!("{OLDEST} or newer is needed"),
            mending: "`make setup` installs one, and --nats-url names another".to_owned(),
        });
    }
    match before {
        Some(before) if installed < before => Err(CliError::OldServer {
            found: installed.to_string(),
            why: format!(
                "{before} ran on {}, and an older one may not read what that wrote",
                streams.display()
            ),
            mending: format!("install {before} or newer, or choose another folder with --data"),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_servers_write_them() {
        assert_eq!(Version::read("v2.12.8"), Some(Version(2, 12, 8)));
        assert_eq!(Version::read("2.11.0-RC.1\n"), Some(Version(2, 11, 0)));
        assert_eq!(Version::read("nats-server:"), None);
        assert!(Version(2, 9, 10) < Version(2, 10, 0) && Version(2, 10, 26) < Version(2, 12, 0));
    }

    #[test]
    fn an_old_server_and_a_newer_ones_folder_are_refused_by_name() {
        let streams = Path::new("/data/nats");
        assert!(judge(Version(2, 12, 8), None, streams).is_ok());
        assert!(judge(Version(2, 12, 8), Some(Version(2, 12, 8)), streams).is_ok());
        assert!(judge(Version(2, 15, 1), Some(Version(2, 12, 8)), streams).is_ok());
        let old = judge(Version(2, 9, 10), None, streams).unwrap_err().to_string();
        assert!(old.contains("2.9.10") && old.contains("2.10.0 or newer"), "{old}");
        let back = judge(Version(2, 12, 8), Some(Version(2, 15, 1)), streams).unwrap_err().to_string();
        assert!(back.contains("2.15.1 ran on /data/nats") && back.contains("2.12.8"), "{back}");
    }
}
