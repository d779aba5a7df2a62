//! The three nets of MTCNN as ONNX graphs, layer for layer as facenet-pytorch declares them.
//!
//! Inputs are RGB, `(v − 127.5) / 128`. Every net answers with box offsets and the probability of a
//! face; O-Net also with five landmarks, xs first.
//!
//! Two layers are written in a form that ONNX Runtime runs several times faster:
//! - PReLU as `σ·max(σx, σa·x)`, σ = −1 where the slope a is above 1 and +1 elsewhere. The same number,
//!   bit for bit, without a branch; the first σ goes into the weights before it.
//! - Softmax over (no face, face) as `1 / (1 + exp(no face − face))`, the difference taken of the weights. Not
//!   as a sigmoid, which ONNX Runtime approximates: near 1 it breaks ties that softmax leaves, and of two windows
//!   that are equally sure, another one would stay.

use super::onnx::{Dimension, Graph};
use super::tensor::{Tensor, Weights};

/// P-Net: a 12×12 window slid over a picture of any size with stride 2.
pub(crate) fn pnet(weights: &mut dyn Weights) -> Result<Vec<u8>, String> {
    let mut net = Net::new("pnet", weights);
    let [n, h, w] = ["n", "h", "w"].map(Dimension::Named);
    let x = net.graph.input("image", &[n, Dimension::Fixed(3), h, w]);
    let x = net.conv_prelu(&x, 1, [10, 3, 3, 3])?;
    let x = net.graph.max_pool(&x, 2, 2, true);
    let x = net.conv_prelu(&x, 2, [16, 10, 3, 3])?;
    let x = net.conv_prelu(&x, 3, [32, 16, 3, 3])?;
    let (filters, bias) = net.layer("conv4_1", &[2, 32, 1, 1])?;
    let against = net.graph.conv(&x, &difference(&filters), &difference(&bias), 1, [0, 0]);
    let probability = net.graph.probability(&against);
    let (filters, bias) = net.layer("conv4_2", &[4, 32, 1, 1])?;
    let offsets = net.graph.conv(&x, &filters, &bias, 1, [0, 0]);
    let [rows, cols] = ["rows", "cols"].map(Dimension::Named);
    net.graph.output(&offsets, "offsets", &[n, Dimension::Fixed(4), rows, cols]);
    net.graph.output(&probability, "probability", &[n, Dimension::Fixed(1), rows, cols]);
    Ok(net.graph.into_bytes())
}

/// R-Net: 24×24 crops.
pub(crate) fn rnet(weights: &mut dyn Weights) -> Result<Vec<u8>, String> {
    let mut net = Net::new("rnet", weights);
    let x = net.crops(24);
    let x = net.conv_prelu(&x, 1, [28, 3, 3, 3])?;
    let x = net.graph.max_pool(&x, 3, 2, true);
    let x = net.conv_prelu(&x, 2, [48, 28, 3, 3])?;
    let x = net.graph.max_pool(&x, 3, 2, true);
    let x = net.conv_prelu(&x, 3, [64, 48, 2, 2])?;
    let x = net.dense_prelu(&x, 4, 128, [64, 3, 3])?;
    net.head(&x, "dense5_2", "offsets", [4, 128])?;
    net.probability(&x, "dense5_1", 128)?;
    Ok(net.graph.into_bytes())
}

/// O-Net: 48×48 crops.
pub(crate) fn onet(weights: &mut dyn Weights) -> Result<Vec<u8>, String> {
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
    net.head(&x, "dense6_2", "offsets", [4, 256])?;
    net.head(&x, "dense6_3", "landmarks", [10, 256])?;
    net.probability(&x, "dense6_1", 256)?;
    Ok(net.graph.into_bytes())
}

/// A graph and the weights it still has to use.
struct Net<'w> {
    graph: Graph,
    weights: &'w mut dyn Weights,
}

impl<'w> Net<'w> {
    fn new(name: &str, weights: &'w mut dyn Weights) -> Net<'w> {
        Net { graph: Graph::new(name), weights }
    }

    fn crops(&mut self, side: usize) -> String {
        let side = Dimension::Fixed(side);
        self.graph.input("crops", &[Dimension::Named("n"), Dimension::Fixed(3), side, side])
    }

    /// Weights of `shape` and the bias of a layer.
    fn layer(&mut self, name: &str, shape: &[usize]) -> Result<(Tensor, Tensor), String> {
        let weights = self.weights.take(&format!("{name}.weight"), shape)?;
        let bias = self.weights.take(&format!("{name}.bias"), &shape[..1])?;
        Ok((weights, bias))
    }

    fn conv_prelu(&mut self, x: &str, number: usize, shape: [usize; 4]) -> Result<String, String> {
        let (filters, bias) = self.layer(&format!("conv{number}"), &shape)?;
        let slope = self.weights.take(&format!("prelu{number}.weight"), &shape[..1])?;
        let signs = signs(&slope);
        let x = self.graph.conv(x, &filters.by_output(&signs), &bias.by_output(&signs), 1, [0, 0]);
        Ok(self.prelu(&x, &slope, &signs, &[shape[0], 1, 1]))
    }

    /// facenet-pytorch permutes to `[n, w, h, c]` before it flattens; the weights are reordered
    /// instead, so the graph needs no transposition.
    fn dense_prelu(
        &mut self,
        x: &str,
        number: usize,
        outputs: usize,
        map: [usize; 3],
    ) -> Result<String, String> {
        let inputs = map.iter().product();
        let (weights, bias) = self.layer(&format!("dense{number}"), &[outputs, inputs])?;
        let slope = self.weights.take(&format!("prelu{number}.weight"), &[outputs])?;
        let signs = signs(&slope);
        let weights = channels_first(&weights, map).by_output(&signs);
        let x = self.graph.flatten(x);
        let x = self.graph.dense(&x, &weights, &bias.by_output(&signs));
        Ok(self.prelu(&x, &slope, &signs, &[outputs]))
    }

    /// PReLU of a layer whose outputs were multiplied by `signs`; `shape` broadcasts over its output.
    fn prelu(&mut self, x: &str, slope: &Tensor, signs: &[f32], shape: &[usize]) -> String {
        let scaled = self.graph.scale(x, &slope.clone().reshaped(shape));
        let bent = self.graph.max(x, &scaled);
        if signs.iter().all(|&sign| sign == 1.0) {
            return bent;
        }
        self.graph.scale(&bent, &Tensor::new(shape, signs.to_vec()))
    }

    fn probability(&mut self, x: &str, layer: &str, inputs: usize) -> Result<(), String> {
        let (weights, bias) = self.layer(layer, &[2, inputs])?;
        let against = self.graph.dense(x, &difference(&weights), &difference(&bias));
        let probability = self.graph.probability(&against);
        self.graph.output(&probability, "probability", &[Dimension::Named("n"), Dimension::Fixed(1)]);
        Ok(())
    }

    fn head(&mut self, x: &str, layer: &str, output: &str, shape: [usize; 2]) -> Result<(), String> {
        let (weights, bias) = self.layer(layer, &shape)?;
        let x = self.graph.dense(x, &weights, &bias);
        self.graph.output(&x, output, &[Dimension::Named("n"), Dimension::Fixed(shape[0])]);
        Ok(())
    }
}

/// −1 where the slope is above 1, so that PReLU is the smaller branch rather than the larger.
fn signs(slope: &Tensor) -> Vec<f32> {
    slope.values.iter().map(|&a| if a > 1.0 { -1.0 } else { 1.0 }).collect()
}

/// Of a layer with two outputs, the one with their difference: first minus second.
fn difference(tensor: &Tensor) -> Tensor {
    let (first, second) = tensor.values.split_at(tensor.values.len() / 2);
    let mut shape = tensor.shape.clone();
    shape[0] = 1;
    Tensor::new(&shape, first.iter().zip(second).map(|(first, second)| first - second).collect())
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
    fn prelu_by_signs_is_prelu() {
        for slope in [-1.3_f32, 0.0, 0.4, 1.0, 1.3] {
            let sign = signs(&Tensor::new(&[1], vec![slope]))[0];
            for x in [-2.0_f32, -0.1, 0.0, 0.1, 2.0] {
                let signed = sign * x;
                let ours = sign * signed.max(slope * signed);
                assert_eq!(ours, if x > 0.0 { x } else { slope * x }, "{slope} {x}");
            }
        }
    }

    #[test]
    fn outputs_are_subtracted_whole() {
        let tensor = Tensor::new(&[2, 2], vec![1.0, 2.0, 5.0, 9.0]);
        assert_eq!(difference(&tensor), Tensor::new(&[1, 2], vec![-4.0, -7.0]));
    }

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
