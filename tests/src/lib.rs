//! The harness of the scenarios: real servers, real services and a real browser as child processes,
//! stopped when a scenario ends, however it ends.

pub mod browser;
mod cluster;
pub mod crowd;
pub mod dockerfile;
mod events;
mod network;
mod nginx;
pub mod page;
mod programs;
pub mod search_results;
mod search_site;
mod small_disk;
mod system;
mod taste;
pub mod traces;
mod visitor;
mod worker;
pub mod yaml;

pub use cluster::{Cluster, free_ports, server as nats_server};
pub use events::Events;
pub use network::Network;
pub use nginx::Nginx;
pub use programs::{avzeus, program};
pub use search_site::SearchSite;
pub use small_disk::{ReadOnly, SmallDisk};
pub use system::{Demo, System, terminate};
pub use taste::{Taste, constant};
pub use visitor::Visitor;
pub use worker::Worker;

/// The folder of references for parity, or `None` with a word on why nothing is compared.
pub fn parity_dir() -> Option<std::path::PathBuf> {
    let dir = std::env::var_os("AVZEUS_PARITY_DIR").map(std::path::PathBuf::from);
    if dir.is_none() {
        eprintln!("skipped: AVZEUS_PARITY_DIR is not set");
    }
    dir
}
