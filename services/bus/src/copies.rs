//! The copies of streams that a cluster keeps, and what becomes of a copy that an erasure did not reach.
//!
//! A broker that was away while somebody was erased catches up when it is back by forgetting: what was erased elsewhere is no
//! longer told of, and its bytes stay in that broker's files for good. So each service that erases says which brokers were
//! away, and no receipt is signed before these are back and have made their copies anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{ClusterInfo, Config, Info};
use proto::v1;
use serde::Serialize;
use serde::de::IgnoredAny;
use tokio::time::{Instant, sleep};

use crate::{Bucket, Bus, BusError, Stream, refusal};

/// Streams in which people are named or shown, but for withdrawals, where the receipt names them.
const OF_PEOPLE: [Stream; 5] = [
    Stream::CropsStored,
    Stream::CropsEmbedded,
    Stream::VectorsImported,
    Stream::Erasures,
    Stream::DeadLetters,
];
/// Buckets in which people are named.
const BUCKETS_OF_PEOPLE: [Bucket; 2] = [Bucket::Roster, Bucket::Pictures];

/// Time that a broker has to say that it has what its leader has.
const CATCHING_UP: Duration = Duration::from_secs(3);
/// Time that a broker has to make its copy of one stream anew; longer ones go on when it is asked again.
const MAKING: Duration = Duration::from_secs(300);
/// Time that a cluster has to have a broker give up its copy.
const LEAVING: Duration = Duration::from_secs(5);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(200);

/// Whom an administrator's request is about.
#[derive(Serialize)]
struct Peer<'a> {
    peer: &'a str,
}

/// A request without anything to say.
#[derive(Serialize)]
struct Nothing {}

/// How nats-server calls a broker that it has not met since it was started itself.
const UNNAMED: &str = "Server name unknown";

/// Which erasure: the person's id, and when they withdrew.
type Erasure = (String, u64);

/// What is remembered of erasures that are under way: an attempt that failed may have reached some copies and not others,
/// and the next one finds nothing left to erase.
#[derive(Debug, Default)]
pub struct Absences(BTreeMap<Erasure, BTreeMap<String, u64>>);

impl Absences {
    /// Brokers that were away at any attempt, each with the time when that was seen last, in ms since 1970.
    pub fn of(&self, withdrawn: &v1::PersonWithdrawn) -> BTreeMap<String, u64> {
        self.0.get(&erasure(withdrawn)).cloned().unwrap_or_default()
    }

    /// The erasure is over, or told of.
    pub fn forget(&mut self, withdrawn: &v1::PersonWithdrawn) {
        self.0.remove(&erasure(withdrawn));
    }
}

fn erasure(withdrawn: &v1::PersonWithdrawn) -> Erasure {
    (withdrawn.person.clone(), withdrawn.withdrawn_at_ms)
}

impl Bus {
    /// Returns the brokers that keep a copy of what is kept of people and do not have all of it now: away, or behind for
    /// longer than a moment. None where there are no copies.
    ///
    /// # Errors
    /// When the broker does not tell.
    pub async fn absent_brokers(&self) -> Result<BTreeSet<String>, BusError> {
        let end = Instant::now() + CATCHING_UP;
        let mut always: Option<BTreeSet<String>> = None;
        loop {
            let mut absent = BTreeSet::new();
            for stream in self.streams_of_people() {
                let info = self.info_of(&stream).await?;
                absent.extend(info.cluster.iter().flat_map(behind).map(str::to_owned));
            }
            // A copy is never quite where its leader is while something is being written: who is behind each time is away.
            let absent = match always {
                Some(before) => before.intersection(&absent).cloned().collect(),
                None => absent,
            };
            if absent.is_empty() || Instant::now() >= end {
                return Ok(absent);
            }
            always = Some(absent);
            sleep(LOOK).await;
        }
    }

    /// Notes who is away during an attempt at the erasure of `withdrawn`, and returns them. Of a repeated attempt, of which
    /// nothing is remembered since the process of before ended, everyone who keeps a copy is noted.
    ///
    /// # Errors
    /// When the broker does not tell.
    pub async fn note_absences(
        &self,
        absences: &mut Absences,
        withdrawn: &v1::PersonWithdrawn,
        is_repeated: bool,
    ) -> Result<BTreeSet<String>, BusError> {
        let key = erasure(withdrawn);
        if !absences.0.contains_key(&key) {
            let everyone = if is_repeated { self.keepers().await? } else { BTreeSet::new() };
            let noted = everyone.into_iter().map(|broker| (broker, runtime::now_ms()));
            absences.0.insert(key.clone(), noted.collect());
        }
        let absent = self.absent_brokers().await?;
        let noted = absences.0.entry(key).or_default();
        noted.extend(absent.iter().map(|broker| (broker.clone(), runtime::now_ms())));
        Ok(absent)
    }

    /// Makes the copies that `missed` brokers keep of what is kept of people anew, one stream after the other; the others keep
    /// theirs meanwhile. What was made anew since the time that is given for a broker, in ms since 1970, is passed over, and so
    /// is a broker that is no longer a member of the cluster.
    ///
    /// # Errors
    /// When the cluster refuses, another broker is away, or a copy is not whole in time: the same again goes on.
    pub async fn make_copies_anew(&self, missed: &BTreeMap<String, u64>) -> Result<(), BusError> {
        let mut missed = missed.clone();
        let unnamed = missed.keys().filter(|broker| broker.starts_with(UNNAMED)).cloned().collect::<Vec<_>>();
        for broker in unnamed {
            // Whoever it was, it is one of these.
            let since = missed.remove(&broker).unwrap_or_default();
            for keeper in self.keepers().await? {
                let noted = missed.entry(keeper).or_default();
                *noted = since.max(*noted);
            }
        }
        for (broker, since) in missed {
            for stream in self.streams_of_people() {
                self.make_copy_anew(&stream, &broker, since).await?;
            }
        }
        Ok(())
    }

    /// Everyone who keeps a copy where there are several.
    async fn keepers(&self) -> Result<BTreeSet<String>, BusError> {
        let mut keepers = BTreeSet::new();
        for stream in self.streams_of_people() {
            let info = self.info_of(&stream).await?;
            if info.config.num_replicas > 1 {
                keepers.extend(members(&info).into_iter().map(str::to_owned));
            }
        }
        Ok(keepers)
    }

    async fn make_copy_anew(&self, stream: &str, broker: &str, since: u64) -> Result<(), BusError> {
        let info = self.info_of(stream).await?;
        // Where this was cut off before, one copy less may be asked for now.
        let wanted = info.config.num_replicas.max(self.settings.stream_replicas);
        if wanted < 2 {
            return Ok(());
        }
        let made_at = {
            let made = self.made_anew.lock().unwrap_or_else(PoisonError::into_inner);
            made.get(&(stream.to_owned(), broker.to_owned())).copied().unwrap_or_default()
        };
        if members(&info).contains(broker) && made_at <= since {
            if let Some(away) = info.cluster.as_ref().and_then(|cluster| behind(cluster).next()) {
                let why = format!("{away} does not have all of it, and one copy alone would be left");
                return Err(BusError::failed(format!("make a copy of {stream} anew"), why));
            }
            tracing::info!(stream, broker, "its copy missed an erasure and is made anew");
            self.take_copy_from(stream, broker, &info.config, wanted).await?;
            let mut made = self.made_anew.lock().unwrap_or_else(PoisonError::into_inner);
            made.insert((stream.to_owned(), broker.to_owned()), runtime::now_ms());
        }
        // Where no other broker took its place, and where this was cut off here before.
        let info = self.info_of(stream).await?;
        let kept = members(&info).len();
        if kept < wanted {
            // A number that stays the same changes nothing, whoever is a member.
            self.have_copies(&info.config, kept).await?;
            self.have_copies(&info.config, wanted).await?;
        }
        self.await_info(stream, |info| {
            let cluster = info.cluster.as_ref();
            cluster.is_some_and(|cluster| {
                cluster.replicas.len() + 1 >= wanted && behind(cluster).next().is_none()
            })
        })
        .await
    }

    /// Has `broker` give up its copy of `stream`, files and all. The others keep theirs, but for one that may have to make
    /// its own anew, too.
    async fn take_copy_from(
        &self,
        stream: &str,
        broker: &str,
        config: &Config,
        wanted: usize,
    ) -> Result<(), BusError> {
        self.lead_elsewhere(stream, broker).await?;
        // Where no broker is left to take its place nats-server says that the removal failed. Up to 2.12 it is done all the
        // same. In 2.15 it is not: one copy less is asked for, and should the wrong broker have been taken, that one is free
        // to take the place.
        for _ in 0..2 {
            let removed = self.ask(&format!("STREAM.PEER.REMOVE.{stream}"), &Peer { peer: broker }).await;
            match removed {
                Ok(()) | Err(Asked::Refused(ErrorCode::PEER_REMAP, _)) => {}
                Err(asked) => return Err(asked.into_error(format!("have the copy of {stream} made anew"))),
            }
            if self.leaves(stream, broker).await {
                return Ok(());
            }
            self.have_copies(config, wanted - 1).await?;
            if self.leaves(stream, broker).await {
                return Ok(());
            }
        }
        Err(BusError::failed(format!("have the copy of {stream} made anew"), format!("{broker} keeps it")))
    }

    /// Whether `broker` keeps no copy of `stream`, in the end.
    async fn leaves(&self, stream: &str, broker: &str) -> bool {
        self.await_info_for(LEAVING, stream, |info| {
            !members(info).is_empty() && !members(info).contains(broker)
        })
        .await
    }

    /// Has the stream of `config` kept in so many copies.
    async fn have_copies(&self, config: &Config, num_replicas: usize) -> Result<(), BusError> {
        let changed = self.context.update_stream(Config { num_replicas, ..config.clone() }).await;
        changed.map(drop).map_err(|e| refusal::of_stream(&config.name, e))
    }

    /// Waits until another broker than `broker` leads `stream`.
    async fn lead_elsewhere(&self, stream: &str, broker: &str) -> Result<(), BusError> {
        let is_elsewhere = |info: &Info| {
            let leader = info.cluster.as_ref().and_then(|cluster| cluster.leader.as_deref());
            leader.is_some_and(|leader| leader != broker)
        };
        let end = Instant::now() + LEAVING;
        while !is_elsewhere(&self.info_of(stream).await?) {
            if Instant::now() >= end {
                return Err(BusError::failed(
                    format!("have {stream} led elsewhere"),
                    "no other broker takes it",
                ));
            }
            let asked = self.ask(&format!("STREAM.LEADER.STEPDOWN.{stream}"), &Nothing {}).await;
            asked.map_err(|asked| asked.into_error(format!("have {stream} led elsewhere")))?;
            sleep(LOOK).await;
        }
        Ok(())
    }

    async fn await_info(&self, stream: &str, is_so: impl Fn(&Info) -> bool) -> Result<(), BusError> {
        match self.await_info_for(MAKING, stream, is_so).await {
            true => Ok(()),
            false => {
                let why = format!("{} s are over", MAKING.as_secs());
                Err(BusError::failed(format!("make a copy of {stream} anew"), why))
            }
        }
    }

    /// Whether `is_so` becomes true of the stream within `patience`.
    async fn await_info_for(&self, patience: Duration, stream: &str, is_so: impl Fn(&Info) -> bool) -> bool {
        let end = Instant::now() + patience;
        loop {
            // While the members change nobody may answer.
            if self.info_of(stream).await.is_ok_and(|info| is_so(&info)) {
                return true;
            }
            if Instant::now() >= end {
                return false;
            }
            sleep(LOOK).await;
        }
    }

    async fn info_of(&self, stream: &str) -> Result<Info, BusError> {
        self.check()?;
        let opened = self.context.get_stream(stream).await;
        Ok(opened.map_err(|e| refusal::of_stream(stream, e))?.cached_info().clone())
    }

    fn streams_of_people(&self) -> Vec<String> {
        let streams = OF_PEOPLE.into_iter().map(|stream| self.stream_name(stream));
        streams.chain(BUCKETS_OF_PEOPLE.into_iter().map(|bucket| self.bucket(bucket).stream_name())).collect()
    }

    /// One administrator's request.
    async fn ask(&self, subject: &str, what: &impl Serialize) -> Result<(), Asked> {
        let answer: Result<Response<IgnoredAny>, _> = self.context.request(subject.to_owned(), what).await;
        match answer {
            Ok(Response::Ok(_)) => Ok(()),
            Ok(Response::Err { error }) => Err(Asked::Refused(error.error_code(), error.to_string())),
            Err(error) => Err(Asked::Unanswered(error.to_string())),
        }
    }
}

/// How an administrator's request failed.
enum Asked {
    Refused(ErrorCode, String),
    Unanswered(String),
}

impl Asked {
    fn into_error(self, action: String) -> BusError {
        let (Asked::Refused(_, why) | Asked::Unanswered(why)) = self;
        BusError::failed(action, why)
    }
}

/// Copies, besides the leader's, that do not have what the leader has.
fn behind(cluster: &ClusterInfo) -> impl Iterator<Item = &str> {
    let is_behind = |lag: Option<u64>, current: bool, offline: bool| {
        offline || !current || lag.is_some_and(|lag| lag > 0)
    };
    cluster.replicas.iter().filter(move |r| is_behind(r.lag, r.current, r.offline)).map(|r| r.name.as_str())
}

/// Brokers that keep a copy, the leader among them.
fn members(info: &Info) -> BTreeSet<&str> {
    let Some(cluster) = &info.cluster else { return BTreeSet::new() };
    cluster.replicas.iter().map(|replica| replica.name.as_str()).chain(cluster.leader.as_deref()).collect()
}
