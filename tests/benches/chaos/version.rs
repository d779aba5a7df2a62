//! Other versions of the servers: visits, an erasure and a replay on each.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tests::{Cluster, Demo, System};
use tokio::runtime::Runtime;
use tokio::time::sleep;

use crate::visits::Visits;

pub(crate) const NAME: &str = "other servers";
/// Brokers and caches that go together, by the names that `make setup-chaos` gives them.
const TOGETHER: [(&str, &str); 2] =
    [("nats-server-2.10.25", "valkey-server-9.1.2"), ("nats-server-2.15.1", "valkey-server-9.1.2")];
const VISITED: Duration = Duration::from_secs(10);
const STARTED: Duration = Duration::from_secs(10);

/// Runs all; returns whether everything was as it is with the pinned ones.
pub(crate) fn run(runtime: &Runtime) -> bool {
    let mut is_well = true;
    for (broker, cache) in TOGETHER {
        let (broker, cache) = (fetched(broker), fetched(cache));
        if !broker.exists() || !cache.exists() {
            println!(
                "{NAME}: left out: {} and {}: `make setup-chaos` fetches them",
                broker.display(),
                cache.display()
            );
            continue;
        }
        is_well &= runtime.block_on(on(broker, &cache));
    }
    is_well
}

fn fetched(program: &str) -> PathBuf {
    vision::VisionConfig::default().profiles.models_dir.join("servers").join(program)
}

async fn on(broker: PathBuf, cache: &Path) -> bool {
    println!("{NAME}: {} and {}", said(&broker), said(cache));
    let cluster = Cluster::start_with(broker, 1);
    let cache = Cache::start(cache);
    let env = vec![("AVZEUS_NATS_URL", cluster.url()), ("AVZEUS_REDIS_URL", cache.url())];
    let system = System::demo(Demo { env, ..Demo::default() });

    let visits = Visits::begin(&system, &cluster.url());
    sleep(VISITED).await;
    let figures = visits.count().await;
    println!("  clicks, lost, doubled, seconds:{figures}");

    let out = system.scratch().join("replayed.policy").display().to_string();
    let (code, replayed) = system.avzeus(&["replay", "--out", &out]);
    let is_replayed = code == 0 && replayed["refused"]["clicks"] == 0;
    println!(
        "  replay: exit {code}, {} clicks, {} refused",
        replayed["clicks"], replayed["refused"]["clicks"]
    );

    let (_, catalogue) = system.avzeus(&["catalogue", "show"]);
    let person = catalogue["people"][1]["person"].as_str().expect("a person").to_owned();
    let begun = Instant::now();
    let (code, erased) = system.avzeus(&["erase", "--yes", &person]);
    let seconds = begun.elapsed().as_secs_f64();
    let store = cluster.store(0).display().to_string();
    let (verified, found) = system.avzeus(&["erase", "--verify", &person, "--store", &store]);
    let is_erased = code == 0 && verified == 0 && found["traces"] == json!([]);
    println!(
        "  erase: exit {code} after {seconds:.1} s; verify: exit {verified}, traces {}",
        found["traces"]
    );
    if !is_erased {
        println!("  {erased} {found}");
    }
    figures.is_well() && is_replayed && is_erased
}

/// What a server says of its version.
fn said(program: &Path) -> String {
    let output = Command::new(program).arg("--version").output().expect("a server tells its version");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A cache that keeps nothing on disk; dropped, it is killed.
struct Cache {
    child: Child,
    port: u16,
}

impl Cache {
    fn start(program: &Path) -> Self {
        let port = tests::free_ports(1)[0];
        let mut command = Command::new(program);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("a cache starts");
        let cache = Self { child, port };
        let end = Instant::now() + STARTED;
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < end, "{} does not listen", program.display());
            // A server has no event for it.
            std::thread::sleep(Duration::from_millis(20));
        }
        cache
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        // It may have ended a moment ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
