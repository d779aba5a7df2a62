//! Disks that get full or cannot be written to. Root alone can make them.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What fills a disk.
const BALLAST: &str = "ballast";

/// A file system of its own in a folder; dropped, it is gone with all that it holds.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Makes one of so many megabytes in `folder`, which is made.
    ///
    /// # Errors
    /// What this machine lacks for it.
    pub fn make(folder: &Path, megabytes: u32) -> Result<Self, String> {
        std::fs::create_dir_all(folder).map_err(|e| e.to_string())?;
        mount(&["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"], folder)?;
        Ok(Self(folder.to_owned()))
    }

    /// Fills it to the last byte.
    pub fn fill(&self) {
        let mut ballast = File::create(self.0.join(BALLAST)).expect("a file can be made on a small disk");
        let mut part = vec![1; 1 << 20];
        while !part.is_empty() {
            if ballast.write_all(&part).is_err() {
                part.truncate(part.len() / 2);
            }
        }
    }

    /// Takes away what filled it.
    pub fn clear(&self) {
        std::fs::remove_file(self.0.join(BALLAST)).expect("the ballast can be removed");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount(&self.0);
    }
}

/// A folder that nobody can write to, not even root; dropped, it is as it was.
pub struct ReadOnly(PathBuf);

impl ReadOnly {
    /// Makes `folder` so.
    ///
    /// # Errors
    /// What this machine lacks for it.
    pub fn make(folder: &Path) -> Result<Self, String> {
        let shown = folder.display().to_string();
        mount(&["--bind", &shown], folder)?;
        let made = Self(folder.to_owned());
        mount(&["-o", "remount,bind,ro"], folder)?;
        Ok(made)
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        unmount(&self.0);
    }
}

fn mount(options: &[&str], folder: &Path) -> Result<(), String> {
    let done = Command::new("mount").args(options).arg(folder).output();
    let done = done.map_err(|e| format!("mount cannot be run: {e}"))?;
    if done.status.success() {
        return Ok(());
    }
    Err(format!("{} (mounting needs root)", String::from_utf8_lossy(&done.stderr).trim()))
}

fn unmount(folder: &Path) {
    // Lazily: a server that was killed may take a moment to let go of its files.
    let _ = Command::new("umount").arg("--lazy").arg(folder).status();
}
