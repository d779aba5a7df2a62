//! What is written for containers and clusters, held against what was built: binaries, settings, ports,
//! probes and names. Nothing is started; a disagreement is told by file and field.

mod binaries;
mod compose;
mod container;
mod dockerfile;
mod kubernetes;
mod kustomize;
mod learning;
mod monitoring;

use tests::yaml;

/// Fails with every disagreement at once.
fn agree(findings: Vec<String>) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}
