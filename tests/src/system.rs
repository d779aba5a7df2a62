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

/// Where a system's words are kept, within its folder.
const WORDS: &str = "words.log";

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

    /// Stops it and starts it again on the same folder, with other environment.
    pub fn restart_with(&mut self, env: Vec<(&'static str, String)>) {
        assert!(self.stop(), "the system did not end well");
        let mut command = avzeus();
        command.arg("up").envs(env);
        self.child = spawn(command, self.folder.path());
        self.await_ready();
    }

    fn start(command: Command) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let child = spawn(command, folder.path());
        // From here on a panic stops the child, too.
        let mut system = Self { child, folder, http: String::new() };
        system.await_ready();
        system
    }

    fn await_ready(&mut self) {
        let stdout = self.child.stdout.take().expect("its output is piped");
        let words = self.folder.path().join(WORDS);
        let ready = ready(stdout).unwrap_or_else(|| panic!("not ready: {}", tail(&words)));
        self.http = ready["http"].as_str().expect("the ready line names an address").to_owned();
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
        let pid = self.pid(child);
        signal(pid, Signal::KILL);
        pid
    }

    fn pid(&self, child: &str) -> u32 {
        self.endpoints().services[child].pid.expect("a running child has a process")
    }

    /// Makes a child hold still; nobody can see that it does, other than by waiting for it in vain.
    pub fn hold(&self, child: &str) {
        signal(self.pid(child), Signal::STOP);
    }

    /// Lets a child that was held go on.
    pub fn let_go(&self, child: &str) {
        signal(self.pid(child), Signal::CONT);
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

    /// Waits until `child` can do its work.
    pub async fn ready(&self, child: &str) {
        let ops = self.endpoints().services[child].ops.clone().expect("a service says how it is");
        let client = runtime::web::client();
        let end = Instant::now() + START;
        while !client.get(format!("{ops}/readyz")).send().await.is_ok_and(|answer| answer.status() == 200) {
            assert!(Instant::now() < end, "{child} is not ready");
            // Readiness has no event of its own.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Runs `avzeus` with `args` against this system; its exit code and what it printed as JSON.
    pub fn avzeus(&self, args: &[&str]) -> (i32, Value) {
        let output = self.command(args).output().expect("avzeus runs");
        let code = output.status.code().expect("avzeus exits by itself");
        let printed = serde_json::from_slice(&output.stdout);
        (
            code,
            printed.unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&output.stderr).into_owned())),
        )
    }

    /// `avzeus` with `args`, ready to be run against this system.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = avzeus();
        command.args(args).arg("--json").env("AVZEUS_DATA", self.data());
        command
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

fn spawn(mut command: Command, folder: &Path) -> Child {
    let log = File::create(folder.join(WORDS)).expect("a temporary file can be written");
    command
        .args(["--json", "--http-addr", "127.0.0.1:0", "--data"])
        .arg(folder.join("data"))
        .env_remove("AVZEUS_HTTP_ADDR")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log);
    command.spawn().expect("avzeus starts")
}

fn ready(stdout: ChildStdout) -> Option<Value> {
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

/// Asks a child of a scenario's own to end.
pub fn terminate(child: &Child) {
    signal(child.id(), Signal::TERM);
}

pub(crate) fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid as i32).expect("a process id is not zero");
    // It may have ended a moment ago.
    let _ = kill_process(pid, signal);
}

fn tail(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}
