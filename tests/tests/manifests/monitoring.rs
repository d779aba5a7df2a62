//! Prometheus scrapes every service; the dashboard and the alerts ask for metrics that exist.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use serde_yaml_ng::Value;

use crate::yaml::{at, documents, list, scalar, text, under};
use crate::{binaries, dockerfile};

#[test]
fn prometheus_scrapes_every_service() {
    const FILE: &str = "deploy/prometheus/prometheus.yml";
    let prometheus = documents(FILE).remove(0);
    let jobs = list(&prometheus["scrape_configs"]).iter();
    let groups = jobs.flat_map(|job| list(&job["static_configs"]));
    let targets: BTreeSet<_> = groups.flat_map(|group| list(&group["targets"])).map(scalar).collect();
    let ops = dockerfile::ports().first().copied().unwrap_or(0);
    let name = |binary: String| binary.trim_start_matches("avzeus-").to_owned();
    let expected = binaries::services().into_iter().map(|binary| format!("{}:{ops}", name(binary)));
    assert_eq!(targets, expected.collect(), "{FILE}: targets are not the six services at their ops port");
}

#[test]
fn the_dashboard_asks_for_metrics_that_exist() {
    const FILE: &str = "deploy/grafana/avzeus.json";
    let dashboard: serde_json::Value = serde_json::from_str(&text(FILE)).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let questions: Vec<_> = targets.filter_map(|target| target["expr"].as_str()).collect();
    exported(FILE, &questions);
}

#[test]
fn the_alerts_ask_for_metrics_that_exist_and_prometheus_reads_them() {
    const FILE: &str = "deploy/prometheus/alerts.yml";
    let alerts = documents(FILE).remove(0);
    let rules = list(&alerts["groups"]).iter().flat_map(|group| list(&group["rules"]));
    let questions: Vec<_> = rules.map(|rule| scalar(&rule["expr"])).collect();
    exported(FILE, &questions.iter().map(String::as_str).collect::<Vec<_>>());
    let prometheus = documents("deploy/prometheus/prometheus.yml").remove(0);
    let read = scalar(&list(&prometheus["rule_files"])[0]);
    let compose = documents("deploy/compose.yaml").remove(0);
    let mut mounts = list(under(&compose, &["services", "prometheus", "volumes"])).iter().map(scalar);
    let mount = format!("./prometheus/alerts.yml:{read}:ro");
    assert!(mounts.any(|found| found == mount), "deploy/compose.yaml: prometheus does not mount {mount}");
}

/// `promtool` of the environment that `make setup-test` makes, …/<target>/promtool above the running test, or the one
/// on the PATH.
fn promtool(args: &[&str]) -> Output {
    let test = std::env::current_exe().expect("a test has a path");
    let ours = test.ancestors().map(|dir| dir.join("promtool/promtool")).find(|path| path.is_file());
    let mut command = Command::new(ours.unwrap_or_else(|| "promtool".into()));
    command.args(args).output().expect("promtool is there: `make setup-test` fetches it")
}

#[test]
fn every_alert_rings_when_it_should() {
    const TESTS: &str = "deploy/prometheus/alerts_test.yml";
    let file = at(TESTS);
    let output = promtool(&["test", "rules", file.to_str().expect("a plain path")]);
    let told = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&told));
    let tried = documents(TESTS).remove(0);
    let tried = list(&tried["tests"]).iter().flat_map(|test| list(&test["alert_rule_test"]));
    let rings = |case: &&Value| case.get("exp_alerts").is_some();
    let ringing: BTreeSet<_> = tried.filter(rings).map(|case| scalar(&case["alertname"])).collect();
    let alerts = documents("deploy/prometheus/alerts.yml").remove(0);
    for rule in list(&alerts["groups"]).iter().flat_map(|group| list(&group["rules"])) {
        let name = scalar(&rule["alert"]);
        assert!(ringing.contains(&name), "{TESTS}: nothing makes {name} ring");
    }
}

/// Every metric that `questions` of `file` name is exported by some service.
fn exported(file: &str, questions: &[&str]) {
    assert!(!questions.is_empty(), "{file}: asks for nothing");
    let sources = sources(&at("services"));
    for question in questions {
        for metric in names(question) {
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| metric.strip_suffix(end));
            let quoted = format!("\"{}\"", base.unwrap_or(metric));
            assert!(sources.contains(&quoted), "{file}: {question}: no service exports {metric}");
        }
    }
}

/// Names that start with `avzeus_`.
fn names(question: &str) -> impl Iterator<Item = &str> {
    let words = question.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("avzeus_"))
}

/// All Rust text below `folder`.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            all += &sources(&path);
        } else if path.extension().is_some_and(|end| end == "rs") {
            all += &std::fs::read_to_string(&path).expect("readable text");
        }
    }
    all
}

#[test]
fn the_dashboard_uses_the_datasource_that_is_there() {
    let datasources = documents("deploy/grafana/datasource.yaml").remove(0);
    let uid = scalar(&list(&datasources["datasources"])[0]["uid"]);
    let url = scalar(&list(&datasources["datasources"])[0]["url"]);
    assert!(
        text("deploy/grafana/avzeus.json").contains(&format!("\"uid\": \"{uid}\"")),
        "deploy/grafana: {uid}"
    );
    let compose = documents("deploy/compose.yaml").remove(0);
    let ports = list(under(&compose, &["services", "prometheus", "ports"])).iter().map(scalar);
    let port = url.rsplit(':').next().unwrap_or_default().to_owned();
    assert!(ports.into_iter().any(|p| p.ends_with(&port)), "deploy/grafana/datasource.yaml: url: {url}");
}
