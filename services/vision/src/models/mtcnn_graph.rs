//! The three nets of MTCNN as ONNX graphs, layer for layer as facenet-pytorch declares them.
//!
//! Inputs are RGB, `(v − 127.5) / 128`. Every net answers with box offsets and the probability of a
//! face; O-Net also with five landmarks, xs first.
//!
//! Some layers are written in a form that ONNX Runtime runs several times faster:
//! - PReLU as `a·x + relu((1 − a)·x)`, or `a·x + (1 − a)·relu(x)` where a slope a is above 1. Products, sums and ReLU stay in
//!   the order of channels that its convolutions work in and melt into them; a maximum of two, or its own PReLU, has every
//!   number put back in the order of the tensor and into that of the next convolution.
//! - P-Net's first PReLU behind its max-pool, where a quarter of the numbers is left ([`Net::conv_pool_prelu`]).
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
    let x = net.conv_pool_prelu(&x, 1, [10, 3, 3, 3])?;
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
        let x = self.graph.conv(x, &filters, &bias, 1, [0, 0]);
        Ok(self.prelu(&x, &slope.reshaped(&[shape[0], 1, 1])))
    }

    /// A convolution, PReLU and a max-pool of 2×2, in another order. With p the largest x of a window:
    /// - where the slope a is 0 or more, PReLU grows with x, and the largest PReLU of the window is `a·p + (1 − a)·relu(p)`;
    /// - where it is below 0, PReLU is the larger of x and `a·x`, and the largest of the window, with q the largest `a·x`,
    ///   is `max(p, q) = q + relu(p − q)`.
    ///
    /// So channels of the second kind are convolved a second time, with a times the weights. P-Net has ten channels and six of
    /// them: together the sixteen that a convolution works on at a time, whether there are ten or sixteen.
    fn conv_pool_prelu(&mut self, x: &str, number: usize, shape: [usize; 4]) -> Result<String, String> {
        let (filters, bias) = self.layer(&format!("conv{number}"), &shape)?;
        let slope = self.weights.take(&format!("prelu{number}.weight"), &shape[..1])?.values;
        let channels = shape[0];
        let falling: Vec<usize> = (0..channels).filter(|&channel| slope[channel] < 0.0).collect();
        let steepness: Vec<f32> = falling.iter().map(|&channel| slope[channel]).collect();
        let twice = |tensor: &Tensor| tensor.followed_by(&tensor.outputs(&falling).by_output(&steepness));
        let x = self.graph.conv(x, &twice(&filters), &twice(&bias), 1, [0, 0]);
        let pooled = self.graph.max_pool(&x, 2, 2, true);
        let both = channels + falling.len();
        let mut argument = vec![0.0; channels * both];
        let mut linear = vec![0.0; channels * both];
        let mut bent = vec![0.0; channels * channels];
        for channel in 0..channels {
            let (p, a) = (channel * both + channel, slope[channel]);
            argument[p] = 1.0;
            match falling.iter().position(|&other| other == channel) {
                Some(place) => {
                    let q = channel * both + channels + place;
                    argument[q] = -1.0;
                    linear[q] = 1.0;
                    bent[channel * channels + channel] = 1.0;
                }
                None => {
                    linear[p] = a;
                    bent[channel * channels + channel] = 1.0 - a;
                }
            }
        }
        let argument = self.mixed(&pooled, channels, argument);
        let argument = self.graph.relu(&argument);
        let (linear, bent) = (self.mixed(&pooled, channels, linear), self.mixed(&argument, channels, bent));
        Ok(self.graph.add(&linear, &bent))
    }

    /// Sums of the channels of `x`, `outputs` of them, by a matrix with a row for each.
    fn mixed(&mut self, x: &str, outputs: usize, matrix: Vec<f32>) -> String {
        let filters = Tensor::new(&[outputs, matrix.len() / outputs, 1, 1], matrix);
        self.graph.conv(x, &filters, &Tensor::new(&[outputs], vec![0.0; outputs]), 1, [0, 0])
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
        let x = self.graph.flatten(x);
        let x = self.graph.dense(&x, &channels_first(&weights, map), &bias);
        Ok(self.prelu(&x, &slope))
    }

    /// PReLU of `x`, over which the slopes broadcast.
    fn prelu(&mut self, x: &str, slope: &Tensor) -> String {
        let rest = Tensor::new(&slope.shape, slope.values.iter().map(|a| 1.0 - a).collect());
        let bent = if rest.values.iter().all(|&rest| rest >= 0.0) {
            let scaled = self.graph.scale(x, &rest);
            self.graph.relu(&scaled)
        } else {
            let positive = self.graph.relu(x);
            self.graph.scale(&positive, &rest)
        };
        let linear = self.graph.scale(x, slope);
        self.graph.add(&linear, &bent)
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
    use ndarray::{Array4, s};
    use ort::value::TensorRef;

    use super::*;
    use crate::{OnnxRuntime, VisionConfig};

    /// A layer of five channels, whose weights give each channel of the picture by its own factor.
    struct OneLayer;

    const FACTORS: [f32; 5] = [1.0, -0.5, 2.0, 1.5, -3.0];
    const SLOPES: [f32; 5] = [0.25, -0.4, 1.3, -1.2, 0.0];

    impl Weights for OneLayer {
        fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, String> {
            let values = match name {
                "conv1.weight" => FACTORS.to_vec(),
                "conv1.bias" => vec![0.125; 5],
                "prelu1.weight" => SLOPES.to_vec(),
                other => return Err(format!("there is no {other}")),
            };
            Ok(Tensor::new(shape, values))
        }
    }

    /// What a graph of one layer makes of a picture of one channel.
    fn answer(layer: fn(&mut Net<'_>, &str) -> Result<String, String>, picture: &Array4<f32>) -> Array4<f32> {
        let mut weights = OneLayer;
        let mut net = Net::new("layer", &mut weights);
        let [n, h, w] = ["n", "h", "w"].map(Dimension::Named);
        let x = net.graph.input("image", &[n, Dimension::Fixed(1), h, w]);
        let y = layer(&mut net, &x).unwrap();
        let [rows, cols] = ["rows", "cols"].map(Dimension::Named);
        net.graph.output(&y, "answer", &[n, Dimension::Fixed(5), rows, cols]);
        let config = VisionConfig::default();
        let runtime = OnnxRuntime::load(&config).expect("`make setup` has fetched it");
        let mut session = runtime.session_of(&config, &net.graph.into_bytes()).unwrap();
        let outputs = session.run(ort::inputs![TensorRef::from_array_view(picture.view()).unwrap()]).unwrap();
        let answer = outputs["answer"].try_extract_array::<f32>().unwrap();
        answer.to_owned().into_dimensionality().unwrap()
    }

    fn prelu(channel: usize, x: f32) -> f32 {
        let x = FACTORS[channel] * x + 0.125;
        if x > 0.0 { x } else { SLOPES[channel] * x }
    }

    /// Numbers from −1 to 1 in no order.
    fn picture() -> Array4<f32> {
        Array4::from_shape_fn((1, 1, 7, 9), |(_, _, row, col)| {
            ((row * 9 + col) * 37 % 63) as f32 / 31.0 - 1.0
        })
    }

    #[test]
    fn prelu_without_a_maximum_is_prelu() {
        let picture = picture();
        let answer = answer(|net, x| net.conv_prelu(x, 1, [5, 1, 1, 1]), &picture);
        for ((_, channel, row, col), &number) in answer.indexed_iter() {
            assert!((number - prelu(channel, picture[[0, 0, row, col]])).abs() < 1e-6, "channel {channel}");
        }
    }

    #[test]
    fn prelu_behind_the_pool_is_prelu_before_it() {
        let picture = picture();
        let answer = answer(|net, x| net.conv_pool_prelu(x, 1, [5, 1, 1, 1]), &picture);
        assert_eq!(answer.dim(), (1, 5, 4, 5), "windows hang over the edge");
        for ((_, channel, row, col), &number) in answer.indexed_iter() {
            let window =
                picture.slice(s![0, 0, 2 * row..(2 * row + 2).min(7), 2 * col..(2 * col + 2).min(9)]);
            let expected = window.iter().map(|&x| prelu(channel, x)).fold(f32::MIN, f32::max);
            assert!((number - expected).abs() < 1e-6, "channel {channel}: {number}, not {expected}");
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
