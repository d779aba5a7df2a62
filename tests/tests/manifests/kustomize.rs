//! kustomization.yaml: what it lists is what lies beside it.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml_ng::Value;

use crate::agree;
use crate::yaml::{at, documents, entries, list, scalar, text, under};

pub(crate) const BASE: &str = "k8s/base";
/// Work that is done once.
pub(crate) const JOBS: &str = "k8s/jobs";
pub(crate) const OVERLAYS: [&str; 2] = ["k8s/overlays/dev", "k8s/overlays/production"];

pub(crate) fn kustomization(folder: &str) -> Value {
    documents(&format!("{folder}/kustomization.yaml")).remove(0)
}

/// Objects of the YAML files that a folder lists under `resources`, each with its file.
pub(crate) fn resources(folder: &str) -> Vec<(String, Value)> {
    let kustomization = kustomization(folder);
    let files = list(&kustomization["resources"]).iter().map(scalar).filter(|name| name.ends_with(".yaml"));
    let files = files.map(|name| format!("{folder}/{name}"));
    files.flat_map(|file| documents(&file).into_iter().map(move |object| (file.clone(), object))).collect()
}

/// Patches of a folder, each with its file.
pub(crate) fn patches(folder: &str) -> Vec<(String, Value)> {
    let kustomization = kustomization(folder);
    let files =
        list(&kustomization["patches"]).iter().map(|patch| format!("{folder}/{}", scalar(&patch["path"])));
    files.flat_map(|file| documents(&file).into_iter().map(move |patch| (file.clone(), patch))).collect()
}

/// Generated ConfigMaps made of `.env` files: name → settings.
pub(crate) fn settings(folder: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let kustomization = kustomization(folder);
    let generators = list(&kustomization["configMapGenerator"]).iter();
    let read = |generator: &Value| {
        let files = list(&generator["envs"]).iter().map(|file| text(&format!("{folder}/{}", scalar(file))));
        let pairs = files.flat_map(|text| text.lines().filter_map(pair).collect::<Vec<_>>()).collect();
        (scalar(&generator["name"]), pairs)
    };
    generators.map(read).collect()
}

fn pair(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=').filter(|_| !line.starts_with('#'))?;
    Some((name.to_owned(), value.to_owned()))
}

/// Every file that a kustomization names, in whatever field.
fn listed(folder: &str) -> BTreeSet<String> {
    let kustomization = kustomization(folder);
    let resources =
        list(&kustomization["resources"]).iter().map(scalar).filter(|name| !name.starts_with("../"));
    let patches = list(&kustomization["patches"]).iter().map(|patch| scalar(&patch["path"]));
    let generators = list(&kustomization["configMapGenerator"]).iter();
    let generated = generators.flat_map(|g| list(&g["envs"]).iter().chain(list(&g["files"])).map(scalar));
    resources.chain(patches).chain(generated).collect()
}

#[test]
fn kustomizations_list_exactly_the_files_beside_them() {
    let mut findings = Vec::new();
    for folder in [BASE, JOBS].into_iter().chain(OVERLAYS) {
        let files = std::fs::read_dir(at(folder)).unwrap_or_else(|e| panic!("{folder}: {e}"));
        let names =
            files.map(|file| file.expect("a readable folder").file_name().to_string_lossy().into_owned());
        let there: BTreeSet<_> = names.filter(|name| name != "kustomization.yaml").collect();
        let listed = listed(folder);
        let place = format!("{folder}/kustomization.yaml");
        findings.extend(there.difference(&listed).map(|file| format!("{place}: leaves out {file}")));
        findings.extend(
            listed.difference(&there).map(|file| format!("{place}: lists {file}, which is not there")),
        );
    }
    let overlays = std::fs::read_dir(at("k8s/overlays")).expect("overlays").count();
    assert_eq!(overlays, OVERLAYS.len(), "k8s/overlays: one of them is not checked");
    agree(findings);
}

#[test]
fn overlays_change_only_what_the_base_has() {
    let base: BTreeSet<_> = resources(BASE).iter().map(|(_, object)| identity(object)).collect();
    let names: BTreeSet<_> = base.iter().map(|(_, name)| name.as_str()).collect();
    let generated = settings(BASE);
    let mut findings = Vec::new();
    for folder in OVERLAYS {
        let place = format!("{folder}/kustomization.yaml");
        let kustomization = kustomization(folder);
        if scalar(&kustomization["namespace"]) != namespace() {
            findings.push(format!("{place}: namespace: is not the base's, {}", namespace()));
        }
        for (file, patch) in patches(folder) {
            let (kind, name) = identity(&patch);
            if !base.contains(&(kind.clone(), name.clone())) {
                findings.push(format!("{file}: patches {kind} {name}, which the base has not"));
            }
        }
        let counted = list(&kustomization["replicas"]).iter().map(|r| scalar(&r["name"]));
        let unknown = counted.filter(|name| !names.contains(name.as_str()));
        findings.extend(unknown.map(|name| format!("{place}: replicas: the base has no {name}")));
        for (map, pairs) in settings(folder) {
            let known = generated.get(&map);
            if known.is_none() {
                findings.push(format!("{place}: configMapGenerator: the base has no {map}"));
            }
            let unknown = pairs.keys().filter(|name| known.is_none_or(|known| !known.contains_key(*name)));
            findings.extend(unknown.map(|name| format!("{folder}: {map}: {name} is not set in the base")));
        }
    }
    agree(findings);
}

#[test]
fn three_brokers_keep_three_copies() {
    let production = kustomization("k8s/overlays/production");
    let nats = list(&production["replicas"]).iter().find(|replicas| replicas["name"] == "nats");
    let brokers = nats.map(|replicas| scalar(&replicas["count"])).unwrap_or_default();
    let copies = settings("k8s/overlays/production")["service"]["AVZEUS_STREAM_REPLICAS"].clone();
    assert_eq!(brokers, copies, "k8s/overlays/production: replicas of nats against AVZEUS_STREAM_REPLICAS");
    let conf = text("k8s/overlays/production/nats.conf");
    for broker in 0..brokers.parse().unwrap_or(0) {
        let route = format!("nats://nats-{broker}.nats:6222");
        assert!(conf.contains(&route), "k8s/overlays/production/nats.conf: routes: no {route}");
    }
}

#[test]
fn every_broker_puts_a_click_on_disk_before_it_says_so() {
    for file in ["deploy/nats/nats.conf", "k8s/base/nats.conf", "k8s/overlays/production/nats.conf"] {
        assert!(text(file).contains("sync_interval: always"), "{file}: sync_interval is not always");
    }
    // kustomize reads below its own folder only, so the base has copies of its own.
    for name in ["nats", "redis"] {
        let (deploy, base) = (format!("deploy/{name}/{name}.conf"), format!("k8s/base/{name}.conf"));
        assert_eq!(text(&deploy), text(&base), "{deploy} and {base} differ");
    }
}

/// Kind and name.
pub(crate) fn identity(object: &Value) -> (String, String) {
    (scalar(&object["kind"]), scalar(under(object, &["metadata", "name"])))
}

pub(crate) fn namespace() -> String {
    scalar(&kustomization(BASE)["namespace"])
}

#[test]
fn every_document_says_what_it_is() {
    let mut findings = Vec::new();
    for folder in [BASE].into_iter().chain(OVERLAYS) {
        for (file, object) in resources(folder).into_iter().chain(patches(folder)) {
            let (kind, name) = identity(&object);
            if kind.is_empty() || name.is_empty() || scalar(&object["apiVersion"]).is_empty() {
                findings.push(format!("{file}: a document without apiVersion, kind or metadata.name"));
            }
        }
        let kinds = entries(&kustomization(folder)).count();
        assert!(kinds > 0, "{folder}/kustomization.yaml is empty");
    }
    agree(findings);
}
