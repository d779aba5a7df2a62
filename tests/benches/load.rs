//! What `POST /api/v1/recommendations` sustains with 1,000 people, the generator of the load on the same cores; what
//! happens at twice that; and whether it is over when it is over.

mod oha;

use oha::{Load, Measured};
use serde_json::json;
use tests::{Events, System, Visitor, crowd};

const PEOPLE: usize = 1000;
/// Numbers of a vector in which people differ, of those that the profile has.
const APART: usize = 8;
const DIMENSION: usize = 128;
const PROFILE: &str = "dlib-resnet-v1";

/// Visitors who wait for each answer before they ask again: what is sustained.
const SIDE_BY_SIDE: usize = 24;
/// Connections of those who do not wait.
const CONNECTIONS: usize = 400;
const WARM_SECONDS: u64 = 5;
const SECONDS: u64 = 20;
const AFTERWARDS_SECONDS: u64 = 5;

#[tokio::main]
async fn main() {
    if !oha::is_there() {
        println!("skipped: `make bench-setup` installs oha, which makes the load");
        return;
    }
    let system = System::up();
    let url = format!("{}/api/v1/recommendations", system.http);
    let version = serve_crowd(&system).await;
    let body = json!({ "catalogue_version": version, "ranking": [4, 0, 8, 2, 6] }).to_string();
    let load =
        |seconds, connections, a_second| Load { url: &url, body: &body, seconds, connections, a_second };

    load(WARM_SECONDS, SIDE_BY_SIDE, None).run();
    let before = memory(&system);
    let sustained = load(SECONDS, SIDE_BY_SIDE, None).run();
    told(&format!("{SIDE_BY_SIDE} visitors side by side"), &sustained);
    let rate = sustained.answered_per_second() as u64;
    told("twice that", &load(SECONDS, CONNECTIONS, Some(2 * rate)).run());
    let half = load(AFTERWARDS_SECONDS, CONNECTIONS, Some(rate / 2)).run();
    told("at once afterwards, half of it", &half);
    for ((service, before), (_, after)) in before.into_iter().zip(memory(&system)) {
        println!("  {service}: {before} MiB before, {after} MiB after");
    }
}

fn told(what: &str, measured: &Measured) {
    println!(
        "{what}: {:.0} recommendations/s, p50 {:.1} ms, p99 {:.1} ms; {:.0} requests/s, {:.1} % shed, {} failed",
        measured.answered_per_second(),
        measured.p50_ms,
        measured.p99_ms,
        measured.requests_per_second,
        measured.shed_share() * 100.0,
        measured.failed()
    );
}

/// Enrols a crowd, imports its vectors and waits until it is served; the catalogue's version.
async fn serve_crowd(system: &System) -> String {
    let bus = crowd::bus(&system.endpoints().nats).await;
    let mut events = Events::open(&system.http).await;
    crowd::enrol(&bus, PEOPLE).await;
    let vector = |n| {
        let mut vector = crowd::vector(n, &[0.0; APART], 1.0);
        vector.resize(DIMENSION, 0.0);
        vector
    };
    let folder = system.scratch().join("crowd");
    crowd::write(&folder, PROFILE, &(0..PEOPLE).map(vector).collect::<Vec<_>>());
    let (code, report) = system.avzeus(&["catalogue", "import", &folder.display().to_string()]);
    assert_eq!(code, 0, "{report}");
    events.next("catalogue", |c| c["people"] == PEOPLE).await;
    let faces = Visitor::of(&system.http).representatives().await;
    faces["catalogue_version"].as_str().expect("a catalogue has a version").to_owned()
}

/// What the services on the way hold, in MiB.
fn memory(system: &System) -> Vec<(&'static str, u64)> {
    let endpoints = system.endpoints();
    let held = |service: &str| {
        let pid = endpoints.services[service].pid.expect("a running service has a process");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|kib| kib.trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1024
    };
    ["gateway", "recommend"].map(|service| (service, held(service))).to_vec()
}
