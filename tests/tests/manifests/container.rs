//! One container that runs one of our binaries, wherever it is described.

use std::collections::{BTreeMap, BTreeSet};

use crate::{binaries, dockerfile};

pub(crate) struct Container {
    /// File and field, for people.
    pub(crate) place: String,
    pub(crate) binary: String,
    /// What the manifest sets; the image's own settings come on top where it is silent.
    pub(crate) environment: BTreeMap<String, String>,
    /// Ports declared by the manifest and the image.
    pub(crate) ports: BTreeSet<u16>,
    /// Time from SIGTERM to SIGKILL, less what a pre-stop hook takes.
    pub(crate) grace_seconds: u64,
}

/// `host:port` that other containers can reach, without a scheme.
pub(crate) type Reachable = BTreeSet<String>;

impl Container {
    pub(crate) fn disagreements(&self, reachable: &Reachable) -> Vec<String> {
        let place = &self.place;
        if !binaries::services().contains(&self.binary) {
            return vec![format!("{place}.command: the workspace has no service binary {}", self.binary)];
        }
        let settings = binaries::settings(&self.binary);
        let environment = self.effective(&settings);
        let mut findings = Vec::new();
        // A command that is run in the container finds the system by the same environment.
        let of_commands = binaries::settings_of_commands();
        for name in
            self.environment.keys().filter(|name| !settings.contains(*name) && !of_commands.contains(*name))
        {
            findings.push(format!(
                "{place}.environment.{name}: {} has no such setting, nor have commands",
                self.binary
            ));
        }
        for name in
            of_commands.iter().filter(|name| name.ends_with("_URL") && !self.environment.contains_key(*name))
        {
            findings
                .push(format!("{place}.environment: {name} is not set, by which commands find the system"));
        }
        // Their defaults are for one machine: 127.0.0.1, and a folder beside the repository.
        let elsewhere =
            |name: &&String| name.ends_with("_ADDR") || name.ends_with("_URL") || *name == "AVZEUS_OBJECTS";
        for name in settings.iter().filter(elsewhere).filter(|name| !environment.contains_key(*name)) {
            findings
                .push(format!("{place}.environment: {name} is not set, and its default is for one machine"));
        }
        let mut listened = BTreeSet::new();
        for (name, value) in &environment {
            if name.ends_with("_ADDR") {
                match value.strip_prefix("0.0.0.0:").and_then(|port| port.parse().ok()) {
                    Some(port) => drop(listened.insert(port)),
                    None => {
                        findings.push(format!("{place}.environment.{name}: {value} is not 0.0.0.0:<port>"))
                    }
                }
            }
            // Empty, it is switched off.
            if name.ends_with("_URL") && !value.is_empty() {
                let address = value.split_once("://").map_or(value.as_str(), |(_, address)| address);
                if !reachable.contains(address) {
                    findings.push(format!("{place}.environment.{name}: nothing listens at {address}"));
                }
            }
        }
        if listened != self.ports {
            let ports = &self.ports;
            findings.push(format!(
                "{place}.ports: declares {ports:?}, the AVZEUS_*_ADDR settings say {listened:?}"
            ));
        }
        let drain = environment.get("AVZEUS_DRAIN_SECONDS").and_then(|seconds| seconds.parse().ok());
        if drain.is_none_or(|drain: u64| drain >= self.grace_seconds) {
            let grace = self.grace_seconds;
            findings.push(format!(
                "{place}: killed after {grace} s, which must be longer than AVZEUS_DRAIN_SECONDS ({drain:?})"
            ));
        }
        findings
    }

    /// What the process sees of its own settings.
    fn effective(&self, settings: &BTreeSet<String>) -> BTreeMap<String, String> {
        let mut environment = dockerfile::environment();
        environment.retain(|name, _| settings.contains(name));
        environment.extend(self.environment.clone());
        environment
    }
}

/// Every service once, no binary forgotten.
pub(crate) fn one_of_each(file: &str, containers: &[Container]) -> Vec<String> {
    let services = binaries::services();
    let mut left = services.clone();
    let twice = containers.iter().filter(|c| services.contains(&c.binary) && !left.remove(&c.binary));
    let mut findings: Vec<_> = twice.map(|c| format!("{}: runs {} again", c.place, c.binary)).collect();
    findings.extend(left.iter().map(|binary| format!("{file}: nothing runs {binary}")));
    findings
}
