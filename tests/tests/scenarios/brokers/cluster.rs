//! Several brokers, of which one dies, hangs or is told otherwise: what services promise all the same.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use async_nats::jetstream::Context;
use bus::{Bucket, Bus, BusConfig, BusError, Retention, Stream, StreamSettings, Subject};
use domain::{CropId, PersonId};
use proto::v1;
use runtime::Health;
use tests::Cluster;
use tokio_util::sync::CancellationToken;

/// Longest wait for what a cluster does on its own: an election takes it up to nine seconds.
const DONE: Duration = Duration::from_secs(60);

fn settings(stream_replicas: usize) -> StreamSettings {
    StreamSettings { stream_replicas, ..StreamSettings::default() }
}

/// A bus whose streams are prepared.
async fn prepared(nats_url: String, streams: StreamSettings) -> Bus {
    let bus = connected(nats_url, streams, &Health::default()).await;
    bus.prepare(&CancellationToken::new()).await.unwrap();
    bus
}

async fn connected(nats_url: String, streams: StreamSettings, health: &Health) -> Bus {
    let config = BusConfig { nats_url, namespace: String::new(), streams };
    Bus::connect("test", &config, health).await.unwrap()
}

async fn administered(nats_url: &str) -> Context {
    async_nats::jetstream::new(async_nats::connect(nats_url).await.unwrap())
}

async fn copies(broker: &Context, stream: &str) -> usize {
    broker.get_stream(stream).await.unwrap().cached_info().config.num_replicas
}

/// Stores an event of a person's crop, however often it must be tried.
async fn store(bus: &Bus, person: &str, n: u8) {
    let (person, crop) = (PersonId::new(person).unwrap(), CropId::from_digest(&[n; 32]));
    let event = v1::CropStored { crop: crop.to_string(), ..v1::CropStored::default() };
    let end = Instant::now() + DONE;
    while let Err(error) = bus.publish(Subject::CropStored(&person, &crop), &event).await {
        assert!(Instant::now() < end, "{error}");
        // The next answer may come from another broker.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until what a service waits for contains `word`.
async fn waits_for(health: &Health, word: &str) {
    let end = Instant::now() + DONE;
    loop {
        let unmet = health.unmet();
        if unmet.values().any(|why| why.contains(word)) {
            return;
        }
        assert!(Instant::now() < end, "{unmet:?} says nothing of {word:?}");
        // Health has no event of its own.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_broker_and_a_hung_one_are_done_without() {
    let mut cluster = Cluster::start(3);
    let bus = prepared(cluster.url(), settings(3)).await;
    for n in 0..9 {
        store(&bus, "aoi", n).await;
    }
    bus.bucket(Bucket::Roster).put("aoi", "row".into()).await.unwrap();

    // Who starts with fewer copies, or a shorter time, leaves streams as they are.
    let broker = administered(&cluster.url_of(0)).await;
    prepared(cluster.url(), settings(1)).await;
    for stream in ["CROPS_STORED", "CLICKS", "KV_roster"] {
        assert_eq!(copies(&broker, stream).await, 3, "{stream}");
    }

    // One is dead: whatever is read is read, though the cluster gives each third reader to the dead one.
    cluster.kill(2);
    let person = PersonId::new("aoi").unwrap();
    for _ in 0..2 {
        let mut found = 0;
        let end = Instant::now() + DONE;
        while let Err(error) = bus.everything(|_, _| found += 1).await {
            assert!(Instant::now() < end, "{error}");
            found = 0;
        }
        assert_eq!(found, 10);
        assert_eq!(bus.held_of(Stream::CropsStored, &person).await.unwrap().len(), 9);
    }
    let mut replay = bus.replay::<v1::CropStored>(Stream::CropsStored, 1);
    for n in 0..9 {
        assert_eq!(replay.next().await.message.unwrap().crop, CropId::from_digest(&[n; 32]).to_string());
    }
    cluster.start_broker(2);
    cluster.await_whole();

    // The one that is connected to hangs: it is left for another, and readers go on there.
    let health = Health::default();
    let bus = connected(cluster.url(), settings(3), &health).await;
    bus.prepare(&CancellationToken::new()).await.unwrap();
    let hung = cluster.number_of(&bus.broker());
    cluster.hold(hung);
    waits_for(&health, "disconnected").await;
    store(&bus, "aoi", 9).await;
    assert_ne!(cluster.number_of(&bus.broker()), hung);
    assert_eq!(replay.next().await.message.unwrap().crop, CropId::from_digest(&[9; 32]).to_string());
    cluster.let_go(hung);
    cluster.await_whole();
    // Nothing was stored twice.
    assert_eq!(bus.held_of(Stream::CropsStored, &person).await.unwrap().len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_cut_off_from_the_others_is_left() {
    let cluster = match Cluster::start_apart(3) {
        Ok(cluster) => cluster,
        Err(lacking) => {
            eprintln!("skipped: {lacking}");
            return;
        }
    };
    let health = Health::default();
    let bus = connected(cluster.url(), settings(3), &health).await;
    bus.prepare(&CancellationToken::new()).await.unwrap();
    store(&bus, "aoi", 0).await;

    // It still answers whoever is connected to it.
    let lonely = cluster.number_of(&bus.broker());
    for other in (0..3).filter(|other| *other != lonely) {
        cluster.network().cut_between(lonely, other);
    }
    store(&bus, "aoi", 1).await;
    assert_ne!(cluster.number_of(&bus.broker()), lonely);

    // The two that are left hear each other no more: nothing can be kept, and readiness says so.
    let [one, two] = [(lonely + 1) % 3, (lonely + 2) % 3];
    cluster.network().cut_between(one, two);
    waits_for(&health, "keeps nothing").await;
    for host in 0..3 {
        cluster.network().mend(host);
    }
    store(&bus, "aoi", 2).await;
    let person = PersonId::new("aoi").unwrap();
    // Brokers that find each other again may elect another leader after the message was stored.
    let end = Instant::now() + DONE;
    let held = loop {
        match bus.held_of(Stream::CropsStored, &person).await {
            Ok(held) => break held,
            Err(error) => assert!(Instant::now() < end, "{error}"),
        }
    };
    assert_eq!(held.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_broker_refuses_is_named_with_what_mends_it() {
    let cluster = Cluster::start(1);
    // More copies than there are brokers.
    let health = Health::default();
    let bus = connected(cluster.url(), settings(3), &health).await;
    let stop = CancellationToken::new();
    let preparing = tokio::spawn({
        let stop = stop.clone();
        async move { bus.prepare(&stop).await }
    });
    waits_for(&health, "AVZEUS_STREAM_REPLICAS").await;
    assert!(!health.unmet().contains_key("broker"), "{:?}", health.unmet());
    stop.cancel();
    assert!(matches!(preparing.await.unwrap(), Err(BusError::Ended)));

    // Subjects that belong to somebody else.
    let broker = administered(&cluster.url()).await;
    let theirs = async_nats::jetstream::stream::Config {
        name: "CLICKS".to_owned(),
        subjects: vec!["clicks.>".to_owned()],
        ..Default::default()
    };
    broker.create_stream(theirs).await.unwrap();
    let health = Health::default();
    let bus = connected(cluster.url(), settings(1), &health).await;
    let preparing = tokio::spawn({
        let bus = bus.clone();
        async move { bus.prepare(&CancellationToken::new()).await }
    });
    waits_for(&health, "AVZEUS_NAMESPACE").await;
    broker.delete_stream("CLICKS").await.unwrap();
    preparing.await.unwrap().unwrap();
    assert!(health.unmet().is_empty(), "{:?}", health.unmet());

    // Nobody there.
    let health = Health::default();
    let _nowhere = connected("nats://someone:s3cret@127.0.0.1:1".to_owned(), settings(1), &health).await;
    waits_for(&health, "AVZEUS_NATS_URL").await;
    assert!(!health.unmet()["broker"].contains("s3cret"));
}

#[test]
fn up_says_what_a_service_waits_for() {
    let cluster = Cluster::start(1);
    let folder = tempfile::tempdir().unwrap();
    let mut up = tests::avzeus()
        .args(["up", "--json", "--http-addr", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .env("AVZEUS_NATS_URL", cluster.url())
        .env("AVZEUS_STREAM_REPLICAS", "3")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(up.stderr.take().unwrap()).lines();
    let told = lines
        .map_while(Result::ok)
        .find(|line| line.trim_start().starts_with("waiting for") && line.contains("AVZEUS_STREAM_REPLICAS"));
    tests::terminate(&up);
    assert!(up.wait().unwrap().success());
    assert!(told.is_some(), "it ended without a word of what it waited for");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_made_smaller_only_by_whoever_asks_for_it() {
    let cluster = Cluster::start(1);
    let text = include_str!("../../../../services/bus/retention.toml");
    let folder = tempfile::tempdir().unwrap();
    let retention = |days: u32| {
        let file = folder.path().join(format!("{days}.toml"));
        std::fs::write(&file, text.replace("dead_letters_days = 90", &format!("dead_letters_days = {days}")))
            .unwrap();
        StreamSettings {
            stream_replicas: 1,
            retention: Retention::read(&file.display().to_string()).unwrap(),
        }
    };
    let age = async |broker: &Context| {
        broker.get_stream("DEAD_LETTERS").await.unwrap().cached_info().config.max_age
    };
    let day = Duration::from_secs(86_400);
    let broker = administered(&cluster.url()).await;
    let long = prepared(cluster.url(), retention(60)).await;
    assert_eq!(age(&broker).await, 60 * day);
    assert_eq!(long.surplus().await.unwrap(), []);

    let short = prepared(cluster.url(), retention(7)).await;
    assert_eq!(age(&broker).await, 60 * day);
    let surplus = short.surplus().await.unwrap();
    assert_eq!(surplus.len(), 1, "{surplus:?}");
    assert_eq!((surplus[0].stream.as_str(), surplus[0].setting), ("DEAD_LETTERS", bus::Kept::Age));

    // The command asks before it does so.
    let seven = folder.path().join("7.toml");
    let apply = |args: &[&str]| {
        let mut command = tests::avzeus();
        command.args(["streams", "apply"]).args(args).current_dir(folder.path());
        command.env("AVZEUS_NATS_URL", cluster.url()).env("AVZEUS_RETENTION", &seven);
        let done = command.output().unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, told) = apply(&[]);
    assert!(code == Some(2) && told.contains("--yes"), "{told}");
    assert_eq!(age(&broker).await, 60 * day);
    let (code, told) = apply(&["--yes"]);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(age(&broker).await, 7 * day);
    assert_eq!(short.surplus().await.unwrap(), []);
}
