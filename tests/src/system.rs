//! A whole system on a folder of its own.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use cli::Endpoints;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::avzeus;

/// Time a system has to stop after SIGTERM before a scenario fails.
const STOP: Duration = Duration::from_secs(40);

/// Time a killed child has to be started again.
const START: Duration = Duration::from_secs(20);

/// A running `avzeus demo` or `avzeus up`; dropped, it is stopped with everything it started.
pub struct System {
    child: Child,
    folder: TempDir,
    /// Address of the page and the API.
    pub http: String,
}

/// What a demo is started with.
pub struct Demo {
    /// People drawn.
    pub people: u16,
    /// Pictures of each.
    pub pictures: u16,
    /// Environment besides the test's own.
    pub env: Vec<(&'static str, String)>,
}

impl Default for Demo {
    /// Small enough to be served in seconds.
    fn default() -> Self {
        Self { people: 14, pictures: 5, env: Vec::new() }
    }
}

impl System {
    /// Starts a demo and waits until its catalogue is served.
    pub fn demo(demo: Demo) -> Self {
        let mut command = avzeus();
        command.args([
            "demo",
            "--people",
            &demo.people.to_string(),
            "--pictures",
            &demo.pictures.to_string(),
        ]);
        command.envs(demo.env);
        Self::start(command)
    }

    /// Starts a system without people and waits until every service is ready.
    pub fn up() -> Self {
        Self::up_with(Vec::new())
    }

    /// The same, with environment besides the test's own.
    pub fn up_with(env: Vec<(&'static str, String)>) -> Self {
        let mut command = avzeus();
        command.arg("up").envs(env);
        Self::start(command)
    }

    fn start(mut command: Command) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let words = folder.path().join("words.log");
        let log = File::create(&words).expect("a temporary file can be written");
        command
            .args(["--json", "--http-addr", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("data"))
            .env_remove("AVZEUS_HTTP_ADDR")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().expect("avzeus starts");
        let stdout = child.stdout.take().expect("its output is piped");
        // From here on a panic stops the child, too.
        let mut system = Self { child, folder, http: String::new() };
        let ready = ready(stdout).unwrap_or_else(|| panic!("not ready: {}", tail(&words)));
        system.http = ready["http"].as_str().expect("the ready line names an address").to_owned();
        system
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A folder for the scenario's own files, gone with the system.
    pub fn scratch(&self) -> &Path {
        self.folder.path()
    }

    /// Addresses and process ids, as they are now.
    pub fn endpoints(&self) -> Endpoints {
        Endpoints::read(&self.data()).expect("a running system has endpoints")
    }

    /// `kill -9` on one child; returns the process id it had.
    pub fn kill(&self, child: &str) -> u32 {
        let pid = self.endpoints().services[child].pid.expect("a running child has a process");
        signal(pid, Signal::KILL);
        pid
    }

    /// Waits until `child`, killed when it was process `pid`, has been started again.
    pub async fn started_again(&self, child: &str, pid: u32) {
        let end = Instant::now() + START;
        while self.endpoints().services[child].pid == Some(pid) {
            assert!(Instant::now() < end, "{child} was not started again");
            // The file that tells it has no event of its own.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Runs `avzeus` with `args` against this system; its exit code and what it printed as JSON.
    pub fn avzeus(&self, args: &[&str]) -> (i32, Value) {
        let output =
            avzeus().args(args).arg("--json").env("AVZEUS_DATA", self.data()).output().expect("avzeus runs");
        let code = output.status.code().expect("avzeus exits by itself");
        let printed = serde_json::from_slice(&output.stdout);
        (
            code,
            printed.unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&output.stderr).into_owned())),
        )
    }

    /// Stops it and says whether it ended well.
    pub fn stop(&mut self) -> bool {
        signal(self.child.id(), Signal::TERM);
        let end = Instant::now() + STOP;
        while Instant::now() < end {
            // There is no waiting with a limit in the standard library.
            match self.child.try_wait() {
                Ok(Some(status)) => return status.success(),
                Ok(None) => std::thread::sleep(Duration::from_millis(20)),
                Err(_) => break,
            }
        }
        false
    }
}

impl Drop for System {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) && !self.stop() {
            let _ = self.child.kill();
        }
        if std::thread::panicking() {
            eprintln!("the services' last words:\n{}", tail(&self.data().join("avzeus.log")));
        }
    }
}

fn ready(stdout: ChildStdout) -> Option<Value> {
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid as i32).expect("a process id is not zero");
    // It may have ended a moment ago.
    let _ = kill_process(pid, signal);
}

fn tail(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}
