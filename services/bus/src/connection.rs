//! The connection and what it prepares.

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

use crate::config::REQUEST_TIMEOUT;
use crate::guard::{self, Missing};
use crate::{Bucket, BusConfig, BusError, Extent, Retention, Stream, health, metrics};

/// A connection to the broker, cheap to clone. It reconnects by itself for ever.
#[derive(Debug, Clone)]
pub struct Bus {
    pub(crate) client: Client,
    pub(crate) context: Context,
    namespace: String,
    replicas: usize,
    retention: Retention,
    /// Counts what every reader opens anew after: a connection, or a stream that was made again.
    pub(crate) opened: Arc<watch::Sender<u64>>,
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
        let broker = health.condition("broker");
        broker.failed(format!("not connected to {} yet", config.nats_url));
        metrics::describe();
        let opened = Arc::new(watch::Sender::new(0));
        let connected = opened.clone();
        let client = ConnectOptions::new()
            .name(name)
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(|attempts| Duration::from_millis((50 << attempts.min(5)) as u64))
            .event_callback(move |event| {
                follow(&broker, &event);
                if event == Event::Connected {
                    connected.send_modify(|count| *count += 1);
                }
                async {}
            })
            .connect(&config.nats_url)
            .await
            .map_err(|e| BusError::failed(format!("be reached at {}", config.nats_url), e))?;
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
        Ok(Self {
            client,
            context,
            namespace: config.namespace.clone(),
            replicas: config.stream_replicas,
            retention: config.retention,
            opened,
            missing: Missing::new(health),
            missed: Arc::default(),
            tasks: Arc::new(Mutex::new(tasks)),
        })
    }

    /// Waits for the broker and makes sure that every stream and bucket exists, now and from now on. Any service may be first.
    pub async fn prepare(&self, shutdown: &CancellationToken) -> Result<(), BusError> {
        let mut told = false;
        loop {
            let attempt = shutdown.run_until_cancelled(self.make_all()).await.ok_or(BusError::Ended)?;
            let Err(error) = attempt else {
                self.guard();
                return Ok(());
            };
            if !told {
                tracing::warn!(%error, "waiting for the broker");
                told = true;
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
        for config in self.configs() {
            self.ensure(config).await?;
        }
        Ok(())
    }

    /// Every stream as it should be, those of the buckets included.
    pub(crate) fn configs(&self) -> Vec<stream::Config> {
        let streams = Stream::ALL.into_iter().map(|stream| {
            let (name, subject) = (self.stream_name(stream), self.spelled(stream.filter()));
            stream.config(name, subject, self.replicas, &self.retention)
        });
        let buckets = Bucket::ALL.into_iter().map(|bucket| bucket.config(self, self.replicas));
        streams.chain(buckets).collect()
    }

    /// Creates or updates a stream.
    pub(crate) async fn ensure(&self, config: stream::Config) -> Result<(), BusError> {
        let name = config.name.clone();
        let made = self.context.create_or_update_stream(config).await;
        made.map(drop).map_err(|e| BusError::failed(format!("prepare stream {name}"), e))
    }

    /// Fails at once while there is no connection, instead of waiting for a timeout.
    pub fn check(&self) -> Result<(), BusError> {
        match self.client.connection_state() {
            State::Connected => Ok(()),
            _ => Err(BusError::Disconnected),
        }
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

fn follow(broker: &Condition, event: &Event) {
    match event {
        Event::Connected => broker.met(),
        Event::Disconnected | Event::Closed => broker.failed("disconnected"),
        Event::ClientError(error) => tracing::debug!(%error, "broker client"),
        other => tracing::warn!(event = %other, "broker"),
    }
}
