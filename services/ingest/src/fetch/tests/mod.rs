//! The fetcher against real sockets: a server on 127.0.0.1 that answers whatever a test wants, byte for byte.

mod answers;
mod asking_again;
mod names_table;
mod places;
mod redirects;
mod server;

use std::sync::Arc;

use clap::Parser;
use domain::Hosts;

use super::*;
use names_table::NamesTable;
use server::{Reply, Server};

/// The least that passes for a picture here: what is in it is not the fetcher's business.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

/// The settings of somebody impatient who may reach this machine, and `flags`.
fn eager(flags: &[&str]) -> FetchConfig {
    #[derive(clap::Parser)]
    struct Only {
        #[command(flatten)]
        fetch: FetchConfig,
    }
    let eager = ["fetch", "--fetch-spacing-ms=0", "--fetch-backoff-ms=1", "--open-addresses=127.0.0.1/32"];
    Only::try_parse_from([&eager, flags].concat()).unwrap().fetch
}

/// A fetcher that knows the names `img.test` and `other.test` for this machine.
fn fetcher(flags: &[&str]) -> Fetcher {
    let names = NamesTable::new(&[("img.test", "127.0.0.1"), ("other.test", "127.0.0.1")]);
    Fetcher::with_names(&eager(flags), Arc::new(names)).unwrap()
}

fn hosts(list: &str) -> Hosts {
    list.parse().unwrap()
}

/// Why `address` is not fetched, and whether for good.
async fn refusal(fetcher: &Fetcher, address: &str, list: &str) -> (String, bool) {
    let error = fetcher.fetch(address, &hosts(list)).await.unwrap_err();
    (error.to_string(), error.is_final())
}

fn for_good(reason: &str) -> (String, bool) {
    (reason.to_owned(), true)
}

fn for_now(reason: &str) -> (String, bool) {
    (reason.to_owned(), false)
}
