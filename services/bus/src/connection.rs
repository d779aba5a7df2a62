//! The connection and what it prepares.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::{Context, stream};
use async_nats::{Client, ConnectOptions, Event};
use runtime::{Condition, Health};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::bucket::Stores;
use crate::config::{CONNECT_TIMEOUT, OLDEST_BROKER, PING_INTERVAL, REQUEST_TIMEOUT};
use crate::enlargement::Kept;
use crate::guard::{self, Missing};
use crate::isolation::{self, Chosen};
use crate::{Bucket, BusConfig, BusError, Extent, Stream, StreamSettings, health, metrics};

/// What is told to be missing while the streams are not as they are needed.
const PREPARATION: &str = "preparation";

/// A connection to the broker, cheap to clone. It reconnects by itself for ever.
#[derive(Debug, Clone)]
pub struct Bus {
    pub(crate) client: Client,
    pub(crate) context: Context,
    namespace: String,
    pub(crate) settings: StreamSettings,
    /// When a broker made its copy of a stream anew, by stream and broker, in ms since 1970.
    pub(crate) made_anew: Arc<Mutex<BTreeMap<(String, String), u64>>>,
    /// Settings of streams of which it was said that they keep more than is configured.
    surplus: Arc<Mutex<BTreeSet<(String, Kept)>>>,
    /// Counts what every reader opens anew after: a connection, or a stream that was made again.
    pub(crate) opened: Arc<watch::Sender<u64>>,
    pub(crate) stores: Arc<Mutex<Stores>>,
    pub(crate) missing: Missing,
    /// Told when something was asked of a stream that is not there.
    pub(crate) missed: Arc<Notify>,
    tasks: Arc<Mutex<Tasks>>,
}

/// What a connection does on its own, until its last clone is gone.
#[derive(Debug, Default)]
struct Tasks {
    running: JoinSet<()>,
    /// Whether the streams are looked after.
    guarding: bool,
}

/// Tells when the broker was connected to again, or a stream made again, after something was opened. A reader from before
/// waits many seconds for messages that will never be sent to it, so it is opened anew.
#[derive(Debug)]
pub(crate) struct Reconnection(watch::Receiver<u64>);

impl Reconnection {
    /// Ends at the next connection. Safe to drop and call again.
    pub(crate) async fn happened(&mut self) {
        // A client that is gone for good makes no connection, and opening anew says so.
        let _gone = self.0.changed().await;
    }
}

impl Bus {
    /// Starts connecting and returns at once; `broker` in `health` follows the connection.
    pub async fn connect(name: &str, config: &BusConfig, health: &Health) -> Result<Self, BusError> {
        let at = without_passwords(&config.nats_url);
        let follower = Follower::new(health.condition("broker"), at.clone());
        metrics::describe();
        let opened = Arc::new(watch::Sender::new(0));
        let connected = opened.clone();
        let chosen = Chosen::default();
        let next = chosen.clone();
        let client = ConnectOptions::new()
            .name(name)
            .retry_on_initial_connect()
            .max_reconnects(None)
            .ping_interval(PING_INTERVAL)
            .connection_timeout(CONNECT_TIMEOUT)
            .reconnect_delay_callback(|attempts| Duration::from_millis((50 << attempts.min(5)) as u64))
            .reconnect_to_server_callback(move |_, _| std::future::ready(next.take()))
            .event_callback(move |event| {
                follower.follow(&event);
                if event == Event::Connected {
                    connected.send_modify(|count| *count += 1);
                }
                async {}
            })
            .connect(config.addresses()?)
            .await
            .map_err(|e| BusError::failed(format!("be reached at {at}"), e))?;
        let context = ContextBuilder::new()
            .timeout(REQUEST_TIMEOUT)
            .ack_timeout(REQUEST_TIMEOUT)
            .max_ack_inflight(4096)
            .build(client.clone());
        let mut tasks = Tasks::default();
        tasks.running.spawn(health::answer(
            client.clone(),
            config.namespace.clone(),
            name.to_owned(),
            health.clone(),
        ));
        let bus = Self {
            client,
            context,
            namespace: config.namespace.clone(),
            settings: config.streams.clone(),
            surplus: Arc::default(),
            made_anew: Arc::default(),
            stores: Arc::default(),
            opened,
            missing: Missing::new(health),
            missed: Arc::default(),
            tasks: Arc::default(),
        };
        let stream = bus.stream_name(Stream::Clicks);
        tasks.running.spawn(isolation::follow(bus.client.clone(), stream, chosen, bus.missing.clone()));
        *bus.tasks.lock().unwrap_or_else(PoisonError::into_inner) = tasks;
        Ok(bus)
    }

    /// Waits for the broker and makes sure that every stream and bucket exists, now and from now on. Any service may be first.
    pub async fn prepare(&self, shutdown: &CancellationToken) -> Result<(), BusError> {
        let mut before = None;
        loop {
            let attempt = shutdown.run_until_cancelled(self.make_all()).await.ok_or(BusError::Ended)?;
            let Err(error) = attempt else {
                self.missing.found(PREPARATION);
                self.guard();
                return Ok(());
            };
            let why = error.to_string();
            if before.as_ref() != Some(&why) {
                tracing::warn!(error = why, "waiting for the broker");
                // The connection has a condition of its own, which says more.
                match error {
                    BusError::Disconnected => self.missing.found(PREPARATION),
                    _ => _ = self.missing.tell(PREPARATION, why.clone()),
                }
                before = Some(why);
            }
            let pause = tokio::time::sleep(Duration::from_millis(250));
            shutdown.run_until_cancelled(pause).await.ok_or(BusError::Ended)?;
        }
    }

    /// Looks after the streams from now on.
    fn guard(&self) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut tasks.guarding, true) {
            // Not what owns the task: it would keep itself alive.
            let bus = Self { tasks: Arc::default(), ..self.clone() };
            tasks.running.spawn(guard::follow(bus));
        }
    }

    async fn make_all(&self) -> Result<(), BusError> {
        self.check()?;
        let broker = self.client.server_info();
        let [major, minor] = OLDEST_BROKER;
        if !self.client.is_server_compatible(major.into(), minor.into(), 0) {
            return Err(BusError::TooOld { found: broker.version, least: format!("{major}.{minor}") });
        }
        if !broker.jetstream {
            return Err(BusError::NoJetStream);
        }
        for config in self.configs() {
            self.ensure(config).await?;
        }
        Ok(())
    }

    /// Whether it was not said before that `stream` keeps more of `setting` than is configured.
    pub(crate) fn surplus_is_news(&self, stream: &str, setting: Kept) -> bool {
        let mut known = self.surplus.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert((stream.to_owned(), setting))
    }

    /// Every stream as it should be, those of the buckets included.
    pub(crate) fn configs(&self) -> Vec<stream::Config> {
        let streams = Stream::ALL.into_iter().map(|stream| {
            let (name, subject) = (self.stream_name(stream), self.spelled(stream.filter()));
            stream.config(name, subject, self.settings.stream_replicas, &self.settings.retention)
        });
        let buckets =
            Bucket::ALL.into_iter().map(|bucket| bucket.config(self, self.settings.stream_replicas));
        streams.chain(buckets).collect()
    }

    /// Fails at once while there is no connection, instead of waiting for a timeout.
    pub fn check(&self) -> Result<(), BusError> {
        match self.client.connection_state() {
            State::Connected => Ok(()),
            _ => Err(BusError::Disconnected),
        }
    }

    /// Name of the broker that is connected to, or was last.
    pub fn broker(&self) -> String {
        self.client.server_info().server_name
    }

    /// How far `stream` reaches now.
    pub async fn extent(&self, stream: Stream) -> Result<Extent, BusError> {
        let state = self
            .stream(stream)
            .await?
            .get_info()
            .await
            .map_err(|e| BusError::failed(format!("tell the extent of {}", stream.name()), e))?;
        let state = state.state;
        Ok(Extent { first: state.first_sequence, last: state.last_sequence, messages: state.messages })
    }

    /// Changes whenever the broker was connected to again or a stream made again: what it held may be gone.
    pub fn reopened(&self) -> watch::Receiver<u64> {
        self.opened.subscribe()
    }

    /// Watches for connections, and for streams made again, from now on.
    pub(crate) fn reconnection(&self) -> Reconnection {
        Reconnection(self.opened.subscribe())
    }

    pub(crate) async fn stream(&self, stream: Stream) -> Result<stream::Stream<()>, BusError> {
        self.check()?;
        let name = self.stream_name(stream);
        let found = self.context.get_stream_no_info(&name).await;
        found.map_err(|e| BusError::failed(format!("open stream {name}"), e))
    }

    pub(crate) fn stream_name(&self, stream: Stream) -> String {
        self.named(stream.name())
    }

    /// A stream's or bucket's name within the namespace.
    pub(crate) fn named(&self, name: &str) -> String {
        if self.namespace.is_empty() { name.to_owned() } else { format!("{}_{name}", self.namespace) }
    }

    /// A subject within the namespace.
    pub(crate) fn spelled(&self, subject: &str) -> String {
        if self.namespace.is_empty() { subject.to_owned() } else { format!("{}.{subject}", self.namespace) }
    }

    /// The way back from [`Bus::spelled`].
    pub(crate) fn unspelled<'a>(&self, subject: &'a str) -> &'a str {
        let rest = subject.strip_prefix(self.namespace.as_str()).unwrap_or(subject);
        if self.namespace.is_empty() { rest } else { rest.strip_prefix('.').unwrap_or(rest) }
    }
}

/// Follows the connection and tells in a condition how it is.
#[derive(Debug)]
struct Follower {
    condition: Condition,
    /// Where the broker is, without passwords.
    at: String,
    is_connected: AtomicBool,
}

impl Follower {
    fn new(condition: Condition, at: String) -> Self {
        condition.failed(format!("not connected to {at} yet"));
        Self { condition, at, is_connected: AtomicBool::new(false) }
    }

    fn follow(&self, event: &Event) {
        match event {
            Event::Connected => {
                self.is_connected.store(true, Ordering::Relaxed);
                self.condition.met();
            }
            Event::Disconnected | Event::Closed => {
                self.is_connected.store(false, Ordering::Relaxed);
                self.condition.failed(format!("disconnected from {}", self.at));
            }
            Event::ClientError(error) if !self.is_connected.load(Ordering::Relaxed) => {
                let at = &self.at;
                self.condition
                    .failed(format!("cannot connect to {at} ({error}); AVZEUS_NATS_URL says where NATS is"));
            }
            Event::ClientError(error) => tracing::debug!(%error, "broker client"),
            other => tracing::warn!(event = %other, "broker"),
        }
    }
}

/// Returns addresses as they may be told: user and password of each are left out.
pub fn without_passwords(addresses: &str) -> String {
    let shown = addresses.split(',').map(|address| match address.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
            if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
        }
        None => address.to_owned(),
    });
    shown.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_told() {
        for (address, shown) in [
            ("nats://127.0.0.1:4222", "nats://127.0.0.1:4222"),
            ("nats://ann:s3cret@n1:4222,tls://t0ken@n2", "nats://n1:4222,tls://n2"),
            ("ann:p@ss@n1:4222", "n1:4222"),
        ] {
            assert_eq!(without_passwords(address), shown);
        }
    }

    #[test]
    fn the_condition_says_why_there_is_no_connection() {
        let health = Health::default();
        let follower = Follower::new(health.condition("broker"), "nats://n1".to_owned());
        assert_eq!(health.unmet()["broker"], "not connected to nats://n1 yet");
        let refused = Event::ClientError(async_nats::ClientError::Other("IO error".to_owned()));
        follower.follow(&refused);
        assert!(
            health.unmet()["broker"].contains("IO error")
                && health.unmet()["broker"].contains("AVZEUS_NATS_URL")
        );
        follower.follow(&Event::Connected);
        follower.follow(&refused);
        assert!(health.unmet().is_empty());
        follower.follow(&Event::Disconnected);
        assert_eq!(health.unmet()["broker"], "disconnected from nats://n1");
    }
}
