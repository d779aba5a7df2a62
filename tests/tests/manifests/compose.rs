//! deploy/compose.yaml: the system on one machine, in containers.

use std::collections::BTreeSet;

use serde_yaml_ng::Value;

use crate::container::{Container, Reachable, one_of_each};
use crate::yaml::{at, documents, entries, list, scalar, under};
use crate::{agree, dockerfile};

const FILE: &str = "deploy/compose.yaml";

fn compose() -> Value {
    documents(FILE).remove(0)
}

/// Port inside the container of `published:port` or `port`.
fn inner(port: &Value) -> u16 {
    scalar(port).rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(0)
}

fn ours(service: &Value) -> Option<String> {
    let command = scalar(list(&service["command"]).first()?);
    command.starts_with("avzeus").then_some(command)
}

fn container(name: &str, service: &Value) -> Option<Container> {
    let ports = list(&service["ports"]).iter().chain(list(&service["expose"])).map(inner);
    Some(Container {
        place: format!("{FILE}: services.{name}"),
        binary: ours(service)?,
        environment: entries(&service["environment"]).map(|(k, v)| (k.to_owned(), scalar(v))).collect(),
        ports: ports.chain(dockerfile::ports()).collect(),
        grace_seconds: scalar(&service["stop_grace_period"]).trim_end_matches('s').parse().unwrap_or(10),
    })
}

fn containers() -> Vec<Container> {
    let compose = compose();
    entries(&compose["services"]).filter_map(|(name, service)| container(name, service)).collect()
}

/// Service names with the ports that their containers listen on.
fn reachable() -> Reachable {
    let compose = compose();
    // The two servers say their ports in their own configuration.
    let mut reachable = Reachable::from(["nats:4222".to_owned(), "redis:6379".to_owned()]);
    for (name, service) in entries(&compose["services"]) {
        let ports = list(&service["ports"]).iter().chain(list(&service["expose"]));
        reachable.extend(ports.map(|port| format!("{name}:{}", inner(port))));
    }
    reachable
}

#[test]
fn compose_runs_every_service_with_settings_it_has() {
    let containers = containers();
    let reachable = reachable();
    let mut findings = one_of_each(FILE, &containers);
    findings.extend(containers.iter().flat_map(|container| container.disagreements(&reachable)));
    agree(findings);
}

#[test]
fn compose_names_only_what_it_describes() {
    let compose = compose();
    let names: BTreeSet<_> = entries(&compose["services"]).map(|(name, _)| name).collect();
    let volumes: BTreeSet<_> = entries(&compose["volumes"]).map(|(name, _)| name).collect();
    let mut findings = Vec::new();
    for (name, service) in entries(&compose["services"]) {
        let place = format!("{FILE}: services.{name}");
        for (needed, how) in entries(&service["depends_on"]) {
            let other = under(&compose, &["services", needed]);
            // Our image carries its own health check.
            let checked = !other["healthcheck"].is_null() || ours(other).is_some();
            if !names.contains(needed) {
                findings.push(format!("{place}.depends_on.{needed}: there is no such service"));
            } else if scalar(&how["condition"]) == "service_healthy" && !checked {
                findings.push(format!("{place}.depends_on.{needed}: it has no healthcheck to wait for"));
            }
        }
        for volume in list(&service["volumes"]).iter().map(scalar) {
            let source = volume.split(':').next().unwrap_or_default();
            let found = match source.strip_prefix("./") {
                Some(file) => at("deploy").join(file).exists(),
                None => source.starts_with("${") || volumes.contains(source),
            };
            if !found {
                findings.push(format!("{place}.volumes: there is no {source}"));
            }
        }
    }
    let build = under(&compose, &["services", "embed", "build"]);
    let file = at("deploy").join(scalar(&build["context"])).join(scalar(&build["dockerfile"]));
    if !file.exists() {
        findings.push(format!("{FILE}: services.embed.build: there is no {}", file.display()));
    }
    agree(findings);
}

#[test]
fn the_servers_listen_where_compose_expects_them() {
    let nats = crate::yaml::text("deploy/nats/nats.conf");
    for (line, what) in [("listen: 0.0.0.0:4222", "clients"), ("http: 0.0.0.0:8222", "the health check")] {
        assert!(nats.lines().any(|l| l == line), "deploy/nats/nats.conf: no `{line}`, where {what} look");
    }
    let compose = compose();
    let mut check = list(under(&compose, &["services", "nats", "healthcheck", "test"])).iter().map(scalar);
    assert!(
        check.next_back().is_some_and(|url| url.contains(":8222/")),
        "{FILE}: services.nats.healthcheck.test"
    );
}
