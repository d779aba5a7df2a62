//! P-Net over a pyramid of shrunken pictures.

use std::ops::Range;

use image::RgbImage;
use ndarray::{Array4, Axis};

use super::boxes::{self, Candidate};
use super::nets::{Answer, Net};
use crate::area::{AreaResize, Rect};
use crate::error::Result;

/// Side in pixels of the window that P-Net judges.
const CELL: usize = 12;
const STRIDE: usize = 2;
/// Pixels of a level that go through P-Net at once, where a row of the level is short enough for that: its
/// feature maps then stay in the cache, and memory does not grow with the picture's height.
const BAND_PIXELS: usize = 64 * 1024;
/// Fewest rows of cells in a band: the pixels that bands share would otherwise be most of the work. A row of
/// the longest picture that is read ([`crate::PictureLimits`]) makes bands of some four times [`BAND_PIXELS`].
const BAND_ROWS: usize = 8;

/// How much smaller than the picture each level is, largest first: `12 / min_face · factorⁱ` while a
/// window fits.
pub(crate) fn scales(image: &RgbImage, min_face: u32, factor: f64) -> Vec<f64> {
    let first = CELL as f64 / f64::from(min_face.max(1));
    let mut scale = first;
    let mut side = f64::from(image.width().min(image.height())) * first;
    let mut scales = vec![];
    while side >= CELL as f64 {
        scales.push(scale);
        scale *= factor;
        side *= factor;
    }
    scales
}

/// What the first stage keeps from picture to picture.
pub(crate) struct Pyramid {
    norm: [f32; 2],
    area: AreaResize,
}

/// What P-Net sees of a picture at one scale.
struct Level {
    scale: f32,
    threshold: f32,
    /// Cells a row.
    columns: usize,
}

impl Pyramid {
    pub(crate) fn new(norm: [f32; 2]) -> Pyramid {
        Pyramid { norm, area: AreaResize::default() }
    }

    /// Windows of the picture shrunk by `scale` whose probability is at least `threshold`, in
    /// reading order.
    pub(crate) fn level(
        &mut self,
        pnet: &mut Net,
        image: &RgbImage,
        scale: f64,
        threshold: f32,
    ) -> Result<Vec<Candidate>> {
        let shrunk = |side: u32| (f64::from(side) * scale + 1.0) as usize;
        let [width, height] = [shrunk(image.width()), shrunk(image.height())];
        let level = Level { scale: scale as f32, threshold, columns: cells(width) };
        let mut found = Vec::new();
        for cell_rows in bands(width, height) {
            let rows = STRIDE * cell_rows.start..band_end(&cell_rows, height);
            let mut input = Array4::zeros((1, 3, rows.len(), width));
            let (whole, planes) = (Rect::whole(image), input.index_axis_mut(Axis(0), 0));
            self.area.planes(image, whole, [width, height], rows, self.norm, planes);
            pnet.run(input.view(), |answer| level.read(answer, &cell_rows, &mut found))?;
        }
        Ok(found)
    }
}

impl Level {
    fn read(
        &self,
        answer: &Answer<'_>,
        rows: &Range<usize>,
        found: &mut Vec<Candidate>,
    ) -> std::result::Result<(), String> {
        let cells = (rows.len(), self.columns);
        let probability = answer.output("probability")?;
        let wrong = |name, shape: &[usize]| format!("{name} has shape {shape:?}, not one of {cells:?} cells");
        let probability =
            probability.to_shape(cells).map_err(|_| wrong("probability", probability.shape()))?;
        let offsets = answer.output("offsets")?;
        let offsets =
            offsets.to_shape((4, cells.0, cells.1)).map_err(|_| wrong("offsets", offsets.shape()))?;
        for (row, scores) in probability.outer_iter().enumerate() {
            for (column, &score) in scores.iter().enumerate() {
                if score >= self.threshold {
                    found.push(Candidate {
                        bounds: boxes::window(column, rows.start + row, self.scale),
                        score,
                        offsets: std::array::from_fn(|i| offsets[[i, row, column]]),
                    });
                }
            }
        }
        Ok(())
    }
}

/// P-Net's answers along `side` pixels: 3×3, a 2×2 pool of stride 2 that may hang over the edge, 3×3,
/// 3×3.
fn cells(side: usize) -> usize {
    (side - 2).div_ceil(2) - 4
}

/// Rows of cells, cut so that the pixels under each band are about [`BAND_PIXELS`] at most, or those under
/// [`BAND_ROWS`] where that is more.
fn bands(width: usize, height: usize) -> Vec<Range<usize>> {
    let total = cells(height);
    let overhang = CELL - STRIDE;
    let rows = (BAND_PIXELS / width).saturating_sub(overhang) / STRIDE;
    let count = total.div_ceil(rows.max(BAND_ROWS));
    (0..count).map(|i| i * total / count..(i + 1) * total / count).collect()
}

/// The last pixel row (exclusive) under a band: the last band takes all that is left, so the pool
/// hangs over the edge where it would in the whole picture.
fn band_end(cell_rows: &Range<usize>, height: usize) -> usize {
    if cell_rows.end == cells(height) { height } else { STRIDE * cell_rows.end + CELL - STRIDE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PictureLimits;

    #[test]
    fn scales_shrink_until_no_window_fits() {
        let image = RgbImage::new(100, 40);
        let scales = scales(&image, 20, 0.709);
        assert_eq!(scales.len(), 3); // 24, 17.0, 12.06
        assert_eq!(scales[0], 0.6);
        assert!(super::scales(&RgbImage::new(19, 500), 20, 0.709).is_empty());
        assert!(super::scales(&RgbImage::new(0, 0), 0, 0.709).is_empty());
    }

    #[test]
    fn cells_are_what_the_nets_layers_leave() {
        assert_eq!(cells(12), 1);
        assert_eq!(cells(13), 2);
        assert_eq!(cells(14), 2);
        assert_eq!(cells(308), 149);
    }

    #[test]
    fn bands_cover_every_cell_once_and_see_the_pixels_they_need() {
        for (width, height) in [(12, 12), (614, 461), (615, 462), (40, 5000), (5000, 3000)] {
            let bands = bands(width, height);
            let mut next = 0;
            for band in &bands {
                assert_eq!(band.start, next);
                assert!(band.end > band.start);
                next = band.end;
                let rows = band_end(band, height) - STRIDE * band.start;
                assert_eq!(cells(rows), band.len());
                assert!(band_end(band, height) <= height);
            }
            assert_eq!(next, cells(height));
        }
    }

    #[test]
    fn no_picture_that_is_read_makes_a_band_that_is_much_too_large() {
        let PictureLimits { max_pixels, max_side } = PictureLimits::default();
        let scale = scales(&RgbImage::new(20, 20), 20, 0.709)[0];
        let shrunk = |side: u64| (side as f64 * scale + 1.0) as usize;
        for width in [20, 1_000, 8_000, u64::from(max_side)] {
            let (width, height) = (shrunk(width), shrunk((max_pixels / width).min(max_side.into())));
            for band in bands(width, height) {
                let rows = band_end(&band, height) - STRIDE * band.start;
                assert!(width * rows < 5 * BAND_PIXELS, "{width}×{rows} of {width}×{height}");
            }
        }
    }
}
