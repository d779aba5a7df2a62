//! The three nets of MTCNN as ONNX graphs, layer for layer as facenet-pytorch declares them.
//!
//! Inputs are RGB, `(v − 127.5) / 128`. Every net answers with box offsets and the probability of
//! (no face, face); O-Net also with five landmarks, xs first.

use super::onnx::{Dimension, Graph};
use super::state_dict::StateDict;
use super::tensor::Tensor;

/// P-Net: a 12×12 window slid over a picture of any size with stride 2.
pub(crate) fn pnet(weights: StateDict) -> Result<Vec<u8>, String> {
    let mut net = Net::new("pnet", weights);
    let [n, h, w] = ["n", "h", "w"].map(Dimension::Named);
    let x = net.graph.input("image", &[n, Dimension::Fixed(3), h, w]);
    let x = net.conv_prelu(&x, 1, [10, 3, 3, 3])?;
    let x = net.graph.max_pool(&x, 2, 2, true);
    let x = net.conv_prelu(&x, 2, [16, 10, 3, 3])?;
    let x = net.conv_prelu(&x, 3, [32, 16, 3, 3])?;
    let probability = net.conv(&x, "conv4_1", [2, 32, 1, 1])?;
    let probability = net.graph.softmax(&probability);
    let offsets = net.conv(&x, "conv4_2", [4, 32, 1, 1])?;
    let [rows, cols] = ["rows", "cols"].map(Dimension::Named);
    net.graph.output(&offsets, "offsets", &[n, Dimension::Fixed(4), rows, cols]);
    net.graph.output(&probability, "probability", &[n, Dimension::Fixed(2), rows, cols]);
    Ok(net.graph.into_bytes())
}

/// R-Net: 24×24 crops.
pub(crate) fn rnet(weights: StateDict) -> Result<Vec<u8>, String> {
    let mut net = Net::new("rnet", weights);
    let x = net.crops(24);
    let x = net.conv_prelu(&x, 1, [28, 3, 3, 3])?;
    let x = net.graph.max_pool(&x, 3, 2, true);
    let x = net.conv_prelu(&x, 2, [48, 28, 3, 3])?;
    let x = net.graph.max_pool(&x, 3, 2, true);
    let x = net.conv_prelu(&x, 3, [64, 48, 2, 2])?;
    let x = net.dense_prelu(&x, 4, 128, [64, 3, 3])?;
    net.head(&x, "dense5_2", "offsets", [4, 128], false)?;
    net.head(&x, "dense5_1", "probability", [2, 128], true)?;
    Ok(net.graph.into_bytes())
}

/// O-Net: 48×48 crops.
pub(crate) fn onet(weights: StateDict) -> Result<Vec<u8>, String> {
    let mut net = Net::new("onet", weights);
    let x = net.crops(48);
    let x = net.conv_prelu(&x, 1, [32, 3, 3, 3])?;
    let x = net.graph.max_pool(&x, 3, 2, true);
    let x = net.conv_prelu(&x, 2, [64, 32, 3, 3])?;
    let x = net.graph.max_pool(&x, 3, 2, true);
    let x = net.conv_prelu(&x, 3, [64, 64, 3, 3])?;
    let x = net.graph.max_pool(&x, 2, 2, true);
    let x = net.conv_prelu(&x, 4, [128, 64, 2, 2])?;
    let x = net.dense_prelu(&x, 5, 256, [128, 3, 3])?;
    net.head(&x, "dense6_2", "offsets", [4, 256], false)?;
    net.head(&x, "dense6_3", "landmarks", [10, 256], false)?;
    net.head(&x, "dense6_1", "probability", [2, 256], true)?;
    Ok(net.graph.into_bytes())
}

/// A graph and the weights it still has to use.
struct Net {
    graph: Graph,
    weights: StateDict,
}

impl Net {
    fn new(name: &str, weights: StateDict) -> Net {
        Net { graph: Graph::new(name), weights }
    }

    fn crops(&mut self, side: usize) -> String {
        let side = Dimension::Fixed(side);
        self.graph.input("crops", &[Dimension::Named("n"), Dimension::Fixed(3), side, side])
    }

    fn conv(&mut self, x: &str, name: &str, shape: [usize; 4]) -> Result<String, String> {
        let filters = self.weights.take(&format!("{name}.weight"), &shape)?;
        let bias = self.weights.take(&format!("{name}.bias"), &shape[..1])?;
        Ok(self.graph.conv(x, &filters, &bias, 1, 0))
    }

    fn conv_prelu(&mut self, x: &str, layer: usize, shape: [usize; 4]) -> Result<String, String> {
        let x = self.conv(x, &format!("conv{layer}"), shape)?;
        let slope = self.slope(layer, shape[0])?.reshaped(&[shape[0], 1, 1]);
        Ok(self.graph.prelu(&x, &slope))
    }

    fn slope(&mut self, layer: usize, channels: usize) -> Result<Tensor, String> {
        self.weights.take(&format!("prelu{layer}.weight"), &[channels])
    }

    /// facenet-pytorch permutes to `[n, w, h, c]` before it flattens; the weights are reordered
    /// instead, so the graph needs no transposition.
    fn dense_prelu(
        &mut self,
        x: &str,
        layer: usize,
        outputs: usize,
        map: [usize; 3],
    ) -> Result<String, String> {
        let inputs = map.iter().product();
        let weights = self.weights.take(&format!("dense{layer}.weight"), &[outputs, inputs])?;
        let bias = self.weights.take(&format!("dense{layer}.bias"), &[outputs])?;
        let x = self.graph.flatten(x);
        let x = self.graph.dense(&x, &channels_first(&weights, map), &bias);
        let slope = self.slope(layer, outputs)?;
        Ok(self.graph.prelu(&x, &slope))
    }

    fn head(
        &mut self,
        x: &str,
        layer: &str,
        output: &str,
        shape: [usize; 2],
        softmax: bool,
    ) -> Result<(), String> {
        let weights = self.weights.take(&format!("{layer}.weight"), &shape)?;
        let bias = self.weights.take(&format!("{layer}.bias"), &shape[..1])?;
        let mut x = self.graph.dense(x, &weights, &bias);
        if softmax {
            x = self.graph.softmax(&x);
        }
        self.graph.output(&x, output, &[Dimension::Named("n"), Dimension::Fixed(shape[0])]);
        Ok(())
    }
}

/// Columns of `weights` from the order (w, h, c) to the order (c, h, w).
fn channels_first(weights: &Tensor, [channels, height, width]: [usize; 3]) -> Tensor {
    let inputs = channels * height * width;
    let values = weights
        .values
        .chunks_exact(inputs)
        .flat_map(|row| {
            (0..channels).flat_map(move |c| {
                (0..height).flat_map(move |h| (0..width).map(move |w| row[(w * height + h) * channels + c]))
            })
        })
        .collect();
    Tensor::new(&weights.shape, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_move_from_width_first_to_channels_first() {
        // Column (w, h, c) holds 100w + 10h + c.
        let values = (0..2)
            .flat_map(|w| (0..2).flat_map(move |h| (0..3).map(move |c| (100 * w + 10 * h + c) as f32)))
            .collect();
        let moved = channels_first(&Tensor::new(&[1, 12], values), [3, 2, 2]);
        let expected: Vec<f32> = (0..3)
            .flat_map(|c| (0..2).flat_map(move |h| (0..2).map(move |w| (100 * w + 10 * h + c) as f32)))
            .collect();
        assert_eq!(moved.values, expected);
    }
}
