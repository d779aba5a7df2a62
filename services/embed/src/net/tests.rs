//! With the real net, turn by turn.

#![allow(clippy::unwrap_used)]

use clap::Parser;
use domain::Classified;
use futures::poll;
use image::{Rgb, RgbImage};
use vision::Face;

use super::*;

fn opened() -> (Net, Lanes) {
    let config =
        Config::parse_from(["avzeus-embed", "--batch", "16", "--wait-ms", "0", "--embed-threads", "1"]);
    let onnx = OnnxRuntime::load(&config.vision).expect("make setup");
    open(&config, &onnx).expect("make setup")
}

fn chip(side: u32) -> Chip {
    Chip { pixels: RgbImage::from_fn(side, side, |x, y| Rgb([x as u8, y as u8, 90])) }
}

fn photo() -> FaceCrops {
    let eyes_nose_mouth = [[40.0, 45.0], [80.0, 45.0], [60.0, 65.0], [45.0, 85.0], [75.0, 85.0]];
    let face = Face { bounds: [30.0, 20.0, 90.0, 110.0], probability: 1.0, landmarks: eyes_nose_mouth };
    FaceCrops::cut(&chip(130).pixels, &face)
}

#[tokio::test]
async fn a_photo_is_answered_before_the_crops_that_came_first() {
    let (net, Lanes { mut lanes, mut queue }) = opened();
    let mut crops: Vec<_> = (0..12).map(|_| Box::pin(net.crop(chip(150)))).collect();
    for crop in &mut crops {
        assert!(poll!(crop.as_mut()).is_pending());
    }
    let place = net.photo_place().unwrap();
    let Some(Turn::Crops(batch)) = queue.turn().await else { panic!("there is no photo yet") };
    assert_eq!(batch.len(), 4, "a photo is being looked at: it will not have to wait for 12");
    lanes[0].batch(batch);
    assert!(poll!(crops[0].as_mut()).is_ready());

    let mut asked = Box::pin(net.photo(photo(), net.profile().name.clone(), place));
    assert!(poll!(asked.as_mut()).is_pending());
    let Some(Turn::Photo(photo)) = queue.turn().await else { panic!("8 crops wait, and a photo") };
    lanes[0].photo(*photo);
    assert_eq!(asked.await.unwrap().vector.len(), net.profile().dimension);
    assert!(poll!(crops[4].as_mut()).is_pending(), "the crops behind the first batch still wait");

    let Some(Turn::Crops(batch)) = queue.turn().await else { panic!("8 crops wait") };
    assert_eq!(batch.len(), 8, "no photo is underway any more");
    drop(crops);
    drop(net);
    assert!(queue.turn().await.is_none(), "nobody is left to ask");
}

#[tokio::test]
async fn only_the_crop_that_the_net_cannot_take_fails() {
    let (net, Lanes { mut lanes, mut queue }) = opened();
    let (good, bad, also_good) = (net.crop(chip(150)), net.crop(chip(160)), net.crop(chip(150)));
    let all = futures::future::join3(good, bad, also_good);
    let run = async {
        let Some(Turn::Crops(batch)) = queue.turn().await else { panic!("crops wait") };
        lanes[0].batch(batch);
    };
    let ((good, bad, also_good), ()) = futures::future::join(all, run).await;
    assert_eq!(good.unwrap(), also_good.unwrap());
    let reason = bad.unwrap_err().to_string();
    assert!(reason.contains("160×160"), "{reason}");
}

#[tokio::test]
async fn a_full_queue_and_a_profile_without_a_net_are_refused() {
    let (net, Lanes { mut lanes, mut queue }) = opened();
    let mut places: Vec<_> = (0..PHOTOS).map(|_| net.photo_place().unwrap()).collect();
    assert_eq!(net.photo_place().unwrap_err().class(), domain::Class::Overloaded);
    let mut asked = Box::pin(net.photo(photo(), "no-such-net".to_owned(), places.pop().unwrap()));
    assert!(poll!(asked.as_mut()).is_pending());
    let Some(Turn::Photo(photo)) = queue.turn().await else { panic!("a photo waits") };
    lanes[0].photo(*photo);
    let error = asked.await.unwrap_err();
    assert_eq!(error.class(), domain::Class::Unavailable, "{error}");
    assert!(error.to_string().contains("no-such-net"), "{error}");
    assert!(net.photo_place().is_ok(), "its place is free again");
}

#[tokio::test]
async fn a_vector_that_is_not_the_references_is_noticed() {
    let (_net, Lanes { mut lanes, .. }) = opened();
    let Lane { own, check, .. } = &mut lanes[0];
    let other = RgbImage::from_fn(150, 150, |x, y| Rgb([y as u8, (x * y / 90) as u8, 255 - x as u8]));
    let faces = [chip(150), Chip { pixels: other }];
    let vectors = own.embed(&faces).unwrap();
    let made_by = own.choice().execution;
    let embeddings = vectors.into_iter().map(|vector| Embedding { vector, made_by });
    let embeddings: Vec<_> = embeddings.collect();
    let mut check = check.lock().unwrap();
    assert!(check.agrees(&faces[0], &embeddings[0]) && check.agrees(&faces[1], &embeddings[1]));
    assert!(!check.agrees(&faces[0], &embeddings[1]), "it is another face's");
}

#[test]
fn what_is_no_unit_vector_is_refused() {
    use vision::execution::REFERENCE;
    assert!(lane::sound(vec![0.6, 0.8], REFERENCE).is_ok());
    for vector in [vec![0.0, 0.0], vec![f32::NAN, 1.0], vec![f32::INFINITY, 0.0], vec![3.0, 4.0]] {
        assert!(matches!(lane::sound(vector, REFERENCE), Err(EmbedError::NoVector)));
    }
}
