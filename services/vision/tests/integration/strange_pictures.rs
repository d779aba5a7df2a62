//! Pictures as strangers make them, byte by byte: turned, animated, deep, in printer's colours, and hostile.

use std::io::{Cursor, Write};
use std::path::Path;

use domain::Classified;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb, RgbImage, Rgba};
use vision::picture::decode;
use vision::{PictureError, PictureLimits};

fn read(bytes: &[u8]) -> Result<RgbImage, PictureError> {
    decode(bytes, PictureLimits::default())
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(vec![]);
    image.write_to(&mut bytes, format).expect("memory takes everything");
    bytes.into_inner()
}

/// A file of `tests/pictures`, whose README says what wrote it.
fn made_by_others(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Red grows to the right, green downwards.
fn gradient() -> DynamicImage {
    RgbImage::from_fn(64, 32, |x, y| Rgb([(x * 4) as u8, (y * 8) as u8, 0])).into()
}

/// A JPEG of one block of 8×8, all of one colour, in four components; `transform` is Adobe's word for what
/// they are. Quantised by 8, a DC coefficient is the value less 128; there are no others.
fn four_components(values: [u8; 4], transform: u8) -> Vec<u8> {
    let mut jpeg = vec![0xff, 0xd8];
    let mut segment = |marker: u8, body: &[u8]| {
        jpeg.extend([0xff, marker]);
        jpeg.extend((body.len() as u16 + 2).to_be_bytes());
        jpeg.extend(body);
    };
    segment(0xee, &[b"Adobe\0\x64\0\0\0\0".as_slice(), &[transform]].concat());
    segment(0xdb, &[[0].as_slice(), &[8; 64]].concat());
    segment(0xc0, &[8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0]);
    // Twelve categories of DC, four bits each; of AC only the end of a block, one bit.
    let dc = [0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    segment(0xc4, &[[0].as_slice(), &dc, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]].concat());
    segment(0xc4, &[[0x10, 1].as_slice(), &[0; 15], &[0]].concat());
    segment(0xda, &[4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]);
    let mut bits = String::new();
    for value in values {
        let difference = i32::from(value) - 128;
        let category = 32 - difference.unsigned_abs().leading_zeros();
        bits += &format!("{category:04b}");
        if category > 0 {
            let coded = if difference > 0 { difference } else { difference + (1 << category) - 1 };
            bits += &format!("{coded:0width$b}", width = category as usize);
        }
        bits += "0";
    }
    bits += &"1".repeat((8 - bits.len() % 8) % 8);
    for byte in bits.as_bytes().chunks(8) {
        let byte = byte.iter().fold(0, |value, bit| value << 1 | (bit - b'0'));
        jpeg.push(byte);
        if byte == 0xff {
            jpeg.push(0);
        }
    }
    jpeg.extend([0xff, 0xd9]);
    jpeg
}

fn png_chunk(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let named = [kind.as_slice(), body].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&named);
    [(body.len() as u32).to_be_bytes().as_slice(), &named, &crc.sum().to_be_bytes()].concat()
}

/// The chunks put behind a PNG's header.
fn png_with(png: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    // Signature 8, IHDR 25.
    [&png[..33], &chunks.concat(), &png[33..]].concat()
}

fn zeros(megabytes: usize) -> Vec<u8> {
    let mut zipped = ZlibEncoder::new(vec![], Compression::best());
    let block = vec![0; 1 << 20];
    (0..megabytes).for_each(|_| zipped.write_all(&block).expect("memory takes it"));
    zipped.finish().expect("memory takes it")
}

#[test]
fn exif_turns_the_picture_upright_in_all_eight_ways() {
    let jpeg = encoded(&gradient(), ImageFormat::Jpeg);
    for orientation in 1..=8_u8 {
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x01\0\0\0\0\0\0\0".to_vec();
        exif[24] = orientation;
        let app1 = [&[0xff, 0xe1, 0, exif.len() as u8 + 2], exif.as_slice()].concat();
        let upright = read(&[&jpeg[..2], &app1, &jpeg[2..]].concat()).expect("it is whole");
        let stored = gradient();
        let expected = match orientation {
            1 => stored,
            2 => stored.fliph(),
            3 => stored.rotate180(),
            4 => stored.flipv(),
            5 => stored.rotate90().fliph(),
            6 => stored.rotate90(),
            7 => stored.rotate270().fliph(),
            _ => stored.rotate270(),
        }
        .into_rgb8();
        assert_eq!(upright.dimensions(), expected.dimensions(), "{orientation}");
        let differences =
            upright.as_raw().iter().zip(expected.as_raw()).map(|(a, b)| u32::from(a.abs_diff(*b)));
        let mean = differences.sum::<u32>() / expected.as_raw().len() as u32;
        assert!(mean < 10, "{orientation}: {mean}");
    }
}

#[test]
fn what_other_tools_write_is_named_with_what_to_do() {
    let files = [
        ("phone.heic", "a HEIC picture", "save it as JPEG; an iPhone"),
        ("web.avif", "an AVIF picture", "save it as JPEG or PNG"),
        ("new.jxl", "a JPEG XL picture", "save it as JPEG or PNG"),
        ("new-container.jxl", "a JPEG XL picture", "save it as JPEG or PNG"),
        ("drawing.gif", "a GIF picture", "save one of its pictures as PNG"),
        ("scan.tif", "a TIFF picture", "save it as JPEG or PNG"),
        ("clip.mp4", "an MP4 video", "save one frame of it"),
        ("clip.mov", "a QuickTime video", "save one frame of it"),
        ("Thumbs.db", "a Windows compound file, as Thumbs.db is", "it holds no photo"),
    ];
    for (file, name, remedy) in files {
        let refused = read(&made_by_others(file)).expect_err(file);
        let expected = format!("the file is {name}, not a PNG, JPEG or WebP picture: {remedy}");
        assert!(refused.to_string().starts_with(&expected), "{refused}");
        let is_picture = name.ends_with("picture");
        assert_eq!(
            refused.code(),
            if is_picture { "picture_not_supported" } else { "not_a_picture" },
            "{file}"
        );
    }
    let rare = [
        ("arithmetic.jpg", "an arithmetic-coded JPEG"),
        ("arithmetic-progressive.jpg", "an arithmetic-coded JPEG"),
        ("lossless.jpg", "a lossless JPEG"),
        ("jpeg-ls.jls", "a JPEG-LS picture"),
        ("twelve-bits.jpg", "a JPEG of 12 bits a colour"),
    ];
    for (file, name) in rare {
        let refused = read(&made_by_others(file)).expect_err(file);
        let expected = format!("the picture is {name}, which is not supported: save it");
        assert!(refused.to_string().starts_with(&expected), "{refused}");
        assert_eq!(refused.code(), "picture_not_supported", "{file}");
    }
}

#[test]
fn bytes_between_a_jpegs_segments_are_passed_over() {
    let jpeg = encoded(&gradient(), ImageFormat::Jpeg);
    let whole = read(&jpeg).expect("it is whole");
    // Behind each segment of the header in turn.
    let mut at = 2;
    while jpeg[at + 1] != 0xda {
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        for stray in [b"\0".as_slice(), b"\0\0\0\0\0\0", b"stray", b"\xff\xff\xff"] {
            let strewn = [&jpeg[..at], stray, &jpeg[at..]].concat();
            assert!(read(&strewn).as_ref() == Ok(&whole), "{stray:?} at {at}");
            let cut = &strewn[..strewn.len() * 9 / 10];
            assert_eq!(read(cut), Err(PictureError::Truncated), "{stray:?} at {at}");
        }
    }
}

#[test]
fn colours_of_other_spaces_become_srgbs() {
    type Squares = [[u8; 3]; 8];
    let as_they_are: Squares = [
        [224, 172, 138],
        [141, 85, 60],
        [180, 60, 70],
        [70, 150, 80],
        [60, 80, 170],
        [200, 180, 60],
        [128; 3],
        [250; 3],
    ];
    let of_display_p3: Squares = [
        [234, 169, 132],
        [150, 82, 54],
        [196, 47, 66],
        [19, 152, 71],
        [54, 81, 176],
        [204, 179, 8],
        [128; 3],
        [250; 3],
    ];
    let of_adobe_rgb: Squares = [
        [242, 174, 138],
        [159, 84, 56],
        [208, 57, 69],
        [0, 151, 74],
        [46, 79, 174],
        [209, 181, 42],
        [129; 3],
        [250; 3],
    ];
    let of_linear_grey: Squares = [221, 167, 166, 181, 155, 214, 188, 253].map(|grey| [grey; 3]);
    let files = [
        ("srgb.png", as_they_are, 0),
        ("display-p3.png", of_display_p3, 2),
        ("display-p3.webp", of_display_p3, 2),
        ("adobe-rgb-alpha.png", of_adobe_rgb, 2),
        ("grey-linear.png", of_linear_grey, 1),
        // A JPEG's own rounding, spread by the conversion.
        ("display-p3.jpg", of_display_p3, 5),
        ("adobe-rgb.jpg", of_adobe_rgb, 5),
    ];
    for (file, squares, most) in files {
        let picture = read(&made_by_others(file)).expect(file);
        for (x, expected) in (4..).step_by(8).zip(squares) {
            let found = picture.get_pixel(x, 4).0;
            let is_near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= most);
            assert!(is_near, "{file}: {found:?}, not {expected:?}");
        }
    }
    // A profile that is none: the picture stays as it is.
    let png = encoded(&gradient(), ImageFormat::Png);
    let mut zipped = ZlibEncoder::new(vec![], Compression::best());
    zipped.write_all(&[7; 400]).expect("memory takes it");
    let nonsense = [b"icc\0\0".as_slice(), &zipped.finish().expect("memory takes it")].concat();
    assert!(read(&png_with(&png, &[png_chunk(b"iCCP", &nonsense)])) == Ok(gradient().into_rgb8()));
}

#[test]
fn sixteen_bits_become_eight() {
    let deep: ImageBuffer<Rgb<u16>, _> = ImageBuffer::from_pixel(4, 4, Rgb([0xffff, 0x8080, 0x0101]));
    let read = read(&encoded(&DynamicImage::ImageRgb16(deep), ImageFormat::Png)).expect("it is whole");
    assert_eq!(read.get_pixel(2, 2).0, [255, 128, 1]);
}

#[test]
fn printers_colours_become_red_green_and_blue() {
    // Adobe stores what is left of the light: all of it of red, nothing else taken by black.
    let close = |values, transform, expected: [u8; 3]| {
        let pixel = read(&four_components(values, transform)).expect("it is whole").get_pixel(4, 4).0;
        let near = pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 3);
        assert!(near, "{values:?} as {transform}: {pixel:?}, not {expected:?}");
    };
    close([255, 0, 0, 255], 0, [255, 0, 0]);
    close([0, 255, 0, 255], 0, [0, 255, 0]);
    close([255, 255, 255, 128], 0, [128, 128, 128]);
    close([255, 255, 255, 0], 0, [0, 0, 0]);
    // YCCK: the complements as luma and chroma, black beside them. No chroma, no luma: all of the light.
    close([0, 128, 128, 255], 2, [255, 255, 255]);
    close([0, 128, 128, 100], 2, [100, 100, 100]);
    // Cyan (0, 255, 255) in YCbCr, whose complement is red.
    close([179, 171, 1, 255], 2, [255, 0, 0]);
}

#[test]
fn of_an_animation_the_first_picture_is_read() {
    // APNG: the default picture is the first; frames behind it have chunks of their own.
    let still = encoded(&gradient(), ImageFormat::Png);
    let animation = png_chunk(b"acTL", &[0, 0, 0, 1, 0, 0, 0, 0]);
    let mut frame = vec![0, 0, 0, 0];
    frame.extend([64_u32, 32, 0, 0].iter().flat_map(|v| v.to_be_bytes()));
    frame.extend([0, 1, 0, 1, 0, 0]);
    let animated = png_with(&still, &[animation, png_chunk(b"fcTL", &frame)]);
    assert!(read(&animated) == Ok(gradient().into_rgb8()));

    // WebP: the still's bitstream as the one frame of an animation of the same size.
    let still = encoded(&gradient(), ImageFormat::WebP);
    let size = |v: u32| (v - 1).to_le_bytes()[..3].to_vec();
    let chunk = |kind: &[u8; 4], body: &[u8]| {
        let padding = vec![0; body.len() % 2];
        [kind.as_slice(), &(body.len() as u32).to_le_bytes(), body, &padding].concat()
    };
    let canvas = [vec![0b10, 0, 0, 0], size(64), size(32)].concat();
    let frame = [vec![0; 6], size(64), size(32), vec![100, 0, 0, 0b10], still[12..].to_vec()].concat();
    let body = [chunk(b"VP8X", &canvas), chunk(b"ANIM", &[0; 6]), chunk(b"ANMF", &frame)].concat();
    let animated = [b"RIFF".as_slice(), &(body.len() as u32 + 4).to_le_bytes(), b"WEBP", &body].concat();
    assert!(read(&animated) == Ok(gradient().into_rgb8()));
}

#[test]
fn what_swells_is_not_unpacked() {
    let png = encoded(&gradient(), ImageFormat::Png);
    let bomb = zeros(300);
    assert!(bomb.len() < 1 << 20);
    // A text that swells is never looked at; a colour profile that does is left out or refused.
    let text = png_chunk(b"zTXt", &[b"Comment\0\0".as_slice(), &bomb].concat());
    assert!(read(&png_with(&png, &[text])) == Ok(gradient().into_rgb8()));
    let profile = png_chunk(b"iCCP", &[b"icc\0\0".as_slice(), &bomb].concat());
    match read(&png_with(&png, &[profile])) {
        Ok(image) => assert!(image == gradient().into_rgb8()),
        Err(error) => assert!(matches!(error, PictureError::Broken(_)), "{error}"),
    }
    // More pixels in the data than the header says: the rest is not unpacked.
    let overfull = [&png[..33], &png_chunk(b"IDAT", &bomb), &png_chunk(b"IEND", &[])].concat();
    match read(&overfull) {
        Ok(image) => assert_eq!(image.dimensions(), (64, 32)),
        Err(error) => assert!(matches!(error, PictureError::Broken(_)), "{error}"),
    }
}

#[test]
fn a_picture_that_is_one_long_row_is_refused_by_its_header() {
    // Within 64 million pixels, and a whole row of it would be more than bands of rows can keep small.
    let long =
        |width, height| DynamicImage::ImageLuma8(ImageBuffer::from_pixel(width, height, image::Luma([9])));
    for (width, height) in [(2_500_000, 20), (20, 2_500_000), (16_385, 1)] {
        let png = encoded(&long(width, height), ImageFormat::Png);
        let refused = PictureError::TooLong { width, height, limit: 16_384 };
        assert_eq!(read(&png).as_ref(), Err(&refused));
        // Decoding it would tell that it is cut off.
        assert_eq!(read(&png[..60]), Err(refused));
    }
    let longest = encoded(&long(16_384, 2), ImageFormat::Png);
    assert_eq!(read(&longest).expect("no side is too long").dimensions(), (16_384, 2));
}

#[test]
fn a_header_that_lies_is_found_out() {
    // JPEG: 65,500 pixels a side in a few hundred bytes.
    let mut jpeg = encoded(&gradient(), ImageFormat::Jpeg);
    let at = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).expect("it has a frame") + 5;
    jpeg[at..at + 4].copy_from_slice(&[0xff, 0xdc, 0xff, 0xdc]);
    assert!(matches!(read(&jpeg), Err(PictureError::TooLarge { width: 65_500, height: 65_500, .. })));
    // PNG: twice the rows that the data has.
    let png = encoded(&gradient(), ImageFormat::Png);
    let mut header = png[16..29].to_vec();
    header[7] = 64;
    let taller = [&png[..8], &png_chunk(b"IHDR", &header), &png[33..]].concat();
    assert!(matches!(read(&taller), Err(PictureError::Truncated | PictureError::Broken(_))));
    // WebP: a RIFF that is longer than the file.
    let mut webp = encoded(&gradient(), ImageFormat::WebP);
    webp[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(read(&webp), Err(PictureError::Truncated));
    // One format's name on another's contents.
    let disguised = [&png[..8], &jpeg].concat();
    assert!(matches!(read(&disguised), Err(PictureError::Broken(_) | PictureError::Truncated)));
    let clear = ImageBuffer::from_pixel(2, 2, Rgba([9, 9, 9, 0]));
    let clear = encoded(&DynamicImage::ImageRgba8(clear), ImageFormat::WebP);
    assert_eq!(read(&clear).expect("it is whole").get_pixel(0, 0).0, [255; 3]);
}
