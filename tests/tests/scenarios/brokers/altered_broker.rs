//! A broker that others touch: what they delete, fill and put into its streams, while the system serves.

use std::time::{Duration, Instant};

use async_nats::jetstream::Context;
use async_nats::jetstream::stream::Config;
use cli::drawn_roster::{self, DrawnRoster, PURIFY_THRESHOLD_CENTRED};
use domain::PersonId;
use domain::erasure::ANSWERING;
use proto::convert::decode;
use proto::v1;
use serde_json::Value;
use tests::{System, Visitor, crowd};

/// Longest wait for what a service does on its own.
const DONE: Duration = Duration::from_secs(30);

/// Draws so many people, the first of them always the same, and imports them.
fn import(system: &System, people: usize) -> (i32, Value) {
    let folder = system.scratch().join(format!("roster-{people}"));
    let drawn = DrawnRoster { people, pictures: 5, ..DrawnRoster::default() };
    drawn_roster::draw(&folder, &drawn, &mut |_, _| {}).expect("people can be drawn");
    system.avzeus(&["roster", "import", &folder.join("roster.csv").display().to_string()])
}

fn shown(system: &System) -> Value {
    let (code, catalogue) = system.avzeus(&["catalogue", "show"]);
    assert_eq!(code, 0, "{catalogue}");
    catalogue
}

/// Gives the stream called `name` other limits.
async fn limit(broker: &Context, name: &str, change: impl FnOnce(&mut Config)) {
    let mut config = broker.get_stream(name).await.unwrap().cached_info().config.clone();
    change(&mut config);
    broker.update_stream(config).await.unwrap();
}

async fn delete_consumers(broker: &Context, stream: &str, consumers: &[&str]) {
    let stream = broker.get_stream(stream).await.unwrap();
    for consumer in consumers {
        stream.delete_consumer(consumer).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_do_to_the_broker_is_told_and_outlived() {
    let system =
        System::up_with(vec![("AVZEUS_CLUSTER_PURIFY", format!("core({PURIFY_THRESHOLD_CENTRED})"))]);
    let (visitor, client) = (Visitor::of(&system.http), runtime::web::client());
    let nats = system.endpoints().nats;
    let broker = async_nats::jetstream::new(async_nats::connect(&nats).await.unwrap());

    // Too few people: said at once, and everywhere.
    let (code, told) = import(&system, 5);
    assert_eq!(code, 1, "{told}");
    assert!(
        told.as_str().is_some_and(|words| words.contains("needs 10 people with enough good crops, and 5"))
    );
    assert_eq!((&shown(&system)["people_ready"], &shown(&system)["people_needed"]), (&5.into(), &10.into()));
    let end = Instant::now() + DONE;
    loop {
        let (status, problem) = visitor.get("/api/v1/representatives").await;
        assert_eq!(status, 503, "{problem}");
        if problem["detail"].as_str().unwrap().contains("needs 10 people with enough good crops, and 5") {
            break;
        }
        assert!(Instant::now() < end, "{problem}");
    }

    // Messages that cannot be read, and a consumer that is gone: what is imported now waits for neither.
    for n in 0..3 {
        let subject = format!("crop.stored.nobody.{n:032x}");
        broker.publish(subject, "no crop".into()).await.unwrap().await.unwrap();
    }
    delete_consumers(&broker, "CROPS_STORED", &[&bus::embedders("dlib-resnet-v1")]).await;
    let (code, report) = import(&system, 14);
    assert_eq!((code, &report["failed"]), (0, &0.into()), "{report}");
    let catalogue = shown(&system);
    assert_eq!(
        (&catalogue["crops_dead"], &catalogue["people_ready"]),
        (&3.into(), &14.into()),
        "{catalogue}"
    );

    // Streams that are full: nobody is told of a conflict, and nothing is lost by sending it again.
    system.ready("gateway").await;
    let slate = visitor.recommend([3, 1, 4, 8, 5]).await;
    assert_eq!(visitor.click(&slate, 1).await.0, 202);
    let other = visitor.recommend([0, 1, 2, 3, 4]).await;
    limit(&broker, "CLICKS", |config| config.max_messages = 1).await;
    let click = client.post(format!("{}/api/v1/clicks", system.http)).json(&Visitor::click_body(&other, 2));
    let answer = click.send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (503, "2"));
    let problem: Value = answer.json().await.unwrap();
    assert!(problem["detail"].as_str().unwrap().contains("has no room for click.recorded"), "{problem}");
    let metrics =
        client.get(format!("{}/metrics", system.endpoints().services["gateway"].ops.clone().unwrap()));
    let metrics = metrics.send().await.unwrap().text().await.unwrap();
    assert!(metrics.lines().any(|line| line == "avzeus_broker_full_total 1"), "{metrics}");
    // One that was clicked before is still a duplicate.
    assert_eq!(visitor.click(&slate, 3).await.0, 200);
    limit(&broker, "CLICKS", |config| config.max_messages = -1).await;
    assert_eq!(visitor.click(&other, 2).await.0, 202);

    // An erasure whose consumers are gone, and the stream of its answers with them.
    let withdrawals = ANSWERING.map(|service| format!("{service}-withdrawals"));
    delete_consumers(&broker, "WITHDRAWALS", &withdrawals.each_ref().map(String::as_str)).await;
    broker.delete_stream("ERASURES").await.unwrap();
    let bus = crowd::bus(&nats).await;
    let person = PersonId::new(slate["people"][0]["id"].as_str().unwrap()).unwrap();
    bus.withdraw(&person).await.unwrap();
    let end = Instant::now() + DONE;
    while bus.withdrawal(&person).await.unwrap().is_some_and(|withdrawn| withdrawn.is_open()) {
        assert!(Instant::now() < end, "no receipt");
        // Receipts are looked for, as by `avzeus erase`.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    // Without the stream that told of it, the catalogue is told of once more.
    let version = shown(&system)["catalogue_version"].clone();
    broker.delete_stream("CATALOGUES").await.unwrap();
    let end = Instant::now() + DONE;
    loop {
        let told = async {
            let stream = broker.get_stream("CATALOGUES").await.ok()?;
            stream.get_last_raw_message_by_subject("catalogue.published").await.ok()
        };
        if let Some(told) = told.await {
            let told: v1::CataloguePublished = decode("CataloguePublished", &told.payload).unwrap();
            assert_eq!(version, told.version.as_str());
            break;
        }
        assert!(Instant::now() < end, "nobody tells of the catalogue again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for service in ["ingest", "embed", "cluster", "recommend", "gateway"] {
        system.ready(service).await;
    }
    assert_eq!(visitor.representatives().await["catalogue_version"], version);
}
