//! oha, which makes load over HTTP from a process of its own.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// The same JSON, sent again and again.
pub(crate) struct Load<'a> {
    pub(crate) url: &'a str,
    pub(crate) body: &'a str,
    pub(crate) seconds: u64,
    /// Requests under way at a time, at most.
    pub(crate) connections: usize,
    /// So many requests a second whatever becomes of them; `None`: the next when the one before is answered.
    pub(crate) a_second: Option<u64>,
}

/// What came of it.
pub(crate) struct Measured {
    pub(crate) requests_per_second: f64,
    /// Of requests that were answered with success.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    seconds: f64,
    statuses: Vec<(u16, u64)>,
    /// Without an answer.
    broken: u64,
}

/// Whether `make bench-setup` has put it there.
pub(crate) fn is_there() -> bool {
    program().is_file()
}

/// …/<target>/bench-tools/bin/oha; a bench runs from …/<target>/<profile>/deps.
fn program() -> PathBuf {
    let bench = std::env::current_exe().expect("a bench knows its own path");
    bench.ancestors().nth(3).expect("it lies in a target folder").join("bench-tools/bin/oha")
}

impl Load<'_> {
    pub(crate) fn run(&self) -> Measured {
        let mut oha = Command::new(program());
        oha.args([
            "--no-tui",
            "--stats-success-breakdown",
            "--output-format",
            "json",
            "--redirect",
            "0",
            "-m",
            "POST",
            "-T",
            "application/json",
        ]);
        oha.args(["-d", self.body, "-z", &format!("{}s", self.seconds), "-c", &self.connections.to_string()]);
        if let Some(rate) = self.a_second {
            // Waiting for a free connection is a visitor's wait, too.
            oha.args(["-q", &rate.to_string(), "--latency-correction"]);
        }
        let output = oha.arg(self.url).stderr(Stdio::inherit()).output().expect("oha runs");
        assert!(output.status.success(), "oha failed");
        measured(&serde_json::from_slice(&output.stdout).expect("oha prints JSON"))
    }
}

fn measured(report: &Value) -> Measured {
    let number = |value: &Value| value.as_f64().unwrap_or(0.0);
    let counts = |name: &str| {
        let counts = report[name].as_object().into_iter().flatten();
        counts.map(|(key, count)| (key.clone(), count.as_u64().unwrap_or(0))).collect::<Vec<_>>()
    };
    let statuses = counts("statusCodeDistribution").into_iter();
    // Those that were under way when the time was up are cut off by oha itself.
    let broken = counts("errorDistribution").into_iter().filter(|(why, _)| why != "aborted due to deadline");
    let times = match &report["latencyPercentilesSuccessful"] {
        Value::Null => &report["latencyPercentiles"],
        successful => successful,
    };
    Measured {
        requests_per_second: number(&report["summary"]["requestsPerSec"]),
        p50_ms: number(&times["p50"]) * 1e3,
        p99_ms: number(&times["p99"]) * 1e3,
        seconds: number(&report["summary"]["total"]),
        statuses: statuses.filter_map(|(status, count)| Some((status.parse().ok()?, count))).collect(),
        broken: broken.map(|(_, count)| count).sum(),
    }
}

impl Measured {
    fn count(&self, which: impl Fn(u16) -> bool) -> u64 {
        self.statuses.iter().filter(|(status, _)| which(*status)).map(|(_, count)| count).sum()
    }

    /// Answered with success.
    pub(crate) fn answered_per_second(&self) -> f64 {
        self.count(|status| status == 200) as f64 / self.seconds
    }

    /// Of all answers, those that say to come again.
    pub(crate) fn shed_share(&self) -> f64 {
        self.count(|status| [429, 503].contains(&status)) as f64 / self.count(|_| true).max(1) as f64
    }

    /// Neither a recommendation nor a word to come again.
    pub(crate) fn failed(&self) -> u64 {
        self.count(|status| ![200, 429, 503].contains(&status)) + self.broken
    }
}
