//! An embedding worker beside a system's own.

use std::fs::File;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{System, program};

/// Time a worker has to open its net.
const READY: Duration = Duration::from_secs(20);

/// A running `avzeus-embed`; dropped, it is killed.
pub struct Worker {
    child: Child,
    ops: String,
}

impl Worker {
    /// Starts one on the broker and the crops of `system`, with `env` besides, and waits until it is ready.
    pub async fn start(system: &System, env: &[(&'static str, String)]) -> Self {
        let free = || {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
            listener.local_addr().expect("it has an address")
        };
        let (ops, grpc) = (free(), free());
        let log = system.scratch().join(format!("worker-{}.log", ops.port()));
        let child = Command::new(program("avzeus-embed"))
            .env("AVZEUS_NATS_URL", system.endpoints().nats)
            .env("AVZEUS_OBJECTS", system.data().join("objects"))
            .env("AVZEUS_OPS_ADDR", ops.to_string())
            .env("AVZEUS_GRPC_ADDR", grpc.to_string())
            .envs(env.iter().cloned())
            .stdin(Stdio::null())
            .stderr(File::create(log).expect("a temporary file can be written"))
            .spawn()
            .expect("avzeus-embed starts");
        let worker = Self { child, ops: format!("http://{ops}") };
        let client = runtime::web::client();
        let end = Instant::now() + READY;
        while !client.get(format!("{}/readyz", worker.ops)).send().await.is_ok_and(|a| a.status() == 200) {
            assert!(Instant::now() < end, "the worker is not ready");
            // Readiness has no event of its own.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        worker
    }

    /// What its metric `name` says.
    pub async fn metric(&self, name: &str) -> f64 {
        let page = runtime::web::client().get(format!("{}/metrics", self.ops)).send().await;
        let page = page.expect("metrics are served").text().await.expect("they are text");
        let line = page.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0.0)
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is ours to kill");
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // SIGKILL; where it was killed before, there is only its end to be waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
