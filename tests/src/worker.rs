//! A worker or learner beside a system's own.

use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::system::signal;
use crate::{System, program};

/// Time one has to be ready: an embedder opens its net.
const READY: Duration = Duration::from_secs(20);

/// A running `avzeus-embed` or `avzeus-learn`; dropped, it is killed.
pub struct Worker {
    child: Child,
    ops: String,
    log: PathBuf,
}

impl Worker {
    /// Starts an embedder on the broker and the crops of `system`, with `env` besides, and waits until it is ready.
    pub async fn start(system: &System, env: &[(&'static str, String)]) -> Self {
        let worker = Self::spawn(system, "avzeus-embed", env);
        worker.ready().await;
        worker
    }

    /// Starts a learner on `line`, with `env` besides; it need not become ready.
    pub fn learner(system: &System, line: &str, env: &[(&'static str, String)]) -> Self {
        let mut env = env.to_vec();
        env.push(("AVZEUS_LEARN_LINE", line.to_owned()));
        Self::spawn(system, "avzeus-learn", &env)
    }

    fn spawn(system: &System, name: &str, env: &[(&'static str, String)]) -> Self {
        let free = || {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
            listener.local_addr().expect("it has an address")
        };
        let (ops, grpc) = (free(), free());
        let log = system.scratch().join(format!("worker-{}.log", ops.port()));
        let child = Command::new(program(name))
            .env("AVZEUS_NATS_URL", system.endpoints().nats)
            .env("AVZEUS_OBJECTS", system.data().join("objects"))
            .env("AVZEUS_OPS_ADDR", ops.to_string())
            .env("AVZEUS_GRPC_ADDR", grpc.to_string())
            .envs(env.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).expect("a temporary file can be written"))
            .spawn()
            .expect("it starts");
        Self { child, ops: format!("http://{ops}"), log }
    }

    /// Waits until it can do its work.
    pub async fn ready(&self) {
        let client = runtime::web::client();
        let end = Instant::now() + READY;
        while !client.get(format!("{}/readyz", self.ops)).send().await.is_ok_and(|a| a.status() == 200) {
            assert!(Instant::now() < end, "the worker is not ready");
            // Readiness has no event of its own.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What its metric `name` says.
    pub async fn metric(&self, name: &str) -> f64 {
        let page = runtime::web::client().get(format!("{}/metrics", self.ops)).send().await;
        let page = page.expect("metrics are served").text().await.expect("they are text");
        let line = page.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0.0)
    }

    /// Processor time that it has used. Linux only.
    pub fn cpu_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        // Behind the program's name in brackets, which may hold anything: utime and stime are the 12th and 13th field, in ticks.
        let fields = stat.rsplit_once(')').expect("it has a name").1.split_whitespace();
        let ticks: u64 = fields.skip(11).take(2).map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
        Duration::from_millis(ticks * 10)
    }

    /// Makes it hold still.
    pub fn hold(&self) {
        signal(self.child.id(), Signal::STOP);
    }

    /// Lets it go on.
    pub fn let_go(&self) {
        signal(self.child.id(), Signal::CONT);
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is ours to kill");
    }

    /// What it has said.
    pub fn words(&self) -> String {
        std::fs::read_to_string(&self.log).expect("it was given a file for its words")
    }

    /// Waits until it has ended by itself; its exit code.
    pub async fn ended(&mut self) -> Option<i32> {
        let end = Instant::now() + READY;
        loop {
            if let Some(status) = self.child.try_wait().expect("it is ours to wait for") {
                return status.code();
            }
            assert!(Instant::now() < end, "it did not end by itself");
            // There is no waiting with a limit in the standard library.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // SIGKILL; where it was killed before, there is only its end to be waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
