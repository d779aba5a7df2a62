//! deploy/Dockerfile: the image that all services share.

use std::collections::{BTreeMap, BTreeSet};

use crate::yaml;

/// Where it lies.
pub const FILE: &str = "deploy/Dockerfile";

/// Returns its instructions, continued lines joined.
pub fn instructions() -> Vec<String> {
    let joined = yaml::text(FILE).replace("\\\n", " ");
    let lines = joined.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// Returns those of the last stage, which is what runs.
fn running() -> Vec<String> {
    let all = instructions();
    let start = all.iter().rposition(|line| line.starts_with("FROM ")).expect("a Dockerfile has a FROM");
    all[start..].to_vec()
}

fn arguments(instruction: &str) -> impl Iterator<Item = String> {
    let lines = running().into_iter();
    let prefix = format!("{instruction} ");
    lines.filter_map(move |line| line.strip_prefix(&prefix).map(str::to_owned))
}

/// Returns the environment that the image sets.
pub fn environment() -> BTreeMap<String, String> {
    let words = arguments("ENV").flat_map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>());
    let pairs = words.filter_map(|word| word.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned())));
    pairs.collect()
}

/// Returns the ports that the image declares.
pub fn ports() -> BTreeSet<u16> {
    arguments("EXPOSE").flat_map(|line| line.split(' ').map(port).collect::<Vec<_>>()).collect()
}

fn port(word: &str) -> u16 {
    word.parse().unwrap_or_else(|e| panic!("{FILE}: EXPOSE {word}: {e}"))
}

/// Returns the user that the image runs as, by number.
pub fn user() -> u64 {
    let user =
        arguments("USER").last().unwrap_or_else(|| panic!("{FILE}: has no USER, so it would run as root"));
    let number = user.split(':').next().and_then(|id| id.parse().ok());
    number.unwrap_or_else(|| {
        panic!("{FILE}: USER {user} is no number, so a cluster cannot see that it is not root")
    })
}

/// Returns the command that says whether a container of the image is healthy.
pub fn health_check() -> Vec<String> {
    let check = arguments("HEALTHCHECK").last().unwrap_or_else(|| panic!("{FILE}: has no HEALTHCHECK"));
    let words = check.split_once("CMD ").and_then(|(_, words)| serde_json::from_str(words).ok());
    words.unwrap_or_else(|| panic!("{FILE}: HEALTHCHECK {check}: names no CMD [\"…\"]"))
}
