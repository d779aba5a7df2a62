//! Key-value buckets: what has one current value.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::PoisonError;
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::kv;
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{Config, DiscardPolicy, LastRawMessageError, State, StorageType};
use bytes::Bytes;
use domain::PersonId;

use crate::held::Held;
use crate::reader::Read;
use crate::refusal::{self, Refusal};
use crate::replay::is_absent;
use crate::subject::token;
use crate::{Bus, BusError};

/// Open handles of buckets, each with the count of openings at which it was opened.
pub(crate) type Stores = BTreeMap<String, (u64, kv::Store)>;

/// A bucket of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// `<person>` → Enrolment: who may be collected and shown.
    Roster,
    /// `<person>.<source digest>` → PictureRecord: what became of every picture that was looked at.
    Pictures,
    /// `<line>` and `candidate.<digest>` → PolicyPublished; the revision is the policy version.
    /// `serving` → PolicyServing.
    Policy,
    /// `<line>` → that learner's checkpoint.
    Checkpoint,
}

impl Bucket {
    pub(crate) const ALL: [Bucket; 4] =
        [Bucket::Roster, Bucket::Pictures, Bucket::Policy, Bucket::Checkpoint];

    fn name(self) -> &'static str {
        match self {
            Bucket::Roster => "roster",
            Bucket::Pictures => "pictures",
            Bucket::Policy => "policy",
            Bucket::Checkpoint => "checkpoint",
        }
    }

    /// Whether its keys are people's: what is replaced or removed there leaves no byte behind.
    fn names_people(self) -> bool {
        matches!(self, Bucket::Roster | Bucket::Pictures)
    }

    fn history(self) -> i64 {
        match self {
            // One value is current. The room behind it is for those that it replaces: none may be pushed out of the
            // stream before it is written over, also where writers were cut off or write at the same time.
            Bucket::Roster | Bucket::Pictures => 8,
            Bucket::Policy => 64,
            Bucket::Checkpoint => 2,
        }
    }

    /// It as the stream it is: older brokers do not send the account fields that the client's own call for it expects.
    pub(crate) fn config(self, bus: &Bus, replicas: usize) -> Config {
        let name = bus.named(self.name());
        Config {
            name: format!("KV_{name}"),
            subjects: vec![format!("$KV.{name}.>")],
            max_messages_per_subject: self.history(),
            allow_rollup: true,
            deny_delete: !self.names_people(),
            discard: DiscardPolicy::New,
            allow_direct: true,
            storage: StorageType::File,
            num_replicas: replicas,
            ..Config::default()
        }
    }
}

/// A value with its revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Grows with every write to the bucket.
    pub revision: u64,
    /// The value.
    pub value: Bytes,
}

/// One change of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which key.
    pub key: String,
    /// Its new value; `None` when it was removed.
    pub stored: Option<Stored>,
    /// Changes behind this one at the time it was told: 0 means that all current values have been.
    pub pending: u64,
}

/// A bucket, open.
#[derive(Debug, Clone)]
pub struct KeyValue {
    bus: Bus,
    bucket: Bucket,
}

impl Bus {
    /// `bucket`, opened with each use, so that it survives broker restarts.
    pub fn bucket(&self, bucket: Bucket) -> KeyValue {
        KeyValue { bus: self.clone(), bucket }
    }
}

impl KeyValue {
    /// The current value of `key`, as the bucket's leader has it: a replica may not know yet what was written just now.
    pub async fn get(&self, key: &str) -> Result<Option<Stored>, BusError> {
        let store = self.open().await?;
        match store.stream.get_last_raw_message_by_subject(&self.subject(key)).await {
            Ok(message) if is_marker(&message.headers) => Ok(None),
            Ok(message) => Ok(Some(Stored { revision: message.sequence, value: message.payload })),
            Err(e) if is_absent(e.kind()) => Ok(None),
            Err(e) => Err(self.failed("read", key, e)),
        }
    }

    /// The newest revision of any key, present or removed; 0 before the first write.
    pub async fn newest_revision(&self) -> Result<u64, BusError> {
        Ok(self.state().await?.last_sequence)
    }

    /// Writes `value` whatever stands there; returns its revision. What it replaces goes after it is there: whoever is
    /// cut off between the two leaves both, of which the newer counts, and the older goes with the next write or removal.
    pub async fn put(&self, key: &str, value: Bytes) -> Result<u64, BusError> {
        let store = self.open().await?;
        let revision = store.put(key, value).await.map_err(|e| self.failed("write", key, e))?;
        if self.bucket.names_people() {
            self.overwrite_replaced(&store, key).await?;
        }
        Ok(revision)
    }

    /// Writes `value` where nothing stands under `key`, nor a word of a removal; returns whether it did. One question where
    /// [`KeyValue::put`] has several.
    pub async fn put_first(&self, key: &str, value: Bytes) -> Result<bool, BusError> {
        match self.open().await?.update(key, value, 0).await {
            Ok(_) => Ok(true),
            Err(e) if e.kind() == kv::UpdateErrorKind::WrongLastRevision => Ok(false),
            Err(e) => Err(self.failed("write", key, e)),
        }
    }

    /// Writes `value` if `key` is still at revision `expected` (0: there is no value);
    /// [`BusError::Outrun`] otherwise. Returns the new revision.
    pub async fn swap(&self, key: &str, expected: u64, value: Bytes) -> Result<u64, BusError> {
        let store = self.open().await?;
        let outrun = || BusError::Outrun { bucket: self.bucket.name().to_owned(), key: key.to_owned() };
        if expected == 0 {
            // A removed value leaves a marker with a revision of its own; `create` knows it.
            return store.create(key, value).await.map_err(|e| match e.kind() {
                kv::CreateErrorKind::AlreadyExists => outrun(),
                _ => self.failed("write", key, e),
            });
        }
        store.update(key, value, expected).await.map_err(|e| match e.kind() {
            kv::UpdateErrorKind::WrongLastRevision => outrun(),
            _ => self.failed("write", key, e),
        })
    }

    /// Removes `key` and its history; returns whether there was a value.
    pub async fn remove(&self, key: &str) -> Result<bool, BusError> {
        let present = self.get(key).await?.is_some();
        let store = self.open().await?;
        if self.bucket.names_people() {
            if present {
                // Whoever watches hears of it before the value is gone; a purge would drop it without writing over it.
                store.delete(key).await.map_err(|e| self.failed("remove", key, e))?;
            }
            // Also where there is none: a removal before may have been cut off here.
            self.overwrite_replaced(&store, key).await?;
        } else if present {
            store.purge(key).await.map_err(|e| self.failed("remove", key, e))?;
        }
        Ok(present)
    }

    /// The current value of every key below `prefix` (`<prefix>.…`), by key without that prefix.
    pub async fn below(&self, prefix: &str) -> Result<BTreeMap<String, Stored>, BusError> {
        let root = self.subject(&format!("{}.", token(prefix)?));
        let mut values = BTreeMap::new();
        for message in self.bus.few_held(&self.stream_name(), &format!("{root}>")).await? {
            take(&mut values, &root, message);
        }
        Ok(values)
    }

    /// The current value of every key.
    pub async fn values(&self) -> Result<BTreeMap<String, Stored>, BusError> {
        let root = self.subject("");
        let mut values = BTreeMap::new();
        self.bus
            .held(&self.stream_name(), &format!("{root}>"), |message| take(&mut values, &root, message))
            .await?;
        Ok(values)
    }

    /// Every value of `key` that is still kept, oldest first; none from before it was removed. `key` must be a whole one:
    /// it is for the caller to see to.
    pub async fn history(&self, key: &str) -> Result<Vec<Stored>, BusError> {
        let mut values = Vec::new();
        for message in self.bus.few_held(&self.stream_name(), &self.subject(key)).await? {
            if message.headers.as_ref().is_some_and(is_marker) {
                values.clear();
            } else {
                values.push(Stored { revision: message.sequence, value: message.payload });
            }
        }
        Ok(values)
    }

    /// Removes everything that is kept under `person`, the markers of what was removed before included: nobody who
    /// watches is told. Returns how many values there were.
    pub async fn erase(&self, person: &PersonId) -> Result<u64, BusError> {
        let mut values = 0;
        for subject in [self.subject(person.as_str()), self.subject(&format!("{person}.>"))] {
            for message in self.bus.few_held(&self.stream_name(), &subject).await? {
                values += u64::from(!message.headers.as_ref().is_some_and(is_marker));
                self.bus.overwrite(&self.stream_name(), message.sequence).await?;
            }
        }
        Ok(values)
    }

    /// Takes the bytes of all that stood under `key` before its newest revision off the disk, oldest first. The leader is
    /// asked: a replica may still tell of what is gone, or not yet of what came.
    async fn overwrite_replaced(&self, store: &kv::Store, key: &str) -> Result<(), BusError> {
        let subject = self.subject(key);
        let place = |told: Result<StreamMessage, LastRawMessageError>| match told {
            Ok(message) => Ok(Some(message.sequence)),
            Err(e) if is_absent(e.kind()) => Ok(None),
            Err(e) => Err(self.failed("read", key, e)),
        };
        let newest = place(store.stream.get_last_raw_message_by_subject(&subject).await)?;
        loop {
            let oldest = place(store.stream.get_first_raw_message_by_subject(&subject, 1).await)?;
            match oldest {
                Some(oldest) if Some(oldest) < newest => {
                    self.bus.overwrite(&self.stream_name(), oldest).await?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// Whether a watch has nothing to tell at first.
    pub async fn is_empty(&self) -> Result<bool, BusError> {
        Ok(self.state().await?.messages == 0)
    }

    /// The stream's state as its leader has it; an open handle tells of the time when it was opened.
    async fn state(&self) -> Result<State, BusError> {
        self.bus.check()?;
        let opened = self.bus.context.get_stream(self.stream_name()).await;
        Ok(opened.map_err(|e| self.failed("look at", ">", e))?.cached_info().state.clone())
    }

    /// Tells the current value of every key, then every change; goes on for as long as `told` returns
    /// true. After a broken connection the current values are told again.
    pub async fn watch(&self, mut told: impl FnMut(Change) -> bool) {
        loop {
            match self.follow(&mut told).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::debug!(%error, bucket = self.bucket.name(), "watching again");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    }

    async fn follow(&self, told: &mut impl FnMut(Change) -> bool) -> Result<(), BusError> {
        let root = self.subject("");
        let newest_of_each = DeliverPolicy::LastPerSubject;
        let opened = self.bus.open_reader(&self.stream_name(), &format!("{root}>"), newest_of_each).await;
        let mut reader = opened.inspect_err(|_| self.bus.missed.notify_one())?;
        loop {
            let Read { message, pending } = reader.next().await?;
            let Some(key) = message.subject.strip_prefix(&root).map(str::to_owned) else { continue };
            let is_marker = message.headers.as_ref().is_some_and(is_marker);
            let stored =
                (!is_marker).then(|| Stored { revision: message.sequence, value: message.payload.clone() });
            if !told(Change { key, stored, pending }) {
                reader.close(&self.bus).await;
                return Ok(());
            }
        }
    }

    /// The client's own handle, opened once for each connection and each making of the stream: to open one the broker counts
    /// all keys of the bucket.
    async fn open(&self) -> Result<kv::Store, BusError> {
        self.bus.check()?;
        let name = self.bus.named(self.bucket.name());
        let now = *self.bus.opened.borrow();
        let known = |stores: &Stores| stores.get(&name).filter(|(at, _)| *at == now).map(|(_, s)| s.clone());
        if let Some(store) = known(&self.bus.stores.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(store);
        }
        let opened = self.bus.context.get_key_value(&name).await;
        let store = opened.map_err(|e| {
            self.bus.missed.notify_one();
            BusError::failed(format!("open bucket {name}"), e)
        })?;
        let mut stores = self.bus.stores.lock().unwrap_or_else(PoisonError::into_inner);
        stores.insert(name, (now, store.clone()));
        Ok(store)
    }

    pub(crate) fn name(&self) -> &'static str {
        self.bucket.name()
    }

    pub(crate) fn stream_name(&self) -> String {
        format!("KV_{}", self.bus.named(self.bucket.name()))
    }

    /// The subject that `key` is kept under.
    fn subject(&self, key: &str) -> String {
        format!("$KV.{}.{key}", self.bus.named(self.bucket.name()))
    }

    fn failed(&self, action: &str, key: &str, why: impl Error + 'static) -> BusError {
        // The stream may be gone.
        self.bus.missed.notify_one();
        // Failures are logged, and logs name nobody.
        let key = if self.bucket.names_people() { "a key" } else { key };
        let what = format!("{key} of bucket {}", self.bucket.name());
        match refusal::of(&why) {
            Some(Refusal::Full(why)) => BusError::Full { what, why },
            _ => BusError::failed(format!("{action} {what}"), why),
        }
    }
}

/// Whether a message says that its key was removed.
fn is_marker(headers: &HeaderMap) -> bool {
    headers.get("KV-Operation").is_some()
}

/// Takes a message, by its subject behind `root`, for the newest of its key.
fn take(values: &mut BTreeMap<String, Stored>, root: &str, message: Held) {
    let Some(key) = message.subject.strip_prefix(root).map(str::to_owned) else { return };
    if message.headers.as_ref().is_some_and(is_marker) {
        values.remove(&key);
    } else {
        values.insert(key, Stored { revision: message.sequence, value: message.payload });
    }
}
