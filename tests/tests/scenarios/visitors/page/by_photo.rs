//! By photo: drawn faces, of which the page asks which one is meant.

use std::path::{Path, PathBuf};

use cli::portrait::{Identity, Sitting, portrait};
use image::{RgbImage, imageops};
use serde_json::json;
use tests::browser::Browser;
use tests::page::Page;
use tests::{Demo, System};

use super::SCREENS;

/// Side of a drawn portrait in pixels.
const SIDE: u32 = 480;

/// Files that a visitor may pick.
pub(super) struct Photos {
    pub(super) one: PathBuf,
    /// Wider than what is sent.
    pub(super) two: PathBuf,
    pub(super) none: PathBuf,
    pub(super) no_picture: PathBuf,
}

impl Photos {
    pub(super) fn drawn(folder: &Path) -> Self {
        let saved = |name: &str, picture: &RgbImage| {
            let path = folder.join(name);
            picture.save(&path).expect("a picture can be written");
            path
        };
        let face = |seed, side| portrait(&Identity::drawn(seed), &Sitting::drawn(seed + 1), side);
        let mut two = RgbImage::from_pixel(3 * SIDE, SIDE, image::Rgb([122, 128, 140]));
        imageops::replace(&mut two, &face(777_041, SIDE), 0, 0);
        imageops::replace(&mut two, &face(777_011, SIDE / 2), 2 * i64::from(SIDE), 0);
        let no_picture = folder.join("notes.txt");
        std::fs::write(&no_picture, "not a picture").expect("a file can be written");
        Self {
            one: saved("one.png", &face(777_041, SIDE)),
            two: saved("two.png", &two),
            none: saved("none.png", &RgbImage::from_fn(320, 240, |x, _| image::Rgb([x as u8 / 4 + 90; 3]))),
            no_picture,
        }
    }
}

/// The ranking that the shown results stand for.
async fn ranking(page: &Page) -> String {
    page.find("resemblance").await;
    page.eval("return document.querySelector('.share').dataset.url").await.to_string()
}

async fn rank_by_photo(http: &str, photos: &Photos, width: u32, height: u32) {
    let page = Page::visit(Browser::open(width, height).await, http).await;
    page.click("adult").await;
    page.click("by-photo").await;
    page.choose_file(&photos.none).await;
    page.says("No face was found").await;

    page.choose_file(&photos.two).await;
    page.says("There are 2 faces").await;
    assert_eq!(page.count("crop").await, 2);
    page.click("use").await;
    let largest = ranking(&page).await;
    assert_eq!(page.count("person").await, 10);
    assert_eq!(page.eval("return document.querySelectorAll('.group').length").await, json!(9));

    // The browser's own way back leads to the photo as it was; then the other face is meant.
    page.browser.client.back().await.expect("the browser goes back");
    page.step("photo").await;
    page.click_nth("crop", 1).await;
    page.click("use").await;
    let smaller = ranking(&page).await;
    assert_ne!(smaller, largest);
    page.click_nth("choose", 0).await;
    page.until("chosen", |earned| earned.contains("rank 1")).await;

    page.browser.client.back().await.expect("the browser goes back");
    page.step("photo").await;
    page.click("other").await;
    page.choose_file(&photos.one).await;
    page.says("Is this the face?").await;
    page.click("use").await;
    assert_eq!(ranking(&page).await, largest, "the same face on its own ranks as it did beside another");
    page.browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_face_that_is_meant_ranks_the_groups() {
    let system = System::demo(Demo::default());
    let photos = Photos::drawn(system.scratch());
    for (_, width, height) in SCREENS {
        rank_by_photo(&system.http, &photos, width, height).await;
    }
}
