//! What the bus promises, against a real broker.

use std::pin::pin;
use std::time::{Duration, Instant};

use async_nats::jetstream::Context;
use async_nats::jetstream::stream::{Config, DiscardPolicy};
use bus::{Bucket, Bus, BusConfig, BusError, Stream, Subject, WorkSettings};
use domain::{Class, Classified, CropId, PersonId};
use futures::TryStreamExt;
use proto::v1;
use runtime::Health;
use tests::System;
use tests::traces::holding;
use tokio_util::sync::CancellationToken;

/// A bus of its own on the system's broker: another namespace, other streams and buckets.
async fn apart(system: &System) -> Bus {
    connected(system.endpoints().nats, 1, &Health::default()).await
}

async fn connected(nats_url: String, stream_replicas: usize, health: &Health) -> Bus {
    let streams = bus::StreamSettings { stream_replicas, ..bus::StreamSettings::default() };
    let config = BusConfig { nats_url, namespace: "apart".to_owned(), streams };
    let bus = Bus::connect("test", &config, health).await.unwrap();
    bus.prepare(&CancellationToken::new()).await.unwrap();
    bus
}

/// The broker as an administrator sees it.
async fn administered(nats_url: &str) -> Context {
    async_nats::jetstream::new(async_nats::connect(nats_url).await.unwrap())
}

fn crop(n: u8) -> CropId {
    CropId::from_digest(&[n; 32])
}

/// Stores the event of a crop.
async fn store(bus: &Bus, n: u8) {
    let event = v1::CropStored { crop: crop(n).to_string(), ..v1::CropStored::default() };
    let person = PersonId::new("aoi").unwrap();
    bus.publish(Subject::CropStored(&person, &crop(n)), &event).await.unwrap();
}

fn click(alias: &str) -> v1::ClickRecorded {
    v1::ClickRecorded { alias: alias.to_owned(), ..v1::ClickRecorded::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_vanishes_and_nothing_is_written_twice() {
    let system = System::up();
    let bus = apart(&system).await;

    // A message whose worker dies each time ends as a dead letter, and the one behind it is handed out.
    for n in [1, 2] {
        store(&bus, n).await;
    }
    let settings = WorkSettings { in_hand: 1, ack_wait: Duration::from_millis(300), deliveries: 2 };
    let mut work = bus.work::<v1::CropStored>(Stream::CropsStored, "worker", settings).await.unwrap();
    let poison = crop(1);
    let mut handed_out = 0;
    let mut dead = bus.replay::<v1::CropStored>(Stream::DeadLetters, 1);
    let letter = loop {
        tokio::select! {
            // Never settled, as by a worker that is killed.
            delivery = work.next() => match delivery.message.crop == poison.as_str() {
                true => handed_out += 1,
                false => delivery.done().await.unwrap(),
            },
            letter = dead.next() => break letter,
        }
    };
    assert_eq!(handed_out, 2);
    assert_eq!(letter.subject, format!("dead.crop.stored.aoi.{poison}"));
    assert_eq!(letter.message.unwrap().crop, poison.as_str());

    // A second first is refused by the broker, and the first is still what is read.
    bus.publish_first(Subject::ClickRecorded("r"), &click("a")).await.unwrap();
    let second = bus.publish_first(Subject::ClickRecorded("r"), &click("b")).await;
    assert!(matches!(second, Err(BusError::Taken { .. })), "{second:?}");
    let stored = bus.last::<v1::ClickRecorded>(Subject::ClickRecorded("r")).await.unwrap().unwrap();
    assert_eq!(stored.message.unwrap().alias, "a");
    // A cluster refuses the second while it still agrees on the first, which is waited for.
    let late = Subject::ClickRecorded("late");
    let (found, stored) = tokio::join!(bus.taken::<v1::ClickRecorded>(late), async {
        bus.publish_first(late, &click("a")).await
    });
    stored.unwrap();
    assert_eq!(found.unwrap().unwrap().message.unwrap().alias, "a");

    // Compare-and-set has one winner, also where a value was removed before.
    let policy = bus.bucket(Bucket::Policy);
    assert!(policy.is_empty().await.unwrap());
    let first = policy.swap("live", 0, "one".into()).await.unwrap();
    assert!(matches!(policy.swap("live", 0, "two".into()).await, Err(BusError::Outrun { .. })));
    let second = policy.swap("live", first, "two".into()).await.unwrap();
    assert!(second > first);
    assert!(matches!(policy.swap("live", first, "three".into()).await, Err(BusError::Outrun { .. })));
    assert!(policy.remove("live").await.unwrap());
    assert_eq!(policy.get("live").await.unwrap(), None);
    assert!(policy.swap("live", 0, "four".into()).await.unwrap() > second);

    // What lies below one key is all that is listed, removed values left out.
    let pictures = bus.bucket(Bucket::Pictures);
    assert!(pictures.below("aoi").await.unwrap().is_empty());
    for key in ["aoi.1", "aoi.2", "aoi.3", "aoi-2.1"] {
        pictures.put(key, key.into()).await.unwrap();
    }
    pictures.remove("aoi.2").await.unwrap();
    let below = pictures.below("aoi").await.unwrap();
    assert_eq!(below.keys().collect::<Vec<_>>(), ["1", "3"]);
    assert_eq!(below["3"].value, "aoi.3");

    // A profile's vectors are read apart from those of every other.
    assert!(!bus.holds_profile(Stream::CropsEmbedded, "new").await.unwrap());
    let (person, crop) = (PersonId::new("aoi").unwrap(), crop(1));
    for profile in ["old", "new"] {
        let event = v1::CropEmbedded { profile: profile.to_owned(), ..v1::CropEmbedded::default() };
        bus.publish(Subject::CropEmbedded(profile, &person, &crop), &event).await.unwrap();
    }
    let mut table = bus.replay_profile::<v1::CropEmbedded>(Stream::CropsEmbedded, "new").unwrap();
    let entry = table.next().await;
    assert_eq!((entry.message.unwrap().profile.as_str(), entry.pending), ("new", 0));
    assert!(bus.holds_profile(Stream::CropsEmbedded, "new").await.unwrap());
}

/// Writers that are cut off, fewer than the values that wait to be written over.
const CUT_OFF: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_there_at_any_time_and_what_it_replaced_leaves_no_byte() {
    let system = System::up();
    let roster = apart(&system).await.bucket(Bucket::Roster);
    let row = |n: usize| format!("row-{n}-of-aoi");
    roster.put("aoi", row(0).into()).await.unwrap();
    for n in 1..=CUT_OFF {
        let mut writing = pin!(roster.put("aoi", row(n).into()));
        loop {
            tokio::select! {
                written = &mut writing => {
                    written.unwrap();
                    break;
                }
                read = roster.get("aoi") => {
                    let read = read.unwrap().expect("a row is there while another takes its place");
                    // As soon as it has, its writer is cut off.
                    if read.value == row(n) {
                        break;
                    }
                }
            }
        }
    }
    let is_on_disk = |n: &usize| !holding(&system.data(), row(*n).as_bytes()).is_empty();
    roster.put("aoi", row(CUT_OFF + 1).into()).await.unwrap();
    assert_eq!((0..=CUT_OFF + 1).filter(is_on_disk).collect::<Vec<_>>(), [CUT_OFF + 1]);
    assert!(roster.remove("aoi").await.unwrap());
    assert_eq!((roster.get("aoi").await.unwrap(), is_on_disk(&(CUT_OFF + 1))), (None, false));
}

/// Gives the stream called `name` other limits.
async fn limit(broker: &Context, name: &str, change: impl FnOnce(&mut Config)) {
    let mut config = broker.get_stream(name).await.unwrap().cached_info().config.clone();
    change(&mut config);
    broker.update_stream(config).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_stream_is_no_taken_subject() {
    let system = System::up();
    let (bus, broker) = (apart(&system).await, administered(&system.endpoints().nats).await);
    let is_full = |refused: &BusError| {
        let full = matches!(refused, BusError::Full { .. }) && refused.class() == Class::Unavailable;
        assert!(full, "{refused:?}");
    };
    let (person, crop) = (PersonId::new("aoi").unwrap(), crop(1));
    let embedded = v1::CropEmbedded { vector: vec![0.5; 1024], ..v1::CropEmbedded::default() };

    limit(&broker, "apart_CLICKS", |config| config.max_messages = 1).await;
    limit(&broker, "apart_CROPS_EMBEDDED", |config| {
        (config.max_bytes, config.discard) = (1000, DiscardPolicy::New);
    })
    .await;
    bus.publish_first(Subject::ClickRecorded("first"), &click("a")).await.unwrap();
    let taken = bus.publish_first(Subject::ClickRecorded("first"), &click("b")).await;
    assert!(matches!(taken, Err(BusError::Taken { .. })), "{taken:?}");
    is_full(&bus.publish_first(Subject::ClickRecorded("second"), &click("b")).await.unwrap_err());
    is_full(&bus.publish(Subject::CropEmbedded("dlib", &person, &crop), &embedded).await.unwrap_err());

    // A bucket tells it in its own ways.
    let policy = bus.bucket(Bucket::Policy);
    let first = policy.swap("live", 0, "one".into()).await.unwrap();
    limit(&broker, "KV_apart_policy", |config| config.max_messages = 1).await;
    is_full(&policy.swap("other", 0, "two".into()).await.unwrap_err());
    is_full(&policy.swap("live", first, "two".into()).await.unwrap_err());
    is_full(&policy.put("live", "two".into()).await.unwrap_err());

    // With room again the same succeeds.
    limit(&broker, "apart_CLICKS", |config| config.max_messages = -1).await;
    limit(&broker, "apart_CROPS_EMBEDDED", |config| config.max_bytes = -1).await;
    limit(&broker, "KV_apart_policy", |config| config.max_messages = -1).await;
    bus.publish_first(Subject::ClickRecorded("second"), &click("b")).await.unwrap();
    bus.publish(Subject::CropEmbedded("dlib", &person, &crop), &embedded).await.unwrap();
    policy.swap("live", first, "two".into()).await.unwrap();
}

/// Longest wait for what is looked after every two seconds.
const NOTICED: Duration = Duration::from_secs(20);

/// Waits until what is missing at the broker is told as `expected`; `None`: nothing is.
async fn told(health: &Health, expected: Option<&str>) {
    let end = Instant::now() + NOTICED;
    loop {
        let unmet = health.unmet().remove("streams");
        match (&unmet, expected) {
            (None, None) => return,
            (Some(why), Some(word)) if why.contains(word) => return,
            _ => assert!(Instant::now() < end, "{unmet:?}, not {expected:?}"),
        }
        // Health has no event of its own.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_delete_is_made_again_and_every_reader_goes_on() {
    let system = System::up();
    let health = Health::default();
    let bus = connected(system.endpoints().nats, 1, &health).await;
    let broker = administered(&system.endpoints().nats).await;
    let crops = broker.get_stream("apart_CROPS_STORED").await.unwrap();
    // One at a time: between two, nobody asks.
    let settings = WorkSettings { in_hand: 1, ack_wait: Duration::from_secs(30), deliveries: 5 };
    let mut work = bus.work::<v1::CropStored>(Stream::CropsStored, "worker", settings).await.unwrap();
    let mut replay = bus.replay::<v1::CropStored>(Stream::CropsStored, 1);
    let (tell, mut changes) = tokio::sync::mpsc::unbounded_channel();
    let roster = bus.bucket(Bucket::Roster);
    let watched = roster.clone();
    let watching = tokio::spawn(async move { watched.watch(|change| tell.send(change).is_ok()).await });
    roster.put("ada", "row".into()).await.unwrap();
    assert_eq!(changes.recv().await.unwrap().key, "ada");
    store(&bus, 1).await;
    let delivery = work.next().await;
    assert!(!delivery.is_repeated());
    delivery.done().await.unwrap();
    assert_eq!(replay.next().await.sequence, 1);

    // A consumer that is deleted while nobody asks it: a broker of version 2.9 says nothing to whoever asks then.
    crops.delete_consumer("worker").await.unwrap();
    store(&bus, 2).await;
    for (n, is_repeated) in [(1, true), (2, true), (3, false)] {
        if n == 3 {
            store(&bus, 3).await;
        }
        let delivery = work.next().await;
        assert_eq!(
            (delivery.message.crop.clone(), delivery.is_repeated()),
            (crop(n).to_string(), is_repeated)
        );
        delivery.done().await.unwrap();
    }
    // While somebody asks it.
    let (again, ()) =
        tokio::join!(work.next(), async { crops.delete_consumer("worker").await.map(drop).unwrap() });
    assert_eq!(again.message.crop, crop(1).to_string());
    again.done().await.unwrap();
    for n in [2, 3] {
        let again = work.next().await;
        assert_eq!(again.message.crop, crop(n).to_string());
        again.done().await.unwrap();
    }
    told(&health, None).await;
    assert_eq!((replay.next().await.sequence, replay.next().await.sequence), (2, 3));

    // A stream whose place somebody else takes, so that it cannot be made again at once.
    limit(&broker, "apart_CROPS_STORED", |config| config.subjects = vec!["moved".to_owned()]).await;
    let taking =
        Config { name: "TAKING".into(), subjects: vec!["apart.crop.stored.>".into()], ..Config::default() };
    broker.create_stream(taking).await.unwrap();
    let next = async { (work.next().await, replay.next().await) };
    let mut next = pin!(next);
    let altered = async {
        broker.delete_stream("apart_CROPS_STORED").await.unwrap();
        told(&health, Some("apart_CROPS_STORED was deleted at the broker and cannot be made again")).await;
        broker.delete_stream("TAKING").await.unwrap();
        told(&health, None).await;
        store(&bus, 4).await;
    };
    let (delivery, entry) = tokio::select! {
        next = &mut next => panic!("{:?} of a stream that is not there", next.1),
        () = altered => next.await,
    };
    assert_eq!(delivery.message.crop, crop(4).to_string());
    assert_eq!((entry.sequence, entry.message.unwrap().crop), (1, crop(4).to_string()));

    // A bucket is one, too. Whoever writes to it has it made again.
    broker.delete_stream("KV_apart_roster").await.unwrap();
    let end = Instant::now() + NOTICED;
    while let Err(error) = roster.put("bea", "row".into()).await {
        assert!(Instant::now() < end, "{error}");
    }
    // What it told before is told once more to whoever opens anew.
    while changes.recv().await.unwrap().key != "bea" {}
    told(&health, None).await;
    watching.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_again_and_again_leaves_no_consumer() {
    let system = System::up();
    let (bus, broker) = (apart(&system).await, administered(&system.endpoints().nats).await);
    let person = PersonId::new("aoi").unwrap();
    bus.bucket(Bucket::Roster).put("aoi", "row".into()).await.unwrap();
    bus.withdraw(&person).await.unwrap();
    let withdrawn = bus.withdrawal(&person).await.unwrap().unwrap();
    for (service, erased_at_ms) in [("gateway", 1), ("embed", 2), ("gateway", 3)] {
        let (person, withdrawn_at_ms) = (person.to_string(), withdrawn.withdrawn_at_ms);
        let answer = v1::PersonErased {
            person,
            service: service.to_owned(),
            withdrawn_at_ms,
            erased_at_ms,
            ..v1::PersonErased::default()
        };
        bus.publish(Subject::PersonErased(&PersonId::new("aoi").unwrap(), service), &answer).await.unwrap();
    }
    for _ in 0..3 {
        let answers = bus.answers(&withdrawn).await.unwrap();
        let told: Vec<_> = answers.iter().map(|a| (a.service.as_str(), a.erased_at_ms)).collect();
        assert_eq!(told, [("embed", 2), ("gateway", 1)], "the first answer of each counts");
        assert_eq!(bus.bucket(Bucket::Roster).values().await.unwrap().len(), 1);
        assert!(bus.bucket(Bucket::Pictures).below("aoi").await.unwrap().is_empty());
    }
    for name in ["apart_ERASURES", "apart_WITHDRAWALS", "KV_apart_roster", "KV_apart_pictures"] {
        let stream = broker.get_stream(name).await.unwrap();
        let consumers: Vec<String> = stream.consumer_names().try_collect().await.unwrap();
        assert_eq!(consumers, Vec::<String>::new(), "{name}");
    }
}
