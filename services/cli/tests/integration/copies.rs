//! Perceptual hashes of drawn portraits: copies of one picture against other pictures of the same person.

use cli::portrait::{Identity, Sitting, portrait};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, RgbImage};
use vision::perceptual_hash::{ALIKE, PerceptualHash};

const PEOPLE: u64 = 12;
const SITTINGS: u64 = 16;
/// Of each person, as many sittings are copied.
const COPIED: u64 = 4;
const SIDE: u32 = 320;

fn encoded_anew(picture: &RgbImage, quality: u8) -> RgbImage {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).unwrap();
    image::load_from_memory(&bytes).unwrap().into_rgb8()
}

fn sized_anew(picture: &RgbImage, side: u32) -> RgbImage {
    image::imageops::resize(picture, side, side, FilterType::Lanczos3)
}

fn copies(picture: &RgbImage) -> [RgbImage; 6] {
    [
        encoded_anew(picture, 90),
        encoded_anew(picture, 60),
        encoded_anew(picture, 35),
        sized_anew(picture, 160),
        sized_anew(picture, 450),
        encoded_anew(&sized_anew(picture, 240), 70),
    ]
}

/// Three hundredths cut from every side.
fn cut(picture: &RgbImage) -> RgbImage {
    let edge = SIDE * 3 / 100;
    DynamicImage::from(picture.clone()).crop_imm(edge, edge, SIDE - 2 * edge, SIDE - 2 * edge).into_rgb8()
}

#[test]
fn copies_are_alike_and_no_two_sittings_are() {
    let (mut farthest_copy, mut nearest_sitting, mut cut_found, mut cuts) = (0, u32::MAX, 0, 0);
    for person in 0..PEOPLE {
        let who = Identity::drawn(person * 77 + 5);
        let mut sittings = Vec::new();
        for sitting in 0..SITTINGS {
            let picture = portrait(&who, &Sitting::drawn(person * 1_000 + sitting), SIDE);
            let hash = PerceptualHash::of(&picture);
            nearest_sitting =
                sittings.iter().map(|other| hash.distance(other)).fold(nearest_sitting, u32::min);
            sittings.push(hash);
            if sitting < COPIED {
                let distances = copies(&picture).map(|copy| hash.distance(&PerceptualHash::of(&copy)));
                farthest_copy = distances.into_iter().fold(farthest_copy, u32::max);
                cut_found += u32::from(hash.distance(&PerceptualHash::of(&cut(&picture))) <= ALIKE);
                cuts += 1;
            }
        }
    }
    println!(
        "farthest copy {farthest_copy} bits, nearest other sitting {nearest_sitting} bits; of copies cut at their edges \
         {cut_found} of {cuts} found"
    );
    assert!(farthest_copy <= ALIKE && ALIKE < nearest_sitting);
}
