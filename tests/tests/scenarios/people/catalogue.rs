//! The catalogue while it serves: somebody comes and goes, everyone is grouped anew, a collapse is refused.

use std::collections::BTreeMap;
use std::time::Instant;

use bus::{Bus, Stream, Subject};
use domain::{CropId, PersonId};
use proto::v1;
use proto::v1::cataloguer_client::CataloguerClient;
use serde_json::{Value, json};
use tests::{Demo, Events, System, Visitor, crowd};

const PROFILE: &str = "dlib-resnet-v1";
const CROWD: usize = 3000;

/// A vector of somebody in the demo: what the crowd is scattered about.
async fn somebody(bus: &Bus) -> Vec<f32> {
    let mut embedded = bus.replay_profile::<v1::CropEmbedded>(Stream::CropsEmbedded, PROFILE).unwrap();
    embedded.next().await.message.unwrap().vector
}

fn import(system: &System, name: &str, vectors: &[Vec<f32>]) -> Value {
    let folder = system.scratch().join(name);
    crowd::write(&folder, PROFILE, vectors);
    let (code, report) = system.avzeus(&["catalogue", "import", &folder.display().to_string()]);
    assert_eq!(code, 0, "{report}");
    report
}

fn shown(system: &System) -> Value {
    let (code, shown) = system.avzeus(&["catalogue", "show"]);
    assert_eq!(code, 0, "{shown}");
    shown
}

fn groups(shown: &Value) -> BTreeMap<String, u64> {
    let people = shown["people"].as_array().unwrap().iter();
    people.filter_map(|p| Some((p["person"].as_str()?.to_owned(), p["group"].as_u64()?))).collect()
}

/// Five groups with `group` first.
fn ranking(group: u64) -> [usize; 5] {
    std::array::from_fn(|i| (group as usize + i) % 9)
}

async fn add(bus: &Bus, person: &str, vector: &[f32]) {
    let enrolment = v1::Enrolment {
        person: person.into(),
        name: "New Face".into(),
        consent_template: true,
        consent_display: true,
        alias: person.into(),
        ..v1::Enrolment::default()
    };
    use proto::Message as _;
    bus.bucket(bus::Bucket::Roster).put(person, enrolment.encode_to_vec().into()).await.unwrap();
    let id = PersonId::new(person).unwrap();
    for n in 0..5u8 {
        let crop = CropId::from_digest(&[n + 1; 32]);
        let event = v1::CropEmbedded {
            person: person.into(),
            crop: crop.to_string(),
            profile: PROFILE.into(),
            vector: vector.to_vec(),
            probability: 0.99,
            ..v1::CropEmbedded::default()
        };
        bus.publish(Subject::CropEmbedded(PROFILE, &id, &crop), &event).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_comes_and_goes_and_nobody_else_moves() {
    let system = System::demo(Demo::default());
    let bus = crowd::bus(&system.endpoints().nats).await;
    let middle = somebody(&bus).await;
    let mut events = Events::open(&system.http).await;
    crowd::enrol(&bus, CROWD).await;
    let vectors: Vec<_> = (0..CROWD).map(|n| crowd::vector(n, &middle, 0.5)).collect();
    let started = Instant::now();
    assert_eq!(import(&system, "crowd", &vectors)["imported"], CROWD);
    events.next("catalogue", |c| c["people"].as_u64() >= Some(CROWD as u64)).await;
    println!("{CROWD} people imported and served after {:.1} s", started.elapsed().as_secs_f64());

    // Everyone grouped anew, so that what follows is a change to a settled catalogue.
    assert_eq!(system.avzeus(&["catalogue", "rebuild"]).0, 0);
    let before = shown(&system);
    let started = Instant::now();
    add(&bus, "new-face", &crowd::vector(CROWD + 7, &middle, 0.5)).await;
    let people = groups(&before).len() as u64;
    events.next("catalogue", |c| c["people"].as_u64() == Some(people + 1)).await;
    println!("somebody new is served {:.2} s after the first of five crops", started.elapsed().as_secs_f64());
    let after = shown(&system);
    assert_eq!(after["generation"], before["generation"], "nobody was grouped anew");
    let (old, mut new) = (groups(&before), groups(&after));
    let group = new.remove("new-face").unwrap();
    assert_eq!(old, new, "nobody else moved");
    let visitor = Visitor::of(&system.http);
    assert_eq!(visitor.recommend(ranking(group)).await["people"].as_array().unwrap().len(), 10);

    // A restart goes on from what serves, and publishes nothing.
    let published = bus.extent(Stream::Catalogues).await.unwrap().last;
    let pid = system.kill("cluster");
    system.started_again("cluster", pid).await;
    let (_, one) = loop {
        let answer = system.avzeus(&["catalogue", "show", "new-face"]);
        if answer.0 == 0 && answer.1["crops_in_catalogue"] == after["crops_in_catalogue"] {
            break answer;
        }
    };
    assert_eq!(one["catalogue_version"], after["catalogue_version"]);
    assert_eq!(bus.extent(Stream::Catalogues).await.unwrap().last, published);

    bus.bucket(bus::Bucket::Roster).remove("new-face").await.unwrap();
    events.next("catalogue", |c| c["people"].as_u64() == Some(people)).await;
    assert_eq!(groups(&shown(&system)), old, "gone, and nobody else moved");

    // A collapse is refused while what served goes on serving, a withdrawal gets through all the same.
    let served = shown(&system)["catalogue_version"].clone();
    import(&system, "collapsed", &(0..CROWD).map(|n| crowd::vector(n, &middle, 0.001)).collect::<Vec<_>>());
    let (code, refused) = system.avzeus(&["catalogue", "rebuild"]);
    assert!(code == 1 && refused.as_str().unwrap().contains("cannot be told apart"), "{refused}");
    let alarmed = shown(&system);
    assert_eq!((&alarmed["catalogue_version"], &alarmed["alarms"][0]["name"]), (&served, &"collapse".into()));
    bus.bucket(bus::Bucket::Roster).remove(&crowd::member(5)).await.unwrap();
    events.next("catalogue", |c| c["people"].as_u64() == Some(people - 1)).await;
    let (code, forced) = system.avzeus(&["catalogue", "rebuild", "--force"]);
    assert_eq!(code, 0, "{forced}");
    assert!(forced["alarms"][0]["accepted"].as_bool().unwrap(), "{forced}");
    assert_ne!(forced["catalogue_version"], served);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_is_exported_imported_elbowed_and_put_on_a_sheet() {
    let system = System::demo(Demo::default());
    let file = |name: &str| system.scratch().join(name).display().to_string();
    let person = groups(&shown(&system)).into_keys().next().unwrap();
    let sheet = file("sheet.html");
    let (code, one) = system.avzeus(&["catalogue", "show", &person, "--sheet", &sheet]);
    assert_eq!(code, 0, "{one}");
    let html = std::fs::read_to_string(&sheet).unwrap();
    assert_eq!(html.matches("data:image/png").count(), one["people"][0]["crops"].as_array().unwrap().len());
    let (code, elbow) = system.avzeus(&["catalogue", "elbow", "--to", "6", "--svg", &file("elbow.svg")]);
    assert_eq!((code, elbow["rows"].as_array().unwrap().len()), (0, 5), "{elbow}");

    let (code, exported) = system.avzeus(&["catalogue", "export", &file("export")]);
    assert_eq!((code, &exported["people"]), (0, &groups(&shown(&system)).len().into()), "{exported}");
    people_whose_crops_win_are_told(&system, &file("export")).await;
    let other = System::up();
    // Nobody of them is on the other roster.
    let (code, refused) = other.avzeus(&["catalogue", "import", &file("export")]);
    assert_eq!((code, &refused["imported"]), (2, &0.into()), "{refused}");
    let (here, there) =
        (crowd::bus(&system.endpoints().nats).await, crowd::bus(&other.endpoints().nats).await);
    for id in groups(&shown(&system)).keys() {
        let row = here.bucket(bus::Bucket::Roster).get(id).await.unwrap().unwrap();
        there.bucket(bus::Bucket::Roster).put(id, row.value).await.unwrap();
    }
    let mut events = Events::open(&other.http).await;
    // They were enrolled just now, and none of them is refused.
    let (code, imported) = other.avzeus(&["catalogue", "import", &file("export")]);
    assert_eq!((code, &imported["imported"]), (0, &exported["people"]), "{imported}");
    events.next("catalogue", |c| c["people"] == exported["people"]).await;
    let face =
        Visitor::of(&other.http).representatives().await["representatives"][0]["person"]["image_url"].clone();
    assert_eq!(face, "/media/silhouette.svg");
    let silhouette = Visitor::of(&other.http).get("/media/silhouette.svg").await.0;
    assert_eq!(silhouette, 200);
}

/// Whoever is in the catalogue by crops of their own stays there by those; and nobody is taken twice.
async fn people_whose_crops_win_are_told(system: &System, export: &str) {
    let people = groups(&shown(system));
    let (code, told) = system.avzeus(&["catalogue", "import", export]);
    assert_eq!((code, &told["imported"], &told["width"]), (0, &json!(people.len()), &json!("F32")), "{told}");
    assert_eq!(told["overruled"], json!(people.keys().collect::<Vec<_>>()));

    let bus = crowd::bus(&system.endpoints().nats).await;
    let person = people.into_keys().next().unwrap();
    let row =
        v1::ImportRow { row: 1, person, profile: PROFILE.into(), vector: somebody(&bus).await, crops: 1 };
    let rows = [row.clone(), v1::ImportRow { row: 2, ..row }];
    let url = system.endpoints().services["cluster"].grpc.clone().unwrap();
    let mut client = CataloguerClient::connect(url).await.unwrap();
    let reply = client.import(futures::stream::iter(rows)).await.unwrap().into_inner();
    assert_eq!((reply.imported, reply.refused[0].row), (1, 2));
    assert!(reply.refused[0].reason.contains("twice"), "{:?}", reply.refused);
}
