//! Embedding workers: one is killed, and no crop is lost or embedded into the catalogue twice; what cannot be embedded
//! becomes a dead letter, and the crops around it do not. One of the workers embeds by the CPU provider in f32, the other as this
//! machine does it best.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::time::{Duration, Instant};

use bus::{Bucket, Bus, BusConfig, Stream, Subject};
use cli::portrait::{Identity, Sitting, portrait};
use domain::embedding::dot;
use domain::{CropId, PersonId};
use image::{ImageFormat, RgbImage};
use prost::Message;
use proto::v1;
use proto::v1::embedder_client::EmbedderClient;
use runtime::Health;
use store::{Crops, ObjectConfig, Views};
use tests::{System, Worker};
use vision::{AGREEMENT, Detector, DetectorSettings, Face, FaceCrops, OnnxRuntime, VisionConfig};

const PEOPLE: u64 = 50;
const CROPS: usize = 40;
/// Drawn portraits a person; their crops are stored under several ids.
const SITTINGS: u64 = 4;
/// Vectors there are when a photo is sent, and when a worker is killed.
const PHOTO_AT: usize = 200;
const KILL_AT: usize = 600;
/// Longest wait for the whole backlog before the scenario fails.
const PATIENCE: Duration = Duration::from_secs(240);

fn png(image: &RgbImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

async fn connected(system: &System) -> Bus {
    let config = BusConfig {
        nats_url: system.endpoints().nats,
        namespace: String::new(),
        streams: bus::StreamSettings::default(),
    };
    let bus = Bus::connect("test", &config, &Health::default()).await.unwrap();
    bus.prepare(&Default::default()).await.unwrap();
    bus
}

fn stored(system: &System) -> Crops {
    Crops::open(&ObjectConfig { objects: system.data().join("objects") }).unwrap()
}

fn event(person: &PersonId, crop: &CropId, face: &Face) -> v1::CropStored {
    v1::CropStored {
        person: person.to_string(),
        crop: crop.to_string(),
        face_in_context: Some((face.bounds, face.probability, face.landmarks).into()),
        ..v1::CropStored::default()
    }
}

fn crop_id(person: u64, crop: usize) -> CropId {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&person.to_be_bytes());
    digest[8..16].copy_from_slice(&(crop as u64).to_be_bytes());
    CropId::from_digest(&digest)
}

/// The faces that MTCNN finds in a person's portraits.
fn sat(detector: &mut Detector, person: u64) -> Vec<FaceCrops> {
    let portraits = (0..SITTINGS)
        .map(|sitting| portrait(&Identity::drawn(person), &Sitting::drawn(person * 100 + sitting), 240));
    let found = portraits.filter_map(|image| {
        let face = *detector.detect(&image).unwrap().first()?;
        Some(FaceCrops::cut(&image, &face))
    });
    found.collect()
}

/// Enrols everyone and stores their crops; the events are returned, not published.
async fn collected(system: &System, bus: &Bus) -> Vec<(PersonId, CropId, v1::CropStored)> {
    let vision = VisionConfig::default();
    let onnx = OnnxRuntime::load(&vision).unwrap();
    let mut detector = Detector::open(&onnx, &vision, DetectorSettings { min_face: 40 }).unwrap();
    let (roster, crops) = (bus.bucket(Bucket::Roster), stored(system));
    let mut events = Vec::new();
    for number in 0..PEOPLE {
        let person = PersonId::new(format!("p{number}")).unwrap();
        let faces = sat(&mut detector, number);
        assert!(!faces.is_empty(), "{person} shows no face");
        let enrolled = v1::Enrolment {
            person: person.to_string(),
            name: format!("Person {number}"),
            consent_template: true,
            consent_display: true,
            alias: person.to_string(),
            ..v1::Enrolment::default()
        };
        roster.put(person.as_str(), enrolled.encode_to_vec().into()).await.unwrap();
        let stored = |f: &FaceCrops| Views {
            context: png(&f.context).into(),
            face: png(&f.face).into(),
            aligned: png(&f.aligned).into(),
        };
        let views: Vec<_> = faces.iter().map(stored).collect();
        for i in 0..CROPS {
            let crop = crop_id(number, i);
            crops.put(&person, &crop, views[i % views.len()].clone()).await.unwrap();
            let event = event(&person, &crop, &faces[i % faces.len()].face_in_context);
            events.push((person.clone(), crop, event));
        }
    }
    events
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_among_2000_crops_loses_none() {
    let env = vec![("AVZEUS_EMBED_ACK_SECONDS", "2".to_owned()), ("AVZEUS_EMBED_THREADS", "1".to_owned())];
    let system = System::up_with(env.clone());
    let bus = connected(&system).await;
    let events = collected(&system, &bus).await;
    let mut by_reference = env.clone();
    by_reference.push(("AVZEUS_ONNX_PROVIDER", "cpu".to_owned()));
    let mut second = Worker::start(&system, &by_reference).await;
    for (person, crop, event) in &events {
        bus.publish(Subject::CropStored(person, crop), event).await.unwrap();
    }

    let profile = VisionConfig::default().profiles.profile;
    let mut vectors = bus.replay_profile::<v1::CropEmbedded>(Stream::CropsEmbedded, &profile).unwrap();
    let mut embedded = BTreeMap::new();
    let mut by_second = 0.0;
    let all = async {
        while embedded.len() < events.len() {
            let entry = vectors.next().await;
            let crop = entry.message.unwrap();
            embedded.insert(crop.crop.clone(), crop);
            if embedded.len() == PHOTO_AT {
                photo_among_crops(&system, &bus, events.len() as u64).await;
            }
            if embedded.len() == KILL_AT && by_second == 0.0 {
                by_second = second.metric("avzeus_crops_embedded_total").await;
                second.kill();
            }
        }
    };
    tokio::time::timeout(PATIENCE, all).await.expect("every crop is embedded");
    assert!(by_second > 0.0, "the worker that was killed had embedded nothing");

    one_catalogue(&events, &embedded);

    let table = bus.extent(Stream::CropsEmbedded).await.unwrap();
    println!(
        "{} crops: {by_second} by the worker killed at {KILL_AT}, {} embedded twice on the way",
        table.messages,
        table.last - table.messages
    );
    assert_eq!(table.messages, events.len() as u64, "one vector a crop");
    assert_eq!(bus.extent(Stream::DeadLetters).await.unwrap().messages, 0, "nothing is at fault");

    let end = Instant::now() + PATIENCE;
    let catalogue = loop {
        let (code, shown) = system.avzeus(&["catalogue", "show"]);
        if code == 0 && shown["crops_in_catalogue"] == events.len() {
            break shown;
        }
        assert!(Instant::now() < end, "not in the catalogue: {shown}");
        // How far a catalogue is has no event of its own.
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let mut crops = Vec::new();
    for person in catalogue["people"].as_array().unwrap() {
        let (_, shown) = system.avzeus(&["catalogue", "show", person["person"].as_str().unwrap()]);
        let shown = shown["people"][0]["crops"].as_array().unwrap().iter();
        crops.extend(shown.map(|c| c["crop"].as_str().unwrap().to_owned()));
    }
    let distinct: BTreeSet<_> = crops.iter().collect();
    assert_eq!((crops.len(), distinct.len()), (events.len(), events.len()), "each crop once");
}

/// Vectors of one picture agree, whichever worker made them: a picture's crop is stored under several ids.
fn one_catalogue(
    events: &[(PersonId, CropId, v1::CropStored)],
    embedded: &BTreeMap<String, v1::CropEmbedded>,
) {
    // By where the face is, which differs from picture to picture.
    let mut pictures: BTreeMap<String, Vec<&v1::CropEmbedded>> = BTreeMap::new();
    for (person, crop, event) in events {
        let picture = format!("{person} {:?}", event.face_in_context);
        pictures.entry(picture).or_default().push(&embedded[crop.as_str()]);
    }
    let made_by: BTreeSet<_> = embedded.values().map(|crop| crop.made_by.as_str()).collect();
    let choice = VisionConfig::default().choice();
    assert_eq!(made_by, BTreeSet::from(["cpu/f32", &choice.execution.to_string()]), "{}", choice.reason);
    let (mut compared, mut lowest) = (0, 1.0_f32);
    for crops in pictures.values() {
        let Some(reference) = crops.iter().find(|crop| crop.made_by == "cpu/f32") else { continue };
        for crop in crops {
            compared += 1;
            lowest = lowest.min(dot(&crop.vector, &reference.vector));
        }
    }
    println!("made by {made_by:?}: lowest cosine of {compared} to the reference's {lowest:.6}");
    assert!(lowest >= AGREEMENT);
}

/// A photo is answered by the worker that the backlog keeps busy, and not after it.
async fn photo_among_crops(system: &System, bus: &Bus, all: u64) {
    let url = system.endpoints().services["embed"].grpc.clone().unwrap();
    let picture = png(&portrait(&Identity::drawn(7), &Sitting::drawn(700), 240));
    let request = v1::EmbedPhotoRequest { picture, profile: String::new(), face: 0 };
    let reply = EmbedderClient::connect(url).await.unwrap().embed_photo(request).await.unwrap();
    assert_eq!(reply.into_inner().profile, VisionConfig::default().profiles.profile);
    let embedded = bus.extent(Stream::CropsEmbedded).await.unwrap().messages;
    println!("a photo was answered with {embedded} of {all} crops embedded");
    assert!(embedded < all, "the photo waited for the whole backlog");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_embedded_dies_alone() {
    let system = System::up();
    let (bus, crops) = (connected(&system).await, stored(&system));
    let person = PersonId::new("aoi").unwrap();
    let face = Face {
        bounds: [30.0, 20.0, 90.0, 110.0],
        probability: 1.0,
        landmarks: [[40.0, 45.0], [80.0, 45.0], [60.0, 65.0], [45.0, 85.0], [75.0, 85.0]],
    };
    let image = png(&RgbImage::from_fn(130, 130, |x, y| image::Rgb([x as u8, y as u8, 90])));
    let broken = image[..image.len() / 2].to_vec();
    let nowhere = Face { bounds: [500.0, 500.0, 600.0, 600.0], ..face };
    let endless = Face { bounds: [f32::NAN, 0.0, 1.0, 1.0], ..face };
    let good = (Some(&image), face);
    let batch = [
        good,
        (Some(&broken), face),
        good,
        (None, face),
        (Some(&image), nowhere),
        (Some(&image), endless),
        good,
    ];
    let (mut dead, mut well) = (BTreeSet::new(), BTreeSet::new());
    for (i, (context, face)) in batch.into_iter().enumerate() {
        let crop = crop_id(0, i);
        if let Some(context) = context {
            let bytes = || context.clone().into();
            let views = Views { context: bytes(), face: bytes(), aligned: bytes() };
            crops.put(&person, &crop, views).await.unwrap();
            // As crops were stored before there was such a view.
            std::fs::remove_file(system.data().join(format!("objects/crops/{person}/{crop}/aligned.png")))
                .unwrap();
        }
        bus.publish(Subject::CropStored(&person, &crop), &event(&person, &crop, &face)).await.unwrap();
        if [0, 2, 6].contains(&i) {
            well.insert(crop.to_string())
        } else {
            dead.insert(crop.to_string())
        };
    }

    let profile = VisionConfig::default().profiles.profile;
    let mut vectors = bus.replay_profile::<v1::CropEmbedded>(Stream::CropsEmbedded, &profile).unwrap();
    let mut letters = bus.replay::<v1::CropStored>(Stream::DeadLetters, 1);
    let (mut embedded, mut buried) = (BTreeSet::new(), BTreeSet::new());
    let settled = async {
        while embedded.len() + buried.len() < batch.len() {
            tokio::select! {
                vector = vectors.next() => embedded.insert(vector.message.unwrap().crop),
                letter = letters.next() => buried.insert(letter.message.unwrap().crop),
            };
        }
    };
    tokio::time::timeout(PATIENCE, settled).await.expect("every crop is settled");
    assert_eq!((embedded, buried), (well, dead));
}
