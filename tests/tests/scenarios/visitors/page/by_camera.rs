//! By camera: a film of a drawn face stands before it. (A phone opens its own camera, by a file field.)

use std::path::{Path, PathBuf};

use cli::portrait::{Identity, Sitting, portrait};
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage, imageops};
use tests::browser::{Browser, Camera};
use tests::page::Page;
use tests::{Demo, System};

use super::accessible::looked_at;

const SCREEN: (&str, u32, u32) = ("desk", 1280, 900);
/// What a camera shows, in pixels.
const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
/// Pictures of the film, all the same.
const PICTURES: usize = 3;

/// Somebody who sits still, as an MJPEG file in `folder`.
fn film(folder: &Path) -> PathBuf {
    let mut scene = RgbImage::from_pixel(WIDTH, HEIGHT, Rgb([122, 128, 140]));
    let face = portrait(&Identity::drawn(777_001), &Sitting::drawn(777_002), HEIGHT);
    imageops::replace(&mut scene, &face, i64::from(WIDTH - HEIGHT) / 2, 0);
    let mut picture = Vec::new();
    JpegEncoder::new_with_quality(&mut picture, 90).encode_image(&scene).expect("a picture can be encoded");
    let path = folder.join("film.mjpeg");
    std::fs::write(&path, picture.repeat(PICTURES)).expect("a file can be written");
    path
}

async fn at_the_chooser(system: &System, camera: &Camera<'_>) -> Page {
    let (_, width, height) = SCREEN;
    let page = Page::visit(Browser::open_with(camera, width, height).await, &system.http).await;
    page.click("adult").await;
    page.click("by-photo").await;
    page.click("camera").await;
    page
}

/// How far the brightest and the darkest of the camera's red lie apart: nothing, before its first picture.
const CONTRAST: &str = "
    const canvas = document.createElement('canvas');
    const drawn = canvas.getContext('2d');
    drawn.drawImage(document.querySelector('video'), 0, 0, 64, 48);
    const red = drawn.getImageData(0, 0, 64, 48).data.filter((_, n) => n % 4 === 0);
    return Math.max(...red) - Math.min(...red);";
const PLENTY: u64 = 60;

/// Keeps the camera's track where it can be asked how it is, after the page has let go of it.
async fn watch_the_camera(page: &Page) {
    page.until_eval("return document.querySelector('[data-testid=shoot]').disabled", |off| off == false)
        .await;
    page.until_eval(CONTRAST, |contrast| contrast.as_u64() > Some(PLENTY)).await;
    page.eval("window.filming = document.querySelector('video').srcObject.getVideoTracks()[0]").await;
    assert_eq!(page.eval("return window.filming.readyState").await, "live");
}

async fn is_off(page: &Page) {
    page.until_eval("return window.filming.readyState", |state| state == "ended").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_camera_there_are_other_ways() {
    let system = System::demo(Demo::default());
    let page = at_the_chooser(&system, &Camera::Missing).await;
    page.says("No camera was found").await;
    looked_at(&page, SCREEN.0, "camera-missing").await;
    page.browser.close().await;

    let page = at_the_chooser(&system, &Camera::Refused).await;
    page.says("The camera may not be used").await;
    // What it says leads on.
    page.find("pick").await;
    page.browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_face_before_the_camera_ranks_the_groups() {
    let system = System::demo(Demo::default());
    let film = film(system.scratch());
    let page = at_the_chooser(&system, &Camera::Film(&film)).await;
    watch_the_camera(&page).await;
    looked_at(&page, SCREEN.0, "camera").await;
    watch_the_camera(&page).await;
    page.click("cancel").await;
    is_off(&page).await;

    page.click("camera").await;
    watch_the_camera(&page).await;
    page.click("shoot").await;
    page.says("Is this the face?").await;
    is_off(&page).await;
    assert_eq!(page.count("crop").await, 1);
    page.click("use").await;
    page.find("resemblance").await;
    assert_eq!(page.count("person").await, 10);
    page.click_nth("choose", 0).await;
    page.until("chosen", |earned| earned.contains("rank 1")).await;
    page.browser.close().await;
}
