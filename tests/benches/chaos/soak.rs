//! An hour of visits at half of what the system can take: what happens to the memory of each process.

use std::collections::BTreeMap;
use std::time::Duration;

use tests::{Demo, System};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::visits::Visits;

/// Its name as an argument. It is no part of `all`: it takes an hour.
pub(crate) const NAME: &str = "soak";
/// Sets the minutes it takes, 60 if it is not set.
const MINUTES: &str = "AVZEUS_SOAK_MINUTES";

const VISITORS: usize = 8;
/// Time in which visitors who never pause show what the system can take.
const FULL_LOAD: Duration = Duration::from_secs(10);
const SAMPLE: Duration = Duration::from_secs(10);

/// Memory of one process, in MB, by seconds since the start.
type Samples = Vec<(f64, f64)>;

/// Runs it and prints a line for each process; returns whether no click was lost and none doubled.
pub(crate) async fn run() -> bool {
    let minutes: u64 =
        std::env::var(MINUTES).ok().map_or(60, |text| text.parse().expect("a number of minutes"));
    let system = System::demo(Demo::default());
    let nats = system.endpoints().nats;

    let visits = Visits::begin_side_by_side(&system, &nats, VISITORS, Duration::ZERO);
    sleep(FULL_LOAD).await;
    let full = visits.clicks() as f64 / FULL_LOAD.as_secs_f64();
    println!("{NAME}: {full:.0} visits a second at full load; half of that for {minutes} minutes");
    // A pause that makes each visit take twice as long.
    visits.pause(Duration::from_secs_f64(VISITORS as f64 / full));

    let begun = Instant::now();
    let mut memory: BTreeMap<String, Samples> = BTreeMap::new();
    let mut ticks = interval(SAMPLE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    while begun.elapsed() < Duration::from_secs(60 * minutes) {
        ticks.tick().await;
        for (name, child) in system.endpoints().services {
            let megabytes = child.pid.and_then(anonymous_memory);
            memory.entry(name).or_default().extend(megabytes.map(|mb| (begun.elapsed().as_secs_f64(), mb)));
        }
    }
    let rate = (visits.clicks() as f64 - full * FULL_LOAD.as_secs_f64()) / begun.elapsed().as_secs_f64();
    println!("{NAME}: {rate:.0} visits a second; memory without files, in MB");
    println!("{:<10} {:>8} {:>8} {:>8} {:>14}", "process", "first", "middle", "last", "slope MB/h");
    for (name, samples) in &memory {
        let at = |part: usize| samples.get((samples.len() - 1) * part / 2).map_or(f64::NAN, |(_, mb)| *mb);
        // The first quarter, in which caches and allocators fill, is left out.
        let slope = slope(&samples[samples.len() / 4..]) * 3600.0;
        println!("{name:<10} {:>8.1} {:>8.1} {:>8.1} {slope:>14.2}", at(0), at(1), at(2));
    }
    let figures = visits.count().await;
    println!("{NAME}: {figures}");
    figures.is_well()
}

/// Memory of a process that no file backs, in MB.
fn anonymous_memory(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// Slope of the line of least squares through points.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let (mut x, mut y) = (0.0, 0.0);
    for point in points {
        x += point.0 / count;
        y += point.1 / count;
    }
    let (mut both, mut squares) = (0.0, 0.0);
    for point in points {
        both += (point.0 - x) * (point.1 - y);
        squares += (point.0 - x) * (point.0 - x);
    }
    both / squares
}
