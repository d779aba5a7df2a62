//! A crowd without pictures: people on the roster whose vectors are drawn, as an exported catalogue would hold them.

use std::path::Path;

use bus::{Bucket, Bus, BusConfig};
use domain::embedding::unit;
use futures::{StreamExt, TryStreamExt, stream};
use proto::{Message, v1};
use runtime::Health;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;

/// Enrolments on their way to the broker at a time.
const SIDE_BY_SIDE: usize = 128;

/// A connection to the broker of a running system.
pub async fn bus(nats: &str) -> Bus {
    let config = BusConfig {
        nats_url: nats.to_owned(),
        namespace: String::new(),
        streams: bus::StreamSettings::default(),
    };
    let bus = Bus::connect("scenario", &config, &Health::default()).await.expect("an address of a broker");
    bus.prepare(&Default::default()).await.expect("the broker is there");
    bus
}

/// The nth of a crowd.
pub fn member(n: usize) -> String {
    format!("crowd-{n:05}")
}

/// Puts `people` of a crowd on the roster, attested and consenting.
pub async fn enrol(bus: &Bus, people: usize) {
    let enrolments = stream::iter(0..people).map(|n| async move {
        let enrolment = v1::Enrolment {
            person: member(n),
            name: format!("Crowd {n}"),
            attested_by: "Studio".into(),
            attested_on: "2026-01-31".into(),
            consent_reference: format!("K-{n}"),
            consent_template: true,
            consent_display: true,
            consent_granted_on: "2026-02-01".into(),
            alias: member(n),
            ..v1::Enrolment::default()
        };
        bus.bucket(Bucket::Roster).put(&member(n), enrolment.encode_to_vec().into()).await.map(drop)
    });
    enrolments.buffer_unordered(SIDE_BY_SIDE).try_collect::<()>().await.expect("everyone is enrolled");
}

/// The vector of the nth: `spread` away from `middle`, in a direction of their own.
pub fn vector(n: usize, middle: &[f32], spread: f32) -> Vec<f32> {
    let mut state = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut uniform = || {
        // splitmix64
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    };
    let scale = spread * (12.0 / middle.len() as f32).sqrt();
    let moved: Vec<f32> = middle.iter().map(|x| x + scale * uniform()).collect();
    unit(&moved).expect("a middle has a length")
}

/// Writes `vectors` of the first of a crowd as a folder that `avzeus catalogue import` takes.
pub fn write(folder: &Path, profile: &str, vectors: &[Vec<f32>]) {
    std::fs::create_dir_all(folder).expect("a folder can be made");
    let bytes: Vec<u8> = vectors.iter().flatten().flat_map(|x| x.to_le_bytes()).collect();
    let shape = vec![vectors.len(), vectors[0].len()];
    let tensor = TensorView::new(Dtype::F32, shape, &bytes).expect("shape and numbers fit");
    let file = safetensors::serialize([("vectors", tensor)], None).expect("a tensor can be written");
    std::fs::write(folder.join("vectors.safetensors"), file).expect("a file can be written");
    let people: Vec<_> = (0..vectors.len()).map(|n| json!({ "id": member(n), "crops": 10 })).collect();
    let people = json!({ "profile": profile, "people": people }).to_string();
    std::fs::write(folder.join("people.json"), people).expect("a file can be written");
}
