//! k8s/base: workloads, services, budgets and the scaler.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml_ng::Value;
use vision::VisionConfig;

use crate::container::{Container, Reachable, one_of_each};
use crate::kustomize::{self, BASE, identity};
use crate::yaml::{entries, list, number, scalar, text, under};
use crate::{agree, dockerfile};

/// A Deployment or StatefulSet with the one container of its pods.
struct Workload {
    file: String,
    name: String,
    object: Value,
}

impl Workload {
    fn pod(&self) -> &Value {
        under(&self.object, &["spec", "template", "spec"])
    }

    fn container(&self) -> &Value {
        &list(&self.pod()["containers"])[0]
    }

    fn labels(&self) -> &Value {
        under(&self.object, &["spec", "template", "metadata", "labels"])
    }

    /// Name → number.
    fn ports(&self) -> BTreeMap<String, u16> {
        let ports = list(&self.container()["ports"]).iter();
        ports.map(|port| (scalar(&port["name"]), number(&port["containerPort"]))).collect()
    }

    /// The binary, where it is one of ours.
    fn binary(&self) -> Option<String> {
        let command = scalar(list(&self.container()["command"]).first()?);
        command.starts_with("avzeus").then_some(command)
    }

    fn place(&self) -> String {
        format!("{}: {}", self.file, self.name)
    }

    fn selected_by(&self, selector: &Value) -> bool {
        let mut wanted = entries(selector).peekable();
        wanted.peek().is_some() && wanted.all(|(key, value)| self.labels()[key] == *value)
    }
}

fn objects(kind: &str) -> Vec<(String, Value)> {
    kustomize::resources(BASE).into_iter().filter(|(_, object)| object["kind"] == kind).collect()
}

fn workloads() -> Vec<Workload> {
    let found = objects("Deployment").into_iter().chain(objects("StatefulSet"));
    found.map(|(file, object)| Workload { file, name: identity(&object).1, object }).collect()
}

/// `service:port` of every Service.
fn reachable() -> Reachable {
    let ports = |object: &Value| {
        let name = identity(object).1;
        let ports = list(under(object, &["spec", "ports"])).iter();
        ports.map(|port| format!("{name}:{}", number(&port["port"]))).collect::<Vec<_>>()
    };
    objects("Service").iter().flat_map(|(_, object)| ports(object)).collect()
}

fn container(workload: &Workload) -> Option<Container> {
    let binary = workload.binary()?;
    let container = workload.container();
    let maps = kustomize::settings(BASE);
    let mut environment = BTreeMap::new();
    for source in list(&container["envFrom"]) {
        let map = scalar(under(source, &["configMapRef", "name"]));
        let place = workload.place();
        environment
            .extend(maps.get(&map).unwrap_or_else(|| panic!("{place}.envFrom: there is no {map}")).clone());
    }
    environment.extend(list(&container["env"]).iter().map(|e| (scalar(&e["name"]), scalar(&e["value"]))));
    let seconds = |value: &Value| u64::from(number(value));
    let pause = seconds(under(container, &["lifecycle", "preStop", "sleep", "seconds"]));
    Some(Container {
        place: workload.place(),
        binary,
        environment,
        ports: workload.ports().into_values().collect(),
        grace_seconds: seconds(&workload.pod()["terminationGracePeriodSeconds"]).saturating_sub(pause),
    })
}

#[test]
fn the_cluster_runs_every_service_with_settings_it_has() {
    let containers: Vec<_> = workloads().iter().filter_map(container).collect();
    let reachable = reachable();
    let mut findings = one_of_each(BASE, &containers);
    findings.extend(containers.iter().flat_map(|container| container.disagreements(&reachable)));
    agree(findings);
}

#[test]
fn jobs_run_commands_that_find_the_system() {
    let (known, reachable) = (crate::binaries::settings_of_commands(), reachable());
    let claims: BTreeSet<_> = objects("PersistentVolumeClaim").iter().map(|(_, o)| identity(o).1).collect();
    let jobs = kustomize::resources(kustomize::JOBS);
    assert!(!jobs.is_empty());
    let mut findings = Vec::new();
    for (file, job) in &jobs {
        let pod = under(job, &["spec", "template", "spec"]);
        let container = &list(&pod["containers"])[0];
        let command: Vec<String> = list(&container["command"]).iter().map(scalar).collect();
        // What cannot be parsed ends with 2 and says how it is used.
        let tried = tests::avzeus().args(&command[1..]).arg("--help").output().expect("avzeus runs");
        if command[0] != "avzeus" || !tried.status.success() {
            findings.push(format!("{file}: {command:?} is no command"));
        }
        for volume in list(&pod["volumes"]) {
            let claim = scalar(under(volume, &["persistentVolumeClaim", "claimName"]));
            if !claims.contains(&claim) {
                findings.push(format!("{file}: there is no claim {claim}"));
            }
        }
        let maps = kustomize::settings(kustomize::JOBS);
        for source in list(&container["envFrom"]) {
            let map = scalar(under(source, &["configMapRef", "name"]));
            for (name, value) in &maps[&map] {
                let address = value.split_once("://").map_or("", |(_, address)| address);
                if !known.contains(name) || !reachable.contains(address) {
                    findings
                        .push(format!("{file}: {name}={value}: no such setting, or nothing listens there"));
                }
            }
        }
    }
    agree(findings);
}

#[test]
fn probes_ask_the_ops_port() {
    let mut findings = Vec::new();
    for workload in workloads().iter().filter(|workload| workload.binary().is_some()) {
        let ops = dockerfile::ports();
        for (probe, path) in [("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")] {
            let get = &workload.container()[probe]["httpGet"];
            let place = format!("{}.{probe}", workload.place());
            if scalar(&get["path"]) != path {
                findings.push(format!("{place}.httpGet.path: is {}, not {path}", scalar(&get["path"])));
            }
            let port = workload.ports().get(&scalar(&get["port"])).copied();
            if port.is_none_or(|port| !ops.contains(&port)) {
                findings.push(format!("{place}.httpGet.port: {} is not the ops port", scalar(&get["port"])));
            }
        }
    }
    agree(findings);
}

#[test]
fn pods_are_bounded_and_not_root() {
    let mut findings = Vec::new();
    for workload in workloads() {
        let (place, container, pod) = (workload.place(), workload.container(), workload.pod());
        for keys in [["requests", "cpu"], ["requests", "memory"], ["limits", "memory"]] {
            if under(&container["resources"], &keys).is_null() {
                findings.push(format!("{place}.resources.{}: is not set", keys.join(".")));
            }
        }
        let security = &container["securityContext"];
        if security["readOnlyRootFilesystem"] != true || security["allowPrivilegeEscalation"] != false {
            findings.push(format!("{place}.securityContext: the root file system or privileges are open"));
        }
        if pod["securityContext"]["runAsNonRoot"] != true {
            findings.push(format!("{place}.securityContext.runAsNonRoot: is not true"));
        }
        let user = scalar(&pod["securityContext"]["runAsUser"]);
        if workload.binary().is_some() && user != dockerfile::user().to_string() {
            findings.push(format!("{place}.securityContext.runAsUser: {user} is not the image's user"));
        }
    }
    agree(findings);
}

#[test]
fn services_and_budgets_lead_to_pods() {
    let workloads = workloads();
    let mut findings = Vec::new();
    for (file, object) in objects("Service") {
        let name = identity(&object).1;
        let selector = under(&object, &["spec", "selector"]);
        let Some(workload) = workloads.iter().find(|workload| workload.selected_by(selector)) else {
            findings.push(format!("{file}: Service {name}.selector: selects no pod"));
            continue;
        };
        for port in list(under(&object, &["spec", "ports"])) {
            let target = scalar(&port["targetPort"]);
            if !workload.ports().contains_key(&target) {
                findings.push(format!(
                    "{file}: Service {name}.targetPort: {} has no port {target}",
                    workload.name
                ));
            }
        }
    }
    for (file, object) in objects("PodDisruptionBudget") {
        let selector = under(&object, &["spec", "selector", "matchLabels"]);
        let many = |workload: &&Workload| number(under(&workload.object, &["spec", "replicas"])) >= 2;
        if !workloads.iter().filter(|workload| workload.selected_by(selector)).any(|w| many(&w)) {
            let name = identity(&object).1;
            findings.push(format!(
                "{file}: PodDisruptionBudget {name}: selects nothing that has two pods or more"
            ));
        }
    }
    for workload in &workloads {
        let selector = under(&workload.object, &["spec", "selector", "matchLabels"]);
        if !workload.selected_by(selector) {
            findings.push(format!("{}.selector: does not select its own pods", workload.place()));
        }
    }
    agree(findings);
}

#[test]
fn pods_mount_what_is_there() {
    let claims: BTreeSet<_> =
        objects("PersistentVolumeClaim").iter().map(|(_, claim)| identity(claim).1).collect();
    let generators = kustomize::kustomization(BASE);
    let maps: BTreeSet<_> =
        list(&generators["configMapGenerator"]).iter().map(|map| scalar(&map["name"])).collect();
    let mut findings = Vec::new();
    for workload in workloads() {
        let place = workload.place();
        let volumes = list(&workload.pod()["volumes"]);
        let templates = list(under(&workload.object, &["spec", "volumeClaimTemplates"])).iter();
        let mut names: BTreeSet<_> = volumes.iter().map(|volume| scalar(&volume["name"])).collect();
        names.extend(templates.map(|claim| scalar(under(claim, &["metadata", "name"]))));
        for mount in list(&workload.container()["volumeMounts"]).iter().map(|mount| scalar(&mount["name"])) {
            if !names.contains(&mount) {
                findings.push(format!("{place}.volumeMounts: there is no volume {mount}"));
            }
        }
        for volume in volumes {
            let claim = scalar(under(volume, &["persistentVolumeClaim", "claimName"]));
            let map = scalar(under(volume, &["configMap", "name"]));
            if !(claims.contains(&claim) || maps.contains(&map)) {
                findings
                    .push(format!("{place}.volumes: there is no claim {claim:?} and no ConfigMap {map:?}"));
            }
        }
        let objects = kustomize::settings(BASE)["objects"]["AVZEUS_OBJECTS"].clone();
        let mut mounts = list(&workload.container()["volumeMounts"]).iter();
        if container(&workload).is_some_and(|c| c.environment.contains_key("AVZEUS_OBJECTS"))
            && !mounts.any(|mount| scalar(&mount["mountPath"]) == objects)
        {
            findings.push(format!("{place}.volumeMounts: nothing is mounted at AVZEUS_OBJECTS, {objects}"));
        }
    }
    agree(findings);
}

#[test]
fn the_scaler_follows_the_consumer_that_embed_works_from() {
    let (file, scaler) = objects("ScaledObject").remove(0);
    let target = scalar(under(&scaler, &["spec", "scaleTargetRef", "name"]));
    let workloads = workloads();
    let scaled = workloads.iter().find(|workload| workload.name == target);
    let scaled =
        scaled.unwrap_or_else(|| panic!("{file}: scaleTargetRef.name: there is no Deployment {target}"));
    assert_eq!(scaled.binary().as_deref(), Some("avzeus-embed"), "{file}: scaleTargetRef.name");
    let replicas = under(&scaled.object, &["spec", "replicas"]);
    assert!(replicas.is_null(), "{}: spec.replicas: would fight with {file}", scaled.file);

    let trigger = &list(under(&scaler, &["spec", "triggers"]))[0];
    assert_eq!(scalar(&trigger["type"]), "nats-jetstream", "{file}: triggers.type");
    let metadata = &trigger["metadata"];
    let (stream, consumer) = (scalar(&metadata["stream"]), scalar(&metadata["consumer"]));
    // The stream's name is private to its owner; what is written there is the truth.
    let streams = text("services/bus/src/stream.rs");
    let named = format!("Stream::CropsStored => \"{stream}\"");
    assert!(streams.contains(&named), "{file}: metadata.stream: services/bus knows no {named}");
    let told = kustomize::settings(BASE).values().find_map(|map| map.get("AVZEUS_PROFILE").cloned());
    let profile = told.unwrap_or_else(|| VisionConfig::default().profiles.profile);
    assert_eq!(consumer, bus::embedders(&profile), "{file}: metadata.consumer");

    let endpoint = scalar(&metadata["natsServerMonitoringEndpoint"]);
    let inside = format!(".{}.svc.cluster.local:", kustomize::namespace());
    let service = endpoint.replace(&inside, ":");
    assert!(
        endpoint.contains(&inside) && reachable().contains(&service),
        "{file}: metadata.natsServerMonitoringEndpoint: nothing listens at {endpoint}"
    );
    let prefixed = kustomize::settings(BASE).values().any(|map| map.contains_key("AVZEUS_NAMESPACE"));
    assert!(!prefixed, "{file}: metadata.stream: AVZEUS_NAMESPACE would put a prefix before it");
}
