//! R-Net and O-Net: candidate squares cut out of the picture, shrunk by area and run in batches.

use image::RgbImage;
use ndarray::Array4;

use super::boxes;
use super::nets::{Answer, Net};
use crate::area::AreaResize;
use crate::error::Result;

/// Pixels of input in one batch: enough to amortise a call, little enough to stay in the cache.
const BATCH_PIXELS: usize = 16 * 24 * 24;

/// What the second and third stage keep from picture to picture.
pub(crate) struct CropBatch {
    norm: [f32; 2],
    area: AreaResize,
}

impl CropBatch {
    pub(crate) fn new(norm: [f32; 2]) -> CropBatch {
        CropBatch { norm, area: AreaResize::default() }
    }

    /// Run `net` on every square that has a part inside the picture, shrunk to `side`×`side`; `read`
    /// gets the squares of a batch and the net's answer for them, in order.
    pub(crate) fn run(
        &mut self,
        net: &mut Net,
        image: &RgbImage,
        squares: &[[f32; 4]],
        side: usize,
        mut read: impl FnMut(&[[f32; 4]], &Answer<'_>) -> std::result::Result<(), String>,
    ) -> Result<()> {
        let size = [image.width() as usize, image.height() as usize];
        let visible: Vec<_> =
            squares.iter().filter_map(|&square| Some((square, boxes::inside(square, size)?))).collect();
        for batch in visible.chunks((BATCH_PIXELS / (side * side)).max(1)) {
            let mut input = Array4::zeros((batch.len(), 3, side, side));
            for (&(_, rect), out) in batch.iter().zip(input.outer_iter_mut()) {
                self.area.planes(image, rect, [side, side], 0..side, self.norm, out);
            }
            let squares: Vec<_> = batch.iter().map(|&(square, _)| square).collect();
            net.run(input.view(), |answer| read(&squares, answer))?;
        }
        Ok(())
    }
}
