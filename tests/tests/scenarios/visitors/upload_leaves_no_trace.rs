//! A visitor's photo is held for one request: afterwards no byte of it is anywhere.

use std::collections::{BTreeSet, HashMap};
use std::io::Cursor;
use std::path::Path;

use bus::Stream;
use cli::portrait::{Identity, Sitting, portrait};
use domain::Hex;
use image::ImageFormat;
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use tests::traces::{files, holding};
use tests::{Demo, System, crowd};

/// Bytes that are looked for together.
const WINDOW: usize = 64;

/// Files below `folder` that hold any [`WINDOW`] bytes of `photo` in a row.
fn holding_part_of(photo: &[u8], folder: &Path) -> Vec<String> {
    let mut places: HashMap<[u8; 8], Vec<usize>> = HashMap::new();
    for (at, start) in photo.windows(WINDOW).enumerate() {
        places.entry(start[..8].try_into().expect("eight of them")).or_default().push(at);
    }
    let holds = |bytes: &[u8]| {
        bytes.windows(WINDOW).any(|window| {
            let start: [u8; 8] = window[..8].try_into().expect("eight of them");
            let candidates = places.get(&start);
            candidates.is_some_and(|places| places.iter().any(|&at| &photo[at..at + WINDOW] == window))
        })
    };
    files(folder).into_iter().filter(|(_, bytes)| holds(bytes)).map(|(place, _)| place).collect()
}

/// What every stream but those of recommendations has held so far, and every object.
async fn kept(system: &System) -> (Vec<(Stream, u64)>, Vec<String>) {
    let bus = crowd::bus(&system.endpoints().nats).await;
    let streams = [
        Stream::CropsStored,
        Stream::CropsEmbedded,
        Stream::VectorsImported,
        Stream::DeadLetters,
        Stream::Clicks,
    ];
    let mut extents = Vec::new();
    for stream in streams {
        extents.push((stream, bus.extent(stream).await.expect("the broker answers").last));
    }
    let mut objects: Vec<_> =
        files(&system.data().join("objects")).into_iter().map(|(place, _)| place).collect();
    objects.sort();
    (extents, objects)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_was_ranked_by_is_nowhere() {
    let mut system = System::demo(Demo {
        env: vec![("AVZEUS_LOG", "debug,hyper=info,h2=info".to_owned())],
        ..Demo::default()
    });
    let mut photo = Vec::new();
    let drawn = portrait(&Identity::drawn(777_001), &Sitting::drawn(777_002), 320);
    drawn.write_to(&mut Cursor::new(&mut photo), ImageFormat::Png).expect("a picture can be encoded");
    // The search finds what is there.
    let probe = system.data().join("probe");
    std::fs::write(&probe, [b"before".as_slice(), &photo[5_000..5_000 + WINDOW], b"after"].concat())
        .expect("written");
    assert_eq!(holding_part_of(&photo, &system.data()), ["probe"]);
    std::fs::remove_file(&probe).expect("removed");

    let before = kept(&system).await;
    // Where its faces are; nobody is named, and nothing is compared.
    let found = sent(&system, "/api/v1/photos/faces", &photo).await;
    assert_eq!(
        names_in(&found),
        ["box", "faces", "height", "probability", "width"].map(str::to_owned).into()
    );
    let answer = sent(&system, "/api/v1/recommendations/photo", &photo).await;
    assert_eq!(answer["people"].as_array().map(Vec::len), Some(10), "{answer}");
    // How alike the photo is to the nine groups, and beyond the slate nothing of anybody.
    assert_eq!(answer["similarities"].as_array().map(Vec::len), Some(9), "{answer}");
    let slate = [
        ["catalogue_version", "people", "policy", "policy_version", "recommendation_id", "weights"]
            .as_slice(),
        &["rank", "id", "name", "image_url", "links", "label", "url", "score"],
        &["ranking", "similarities"],
    ];
    let slate: BTreeSet<String> = slate.concat().into_iter().map(str::to_owned).collect();
    assert!(names_in(&answer).is_subset(&slate), "{answer}");
    assert_eq!(kept(&system).await, before);

    assert!(system.stop(), "the system ends well");
    let folder = system.scratch();
    assert_eq!(holding_part_of(&photo, folder), Vec::<String>::new());
    let digest = sha256(&photo);
    let hex = Hex(&digest).to_string();
    for trace in [digest.as_slice(), hex.as_bytes(), &hex.as_bytes()[..32], b"secret-holiday"] {
        assert_eq!(holding(folder, trace), Vec::<String>::new(), "{}", String::from_utf8_lossy(trace));
    }
}

/// What the route at `path` answers to the photo.
async fn sent(system: &System, path: &str, photo: &[u8]) -> Value {
    let part =
        Part::bytes(photo.to_owned()).file_name("secret-holiday.png").mime_str("image/png").expect("a type");
    let asked = runtime::web::client()
        .post(format!("{}{path}", system.http))
        .multipart(Form::new().part("image", part));
    let answer = asked.send().await.expect("the gateway answers");
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.expect("JSON")
}

/// Every member's name, however deep.
fn names_in(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| names_in(value).into_iter().chain([name.clone()]))
            .collect(),
        Value::Array(items) => items.iter().flat_map(names_in).collect(),
        _ => BTreeSet::new(),
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).into()
}
