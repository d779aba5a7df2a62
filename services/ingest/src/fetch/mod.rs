//! The fetcher: one picture from the web, from hosts that were listed for its person, whoever answers there.
//!
//! A fetch is a few tries ([`patience`]), a try a few hops, one for each redirect. Every hop is judged anew: its
//! [`address`] against the person's hosts, what its name leads to ([`names`]) against the [`networks`] that are
//! not of the public web. A hop waits for its host's [`pace`], and its answer is read under caps ([`exchange`])
//! until its first bytes have said what it is ([`vision::file_kind`]).

mod address;
mod config;
mod error;
mod exchange;
mod names;
mod networks;
mod pace;
mod patience;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::Hosts;
use tokio::time::sleep;

use crate::metrics;
use exchange::{Answer, Exchange};
use names::{CheckedNames, SystemNames};
use networks::Networks;
use pace::Pace;

pub(crate) use address::LONGEST;
pub use config::FetchConfig;
pub use error::FetchError;
pub use names::Names;
pub use networks::Refused;

/// Redirects followed for one picture.
const MOST_REDIRECTS: usize = 5;

/// Fetches pictures. One is enough for a collector: it knows every host's pace.
#[derive(Debug)]
pub struct Fetcher {
    exchange: Exchange,
    networks: Networks,
    pace: Pace,
    tries: u32,
    backoff: Duration,
}

/// A picture that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// A file that begins like a PNG, a JPEG or a WebP.
    pub bytes: Bytes,
    /// Where it was in the end, after redirects.
    pub address: String,
    /// When it had come, in milliseconds since 1970.
    pub fetched_at_ms: u64,
}

impl Fetcher {
    /// A fetcher that looks names up as the system does.
    pub fn open(config: &FetchConfig) -> Result<Self, reqwest::Error> {
        Self::with_names(config, Arc::new(SystemNames))
    }

    /// A fetcher that asks `names`.
    pub fn with_names(config: &FetchConfig, names: Arc<dyn Names>) -> Result<Self, reqwest::Error> {
        let networks = Networks::new(config.open_addresses.clone());
        let names = CheckedNames { names, networks: networks.clone() };
        Ok(Self {
            exchange: Exchange::open(config, names)?,
            networks,
            pace: Pace::new(
                config.per_host as usize,
                Duration::from_millis(config.spacing_ms),
                Duration::from_secs(config.retry_after_seconds),
            ),
            tries: config.tries,
            backoff: Duration::from_millis(config.backoff_ms),
        })
    }

    /// Fetches the picture at `address`, which must lie on one of `hosts`, as must wherever it redirects to.
    /// What may pass is tried again; what is left then can be asked for in another run unless it is final.
    pub async fn fetch(&self, address: &str, hosts: &Hosts) -> Result<Fetched, FetchError> {
        let started = Instant::now();
        let fetched = self.persist(address, hosts).await;
        let outcome = fetched.as_ref().map_or_else(FetchError::outcome, |_| "fetched");
        ::metrics::counter!(metrics::FETCHES, "outcome" => outcome).increment(1);
        ::metrics::histogram!(metrics::FETCH_SECONDS).record(started.elapsed());
        if let Ok(fetched) = &fetched {
            ::metrics::counter!(metrics::FETCH_BYTES).increment(fetched.bytes.len() as u64);
        }
        fetched
    }

    async fn persist(&self, address: &str, hosts: &Hosts) -> Result<Fetched, FetchError> {
        let mut failures = 0;
        loop {
            let failure = match self.follow(address, hosts).await {
                Ok(fetched) => return Ok(fetched),
                Err(failure) => failure,
            };
            failures += 1;
            let is_in_vain = failure.is_final() || matches!(failure, FetchError::Resting { .. });
            if is_in_vain || failures == self.tries {
                return Err(failure);
            }
            tracing::debug!(%failure, failures, "asking again");
            sleep(patience::backoff(self.backoff, failures, rand::random())).await;
        }
    }

    async fn follow(&self, address: &str, hosts: &Hosts) -> Result<Fetched, FetchError> {
        let mut url = address::read(address)?;
        for _ in 0..=MOST_REDIRECTS {
            let host = address::permitted(&url, hosts, &self.networks)?;
            let resting = |left: Duration| FetchError::Resting {
                host: host.to_owned(),
                seconds: left.as_secs_f64().ceil() as u64,
            };
            let _turn = self.pace.turn(host).await.map_err(resting)?;
            let answer = self.exchange.ask(host, &url).await;
            if let Err(FetchError::Status { retry_after: Some(rest), .. }) = &answer {
                self.pace.rest(host, *rest);
            }
            match answer? {
                Answer::Picture(bytes) => {
                    return Ok(Fetched { bytes, address: url.into(), fetched_at_ms: runtime::now_ms() });
                }
                Answer::Elsewhere(next) => url = next,
            }
        }
        Err(FetchError::Redirects(MOST_REDIRECTS))
    }
}

#[cfg(test)]
mod tests;
