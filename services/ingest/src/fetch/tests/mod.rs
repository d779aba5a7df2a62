//! The fetcher against real sockets: a server on 127.0.0.1 that answers whatever a test wants, byte for byte.

mod answers;
mod server;

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use clap::Parser;
use domain::Hosts;
use futures::future::BoxFuture;

use super::*;
use server::{Reply, Server};

/// Names as a test wants them, and how often each was looked up. Every further look-up of a name gives its next
/// answer; the last one stays.
#[derive(Default)]
struct Table {
    answers: HashMap<String, Vec<Vec<IpAddr>>>,
    looked_up: Mutex<HashMap<String, usize>>,
}

impl Table {
    fn new(rows: &[(&str, &[&str])]) -> Self {
        Self::changing(&rows.iter().map(|(name, addresses)| (*name, vec![*addresses])).collect::<Vec<_>>())
    }

    fn changing(rows: &[(&str, Vec<&[&str]>)]) -> Self {
        let parsed = |addresses: &&[&str]| addresses.iter().map(|a| a.parse().unwrap()).collect();
        let answers =
            rows.iter().map(|(name, answers)| (name.to_string(), answers.iter().map(parsed).collect()));
        Self { answers: answers.collect(), ..Self::default() }
    }

    fn look_ups(&self, name: &str) -> usize {
        self.looked_up.lock().unwrap().get(name).copied().unwrap_or(0)
    }
}

impl Names for Table {
    fn addresses(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let mut looked_up = self.looked_up.lock().unwrap();
        let times = looked_up.entry(host.clone()).or_default();
        let answers = self.answers.get(&host);
        let answer = answers.map(|answers| answers[(*times).min(answers.len() - 1)].clone());
        *times += 1;
        Box::pin(async move { answer.ok_or_else(|| io::Error::other("name or service not known")) })
    }
}

/// The settings as they stand without an environment, and with `flags`.
fn config(flags: &[&str]) -> FetchConfig {
    #[derive(clap::Parser)]
    struct Only {
        #[command(flatten)]
        fetch: FetchConfig,
    }
    Only::try_parse_from([&["fetch"], flags].concat()).unwrap().fetch
}

/// Asks at once and as often as it likes, once, and may reach this machine.
const EAGER: &[&str] = &["--fetch-spacing-ms=0", "--fetch-tries=1", "--open-addresses=127.0.0.1/32"];

fn eager(flags: &[&str]) -> FetchConfig {
    config(&[EAGER, flags].concat())
}

fn fetcher(config: &FetchConfig, names: &[(&str, &[&str])]) -> Fetcher {
    Fetcher::with_names(config, Arc::new(Table::new(names))).unwrap()
}

fn hosts(list: &str) -> Hosts {
    list.parse().unwrap()
}

/// What is fetched from a server that gives this reply to everything.
async fn answer(reply: Reply) -> Result<Fetched, FetchError> {
    let server = Server::start(move |_| reply.clone()).await;
    let fetcher = fetcher(&eager(&["--fetch-bytes=100000"]), &[("img.test", &["127.0.0.1"])]);
    fetcher.fetch(&server.address("img.test", "/a"), &hosts("img.test")).await
}

/// Why that is not fetched, and whether for good.
async fn reason(reply: Reply) -> (String, bool) {
    let error = answer(reply).await.unwrap_err();
    (error.to_string(), error.is_final())
}

/// The least that passes for a picture here: what is in it is not the fetcher's business.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
