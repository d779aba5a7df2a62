//! One container: a process, and commands beside it in the same environment.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tests::yaml::at;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// Lines of its log that are shown where something is wrong with it.
const LAST_WORDS: usize = 30;

/// What a process of this machine gets besides: where programs are, and ONNX Runtime where it is not beside the models.
const OF_THIS_MACHINE: [&str; 2] = ["PATH", "AVZEUS_ONNXRUNTIME"];

/// A container that runs; dropped, it is killed, and a panic shows what it said last.
pub(crate) struct Container {
    pub(crate) name: String,
    inside: Inside,
    log: PathBuf,
    process: Child,
}

/// What every process of a container has in common.
pub(crate) struct Inside {
    /// Its `/`, which is the working directory, too.
    pub(crate) root: PathBuf,
    pub(crate) environment: BTreeMap<String, String>,
}

impl Container {
    /// Starts the program `words[0]` of a container with the other words as arguments.
    pub(crate) fn start(name: &str, inside: Inside, words: &[String], log: &Path) -> Self {
        let mut command = inside.command(words);
        let said = File::options().create(true).append(true).open(log).unwrap();
        command.stdout(said.try_clone().unwrap()).stderr(said);
        let process = command.spawn().unwrap_or_else(|e| panic!("{name}: {}: {e}", words[0]));
        Self { name: name.to_owned(), inside, log: log.to_owned(), process }
    }

    /// Returns a command in this container, ready to be run.
    pub(crate) fn command(&self, words: &[String]) -> Command {
        self.inside.command(words)
    }

    /// Returns a setting of its environment.
    pub(crate) fn setting(&self, name: &str) -> &str {
        &self.inside.environment[name]
    }

    /// Waits for a moment; fails when the process has ended, and at `end`: it cannot become what is awaited any more.
    pub(crate) async fn may_still(&mut self, awaited: &str, end: Instant) {
        self.must_run();
        assert!(Instant::now() < end, "{} is not {awaited}", self.name);
        // Health has no event.
        sleep(Duration::from_millis(50)).await;
    }

    /// Fails when the process has ended.
    fn must_run(&mut self) {
        let ended = self.process.try_wait().unwrap();
        assert!(ended.is_none(), "{} ended by itself: {ended:?}", self.name);
    }

    /// Asks the process to end, and fails unless it does so by itself, well and within `grace`.
    pub(crate) async fn stop(mut self, grace: Duration) {
        self.must_run();
        let pid = self.process.id().and_then(|id| Pid::from_raw(id as i32)).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        let ended = timeout(grace, self.process.wait()).await;
        let is_well = matches!(&ended, Ok(Ok(status)) if status.success());
        assert!(is_well, "{} did not end well within {grace:?}: {ended:?}", self.name);
    }

    /// Returns the end of the log.
    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LAST_WORDS)..].join("\n")
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // That it is killed is asked for at its start.
        if std::thread::panicking() {
            eprintln!("{}'s last words:\n{}\n", self.name, self.last_words());
        }
    }
}

impl Inside {
    fn command(&self, words: &[String]) -> Command {
        let mut command = Command::new(program(&words[0]));
        command.args(&words[1..]).current_dir(&self.root).env_clear().envs(&self.environment);
        // The user of our image has no home that could be written to, nor anything else outside of volumes.
        command.env("HOME", &self.root).stdin(Stdio::null()).kill_on_drop(true);
        for name in OF_THIS_MACHINE {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command
    }
}

/// Returns where this machine has a program of an image.
fn program(name: &str) -> PathBuf {
    match name {
        "healthy" => at("deploy/healthy.sh"),
        "nats-server" => tests::nats_server(),
        _ if name.starts_with("avzeus") => tests::program(name),
        _ => PathBuf::from(name),
    }
}
