//! Colours as every screen and every net takes them: sRGB, whatever space a picture was made in.

use moxcms::{ColorProfile, DataColorSpace, Layout, ParsingOptions, TransformOptions};

/// Bytes that a colour profile may have: those of displays and cameras have a few thousand, of printers a million.
const LARGEST_PROFILE: usize = 4 << 20;
/// A profile that moves no colour further than this (of 255) is sRGB by another name.
const UNSEEN: u8 = 2;
/// Steps between the values that a profile is tried on.
const STEP: usize = 15;
/// Pixels that are converted at a time.
const STRETCH: usize = 4096;

/// Pixels of 8 bits a channel, in the order red, green, blue and, where there are four `channels`, opacity.
pub(crate) struct Pixels<'a> {
    pub(crate) samples: &'a mut [u8],
    /// 3 or 4.
    pub(crate) channels: usize,
    /// Whether they came from one channel of grey.
    pub(crate) are_grey: bool,
}

/// Converts `pixels` from the space of the ICC profile `icc` to sRGB; opacity stays. A profile that does not read, or is not of
/// red, green and blue (or of grey, where the pixels are), is left out: browsers show such pictures as they are.
pub(crate) fn to_srgb(pixels: &mut Pixels<'_>, icc: &[u8]) {
    let options = ParsingOptions { max_profile_size: LARGEST_PROFILE, ..ParsingOptions::default() };
    let Ok(source) = ColorProfile::new_from_slice_with_options(icc, options) else { return };
    match source.color_space {
        DataColorSpace::Rgb => convert(pixels, &source),
        DataColorSpace::Gray if pixels.are_grey => convert_grey(pixels, &source),
        _ => {}
    }
}

fn convert(pixels: &mut Pixels<'_>, source: &ColorProfile) {
    let srgb = ColorProfile::new_srgb();
    let to_srgb = |layout| source.create_transform_8bit(layout, &srgb, layout, TransformOptions::default());
    let layout = if pixels.channels == 4 { Layout::Rgba } else { Layout::Rgb };
    let (Ok(tried), Ok(transform)) = (to_srgb(Layout::Rgb), to_srgb(layout)) else { return };
    let colours = grid();
    let mut answer = vec![0; colours.len()];
    let is_seen = |(before, after): (&u8, &u8)| before.abs_diff(*after) > UNSEEN;
    if tried.transform(&colours, &mut answer).is_err() || !colours.iter().zip(&answer).any(is_seen) {
        return;
    }
    let mut before = Vec::new();
    for stretch in pixels.samples.chunks_mut(STRETCH * pixels.channels) {
        before.clear();
        before.extend_from_slice(stretch);
        if transform.transform(&before, stretch).is_err() {
            // It took the grid, and whole pixels are no different.
            stretch.copy_from_slice(&before);
        }
    }
}

/// Grey as another curve has it, most often that of a print.
fn convert_grey(pixels: &mut Pixels<'_>, source: &ColorProfile) {
    let srgb = ColorProfile::new_srgb();
    let to_srgb = source.create_transform_8bit(Layout::Gray, &srgb, Layout::Rgb, TransformOptions::default());
    let greys: Vec<u8> = (0..=255).collect();
    let mut colours = vec![0; 3 * greys.len()];
    match to_srgb {
        Ok(transform) if transform.transform(&greys, &mut colours).is_ok() => {}
        _ => return,
    }
    let (colours, _) = colours.as_chunks::<3>();
    for pixel in pixels.samples.chunks_exact_mut(pixels.channels) {
        let colour = colours[usize::from(pixel[0])];
        pixel[..3].copy_from_slice(&colour);
    }
}

/// Colours all over the cube.
fn grid() -> Vec<u8> {
    let values = || (0..=255_u8).step_by(STEP);
    let mut colours = Vec::new();
    for red in values() {
        for green in values() {
            for blue in values() {
                colours.extend([red, green, blue]);
            }
        }
    }
    colours
}
