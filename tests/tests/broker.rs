//! What the bus promises, against a real broker.

#![allow(clippy::unwrap_used)]

use std::pin::pin;
use std::time::Duration;

use bus::{Bucket, Bus, BusConfig, BusError, Stream, Subject, WorkSettings};
use domain::{CropId, PersonId};
use proto::v1;
use runtime::Health;
use tests::System;
use tests::traces::holding;
use tokio_util::sync::CancellationToken;

/// A bus of its own on the system's broker: another namespace, other streams and buckets.
async fn apart(system: &System) -> Bus {
    let config = BusConfig {
        nats_url: system.endpoints().nats,
        namespace: "apart".to_owned(),
        stream_replicas: 1,
        retention: bus::Retention::default(),
    };
    let bus = Bus::connect("test", &config, &Health::default()).await.unwrap();
    bus.prepare(&CancellationToken::new()).await.unwrap();
    bus
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_vanishes_and_nothing_is_written_twice() {
    let system = System::up();
    let bus = apart(&system).await;

    // A message whose worker dies each time ends as a dead letter, and the one behind it is handed out.
    let person = PersonId::new("aoi").unwrap();
    for crop in [1, 2] {
        let crop = CropId::from_digest(&[crop; 32]);
        let event = v1::CropStored { crop: crop.to_string(), ..v1::CropStored::default() };
        bus.publish(Subject::CropStored(&person, &crop), &event).await.unwrap();
    }
    let settings = WorkSettings { in_hand: 1, ack_wait: Duration::from_millis(300), deliveries: 2 };
    let mut work = bus.work::<v1::CropStored>(Stream::CropsStored, "worker", settings).await.unwrap();
    let poison = CropId::from_digest(&[1; 32]);
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
    let click = |alias: &str| v1::ClickRecorded { alias: alias.to_owned(), ..v1::ClickRecorded::default() };
    bus.publish_first(Subject::ClickRecorded("r"), &click("a")).await.unwrap();
    let second = bus.publish_first(Subject::ClickRecorded("r"), &click("b")).await;
    assert!(matches!(second, Err(BusError::Taken { .. })), "{second:?}");
    let stored = bus.last::<v1::ClickRecorded>(Subject::ClickRecorded("r")).await.unwrap().unwrap();
    assert_eq!(stored.message.unwrap().alias, "a");

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
    let crop = CropId::from_digest(&[1; 32]);
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
