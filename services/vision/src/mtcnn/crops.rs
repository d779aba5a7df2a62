//! R-Net and O-Net: candidate squares cut out of the picture, shrunk by area and run in batches.

use image::RgbImage;

use super::boxes;
use super::nets::{Answer, Net};
use crate::area::AreaResize;
use crate::error::Result;

/// Pixels of input in one batch: enough to amortise a call, little enough to stay in the cache.
const BATCH_PIXELS: usize = 16 * 24 * 24;

/// Buffers of the second and third stage, kept from picture to picture.
pub(crate) struct CropBatch {
    norm: [f32; 2],
    area: AreaResize,
    input: Vec<f32>,
}

impl CropBatch {
    pub(crate) fn new(norm: [f32; 2]) -> CropBatch {
        CropBatch { norm, area: AreaResize::default(), input: vec![] }
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
        let numbers = 3 * side * side;
        for batch in visible.chunks((BATCH_PIXELS / (side * side)).max(1)) {
            self.input.resize(batch.len() * numbers, 0.0);
            for (&(_, rect), out) in batch.iter().zip(self.input.chunks_exact_mut(numbers)) {
                self.area.planes(image, rect, [side, side], 0..side, self.norm, out);
            }
            let squares: Vec<_> = batch.iter().map(|&(square, _)| square).collect();
            net.run([batch.len(), 3, side, side], &self.input, |answer| read(&squares, answer))?;
        }
        Ok(())
    }
}
