//! Area resize: PyTorch's `interpolate(mode = "area")`, which is adaptive average pooling.
//!
//! Output cell `i` of `n` is the mean over the source cells `⌊i·m/n⌋ .. ⌈(i+1)·m/n⌉` of `m`, so
//! neighbouring windows may share a cell. Sums are exact integers; the divisions come in PyTorch's
//! order, so results agree to the last bit.

use std::ops::{Add, AddAssign, Range};

use image::RgbImage;
use ndarray::{ArrayViewMut3, Axis, s};

/// A rectangle of whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rect {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Rect {
    pub(crate) fn whole(image: &RgbImage) -> Rect {
        Rect { x: 0, y: 0, width: image.width() as usize, height: image.height() as usize }
    }
}

/// Row sums, kept from call to call.
#[derive(Default)]
pub(crate) struct AreaResize {
    narrow: Vec<u16>,
    wide: Vec<u32>,
    columns: Vec<(u32, u32)>,
}

/// Rows of a window whose sum of bytes surely fits 16 bits.
const NARROW_ROWS: usize = 257;

impl AreaResize {
    /// Shrink (or stretch) `rect` of `image` to `width`×`height` and write the rows `rows` of the
    /// result, each value as `(v − mean)·scale`, to `out`: three planes (red first) of these rows.
    pub(crate) fn planes(
        &mut self,
        image: &RgbImage,
        rect: Rect,
        [width, height]: [usize; 2],
        rows: Range<usize>,
        [mean, scale]: [f32; 2],
        mut out: ArrayViewMut3<'_, f32>,
    ) {
        self.columns.clear();
        self.columns.extend((0..width).map(|i| {
            let (start, end) = window(i, rect.width, width);
            (start as u32, end as u32)
        }));
        let stride = image.width() as usize * 3;
        let pixels = image.as_raw();
        for (row, line) in rows.zip(out.axis_iter_mut(Axis(1))) {
            let (top, bottom) = window(row, rect.height, height);
            let source = |y: usize| {
                let start = (rect.y + y) * stride + rect.x * 3;
                &pixels[start..start + rect.width * 3]
            };
            let (red, green, blue) = line.multi_slice_move((s![0, ..], s![1, ..], s![2, ..]));
            let target = [red, green, blue]
                .map(|plane| plane.into_slice().expect("a row of a plane lies in one piece"));
            let norm = Norm { rows: (bottom - top) as f32, mean, scale };
            if bottom - top <= NARROW_ROWS {
                add_rows(&mut self.narrow, (top..bottom).map(source));
                average_columns(&self.narrow, &self.columns, norm, target);
            } else {
                add_rows(&mut self.wide, (top..bottom).map(source));
                average_columns(&self.wide, &self.columns, norm, target);
            }
        }
    }
}

/// Source cells of output cell `i` when `from` cells become `to`.
fn window(i: usize, from: usize, to: usize) -> (usize, usize) {
    (i * from / to, ((i + 1) * from).div_ceil(to))
}

#[derive(Clone, Copy)]
struct Norm {
    rows: f32,
    mean: f32,
    scale: f32,
}

/// Column sums of `rows`; two rows a pass, as the sums' own traffic is what costs.
fn add_rows<'a, T>(sums: &mut Vec<T>, mut rows: impl Iterator<Item = &'a [u8]>)
where
    T: Add<Output = T> + AddAssign + From<u8>,
{
    sums.clear();
    match (rows.next(), rows.next()) {
        (Some(a), Some(b)) => sums.extend(a.iter().zip(b).map(|(&a, &b)| T::from(a) + T::from(b))),
        (Some(a), None) => sums.extend(a.iter().map(|&a| T::from(a))),
        _ => {}
    }
    while let Some(a) = rows.next() {
        match rows.next() {
            Some(b) => {
                for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
                    *sum += T::from(a) + T::from(b);
                }
            }
            None => {
                for (sum, &a) in sums.iter_mut().zip(a) {
                    *sum += T::from(a);
                }
            }
        }
    }
}

fn average_columns<T: Copy + Into<u32>>(
    sums: &[T],
    columns: &[(u32, u32)],
    norm: Norm,
    [red, green, blue]: [&mut [f32]; 3],
) {
    let cells = red.iter_mut().zip(green).zip(blue);
    for (&(start, end), ((red, green), blue)) in columns.iter().zip(cells) {
        let mut sum = [0_u32; 3];
        for cell in sums[start as usize * 3..end as usize * 3].chunks_exact(3) {
            for (sum, &v) in sum.iter_mut().zip(cell) {
                *sum += v.into();
            }
        }
        let width = (end - start) as f32;
        let [r, g, b] = sum.map(|s| (s as f32 / norm.rows / width - norm.mean) * norm.scale);
        (*red, *green, *blue) = (r, g, b);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;

    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x * 37 + y * 11) as u8, (x * y) as u8, (200 - x + y * 3) as u8])
        })
    }

    /// The definition, cell by cell.
    fn plain(image: &RgbImage, rect: Rect, [width, height]: [usize; 2]) -> Vec<f32> {
        let mut out = vec![];
        for channel in 0..3 {
            for row in 0..height {
                for col in 0..width {
                    let (top, bottom) = window(row, rect.height, height);
                    let (left, right) = window(col, rect.width, width);
                    let mut sum = 0_u32;
                    for y in top..bottom {
                        for x in left..right {
                            let pixel = image.get_pixel((rect.x + x) as u32, (rect.y + y) as u32);
                            sum += u32::from(pixel[channel]);
                        }
                    }
                    let mean = sum as f32 / (bottom - top) as f32 / (right - left) as f32;
                    out.push((mean - 127.5) * 0.0078125);
                }
            }
        }
        out
    }

    fn check(image: &RgbImage, rect: Rect, size: [usize; 2]) {
        let expected = plain(image, rect, size);
        let mut out = Array3::zeros((3, size[1], size[0]));
        let mut area = AreaResize::default();
        area.planes(image, rect, size, 0..size[1], [127.5, 0.0078125], out.view_mut());
        assert_eq!(out.into_raw_vec_and_offset().0, expected);
    }

    #[test]
    fn shrinking_and_stretching_follow_the_definition() {
        let image = picture(31, 23);
        check(&image, Rect::whole(&image), [31, 23]);
        check(&image, Rect::whole(&image), [19, 14]);
        check(&image, Rect { x: 5, y: 3, width: 17, height: 9 }, [24, 24]);
        check(&image, Rect { x: 30, y: 22, width: 1, height: 1 }, [24, 24]);
    }

    #[test]
    fn windows_taller_than_16_bits_can_sum_are_right() {
        let image = RgbImage::from_pixel(4, 600, image::Rgb([255, 254, 253]));
        check(&image, Rect::whole(&image), [2, 2]);
    }

    #[test]
    fn a_band_of_rows_is_that_part_of_the_whole() {
        let image = picture(40, 30);
        let whole = plain(&image, Rect::whole(&image), [20, 15]);
        let whole = Array3::from_shape_vec((3, 15, 20), whole).unwrap();
        let mut band = Array3::zeros((3, 4, 20));
        AreaResize::default().planes(
            &image,
            Rect::whole(&image),
            [20, 15],
            6..10,
            [127.5, 0.0078125],
            band.view_mut(),
        );
        assert_eq!(band, whole.slice(s![.., 6..10, ..]));
    }
}
