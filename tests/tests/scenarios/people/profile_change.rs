//! Another embedder: everyone is embedded again behind what serves, which then changes once.

use std::io::Cursor;
use std::time::{Duration, Instant};

use bus::Stream;
use cli::portrait::{Identity, Sitting, portrait};
use image::ImageFormat;
use reqwest::StatusCode;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tests::{Demo, System, Visitor, crowd};

/// The same net as the one that is built in, its vectors not centred: other vectors, another catalogue.
const PROFILES: &str = r#"
[[embedder]]
name = "dlib-raw"
model = "dlib-resnet-v1"
input_side = 150
colours = "rgb"
mean = [122.782, 117.001, 104.298]
scale = 0.00390625
alignment = "five-point"
dimension = 128
centred = false
purify = { rule = "core-centroid", threshold_raw = 0.9, threshold_centred = 0.5 }
"#;

/// Time a change may take before the scenario fails.
const PATIENCE: Duration = Duration::from_secs(60);

async fn by_photo(system: &System) -> Value {
    let mut png = Cursor::new(Vec::new());
    portrait(&Identity::drawn(7), &Sitting::drawn(70), 240).write_to(&mut png, ImageFormat::Png).unwrap();
    let form = Form::new().part("image", Part::bytes(png.into_inner()).file_name("photo.png"));
    let url = format!("{}/api/v1/recommendations/photo", system.http);
    let answer = runtime::web::client().post(url).multipart(form).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.json().await.unwrap()
}

fn shown(system: &System) -> Value {
    let (code, shown) = system.avzeus(&["catalogue", "show"]);
    assert_eq!(code, 0, "{shown}");
    shown
}

async fn publications(system: &System) -> u64 {
    crowd::bus(&system.endpoints().nats).await.extent(Stream::Catalogues).await.unwrap().last
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_changes_once_and_serves_until_then() {
    let mut system = System::demo(Demo::default());
    let before = shown(&system);
    assert_eq!(by_photo(&system).await["catalogue_version"], before["catalogue_version"]);
    let published = publications(&system).await;

    let profiles = system.scratch().join("models.toml");
    std::fs::write(&profiles, PROFILES).unwrap();
    let profile = ("AVZEUS_PROFILE", "dlib-raw".to_owned());
    system.restart_with(vec![profile, ("AVZEUS_MODELS_FILE", profiles.display().to_string())]);

    let visitor = Visitor::of(&system.http);
    let (mut old, end) = (0, Instant::now() + PATIENCE);
    let after = loop {
        let version = visitor.representatives().await["catalogue_version"].clone();
        let body = json!({ "catalogue_version": version, "ranking": [0, 1, 2, 3, 4] });
        let (status, slate) = visitor.post("/api/v1/recommendations", &body).await;
        // A ranking of the old catalogue may arrive a moment after it was changed.
        assert!([StatusCode::OK, StatusCode::CONFLICT].contains(&status), "{slate}");
        old += usize::from(version == before["catalogue_version"]);
        let now = shown(&system);
        if version != before["catalogue_version"] && now["catalogue_version"] == version {
            break now;
        }
        assert!(Instant::now() < end, "nothing changed: {now}");
    };
    assert_eq!(after["crops_in_catalogue"], after["crops_stored"], "every crop has its new vector");
    assert_eq!(after["profile"], "dlib-raw");
    assert_eq!(publications(&system).await, published + 1, "it changed once");
    assert_eq!(by_photo(&system).await["catalogue_version"], after["catalogue_version"]);
    println!("{} crops embedded anew; {old} slates of the old catalogue meanwhile", after["crops_stored"]);
}
