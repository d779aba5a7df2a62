//! FaceNet's InceptionResnetV1 as an ONNX graph, layer for layer as facenet-pytorch declares it.
//!
//! Input `[n, 3, 160, 160]` RGB, `(v − 127.5) / 128`; output `[n, 512]`, not normalised (the embedder
//! does that). Batch norms are folded into the layers before them, dropout is nothing at inference,
//! and the classifier behind the embedding (`logits`) is left out.

use super::onnx::{Dimension, Graph};
use super::tensor::{Tensor, Weights};

const SIDE: usize = 160;
const DIMENSION: usize = 512;
/// ε of every batch norm.
const EPSILON: f64 = 0.001;

/// How a convolution moves over its picture.
#[derive(Clone, Copy)]
enum Window {
    /// Stride 1 with zeros around: the picture keeps its size.
    Keep,
    /// Stride 1, nothing around.
    Shrink,
    /// Stride 2, nothing around.
    Halve,
}

/// A convolution of a branch: output channels, kernel rows and columns.
type Layer = (usize, [usize; 2], Window);

/// A residual block: `relu(scale · conv(branches side by side) + x)`.
struct Residual {
    channels: usize,
    branches: &'static [&'static [Layer]],
    scale: f32,
}

const BLOCK35: Residual = Residual {
    channels: 256,
    branches: &[
        &[(32, [1, 1], Window::Keep)],
        &[(32, [1, 1], Window::Keep), (32, [3, 3], Window::Keep)],
        &[(32, [1, 1], Window::Keep), (32, [3, 3], Window::Keep), (32, [3, 3], Window::Keep)],
    ],
    scale: 0.17,
};

const BLOCK17: Residual = Residual {
    channels: 896,
    branches: &[
        &[(128, [1, 1], Window::Keep)],
        &[(128, [1, 1], Window::Keep), (128, [1, 7], Window::Keep), (128, [7, 1], Window::Keep)],
    ],
    scale: 0.10,
};

const BLOCK8: Residual = Residual {
    channels: 1792,
    branches: &[
        &[(192, [1, 1], Window::Keep)],
        &[(192, [1, 1], Window::Keep), (192, [1, 3], Window::Keep), (192, [3, 1], Window::Keep)],
    ],
    scale: 0.20,
};

const MIXED_6A: &[&[Layer]] = &[
    &[(384, [3, 3], Window::Halve)],
    &[(192, [1, 1], Window::Keep), (192, [3, 3], Window::Keep), (256, [3, 3], Window::Halve)],
];

const MIXED_7A: &[&[Layer]] = &[
    &[(256, [1, 1], Window::Keep), (384, [3, 3], Window::Halve)],
    &[(256, [1, 1], Window::Keep), (256, [3, 3], Window::Halve)],
    &[(256, [1, 1], Window::Keep), (256, [3, 3], Window::Keep), (256, [3, 3], Window::Halve)],
];

/// The ONNX file for `weights`.
pub(crate) fn inception_resnet_v1(weights: &mut dyn Weights) -> Result<Vec<u8>, String> {
    let mut net = Net { graph: Graph::new("inception-resnet-v1"), weights };
    let (n, side) = (Dimension::Named("n"), Dimension::Fixed(SIDE));
    let x = net.graph.input("image", &[n, Dimension::Fixed(3), side, side]);
    let x = net.conv(&x, "conv2d_1a", 3, (32, [3, 3], Window::Halve))?;
    let x = net.conv(&x, "conv2d_2a", 32, (32, [3, 3], Window::Shrink))?;
    let x = net.conv(&x, "conv2d_2b", 32, (64, [3, 3], Window::Keep))?;
    let x = net.graph.max_pool(&x, 3, 2, false);
    let x = net.conv(&x, "conv2d_3b", 64, (80, [1, 1], Window::Keep))?;
    let x = net.conv(&x, "conv2d_4a", 80, (192, [3, 3], Window::Shrink))?;
    let x = net.conv(&x, "conv2d_4b", 192, (256, [3, 3], Window::Halve))?;
    let x = net.repeat(&x, "repeat_1", 5, &BLOCK35)?;
    let x = net.mixed(&x, "mixed_6a", 256, MIXED_6A)?;
    let x = net.repeat(&x, "repeat_2", 10, &BLOCK17)?;
    let x = net.mixed(&x, "mixed_7a", 896, MIXED_7A)?;
    let x = net.repeat(&x, "repeat_3", 5, &BLOCK8)?;
    let x = net.residual(&x, "block8", &Residual { scale: 1.0, ..BLOCK8 })?;
    let x = net.graph.global_average_pool(&x);
    let x = net.graph.flatten(&x);
    let weights = net.weights.take("last_linear.weight", &[DIMENSION, 1792])?;
    let (weights, bias) = net.normalised(&weights, "last_bn")?;
    let x = net.graph.dense(&x, &weights, &bias);
    net.graph.output(&x, "embedding", &[n, Dimension::Fixed(DIMENSION)]);
    Ok(net.graph.into_bytes())
}

/// A graph and the weights it still has to use.
struct Net<'w> {
    graph: Graph,
    weights: &'w mut dyn Weights,
}

impl Net<'_> {
    /// `BasicConv2d`: convolution without bias, batch norm, ReLU.
    fn conv(&mut self, x: &str, name: &str, inputs: usize, layer: Layer) -> Result<String, String> {
        let (outputs, [rows, cols], window) = layer;
        let filters = self.weights.take(&format!("{name}.conv.weight"), &[outputs, inputs, rows, cols])?;
        let (filters, bias) = self.normalised(&filters, &format!("{name}.bn"))?;
        let (stride, pad) = match window {
            Window::Keep => (1, [rows / 2, cols / 2]),
            Window::Shrink => (1, [0, 0]),
            Window::Halve => (2, [0, 0]),
        };
        let x = self.graph.conv(x, &filters, &bias, stride, pad);
        Ok(self.graph.relu(&x))
    }

    /// The batch norm called `name` folded into the layer before it, which has no bias:
    /// `γ·(w∗x − μ)/√(σ² + ε) + β = (fw)∗x + (β − fμ)` with `f = γ/√(σ² + ε)`. Returns weights and bias.
    fn normalised(&mut self, weights: &Tensor, name: &str) -> Result<(Tensor, Tensor), String> {
        let outputs = weights.shape[0];
        let mut take = |what: &str| self.weights.take(&format!("{name}.{what}"), &[outputs]);
        let (gamma, beta) = (take("weight")?, take("bias")?);
        let (mean, variance) = (take("running_mean")?, take("running_var")?);
        let factors: Vec<f64> = gamma
            .values
            .iter()
            .zip(&variance.values)
            .map(|(&gamma, &variance)| f64::from(gamma) / (f64::from(variance) + EPSILON).sqrt())
            .collect();
        if factors.iter().any(|factor| !factor.is_finite()) {
            return Err(format!("{name}.running_var holds a negative variance"));
        }
        let bias = beta.values.iter().zip(&mean.values).zip(&factors);
        let bias = bias.map(|((&beta, &mean), factor)| (f64::from(beta) - factor * f64::from(mean)) as f32);
        Ok((weights.by_output(&factors), Tensor::new(&[outputs], bias.collect())))
    }

    /// The outputs of several chains of convolutions over the same picture, and their channels together.
    fn branches(
        &mut self,
        x: &str,
        name: &str,
        inputs: usize,
        branches: &[&[Layer]],
    ) -> Result<(Vec<String>, usize), String> {
        let (mut ends, mut together) = (vec![], 0);
        for (number, layers) in branches.iter().enumerate() {
            let (mut end, mut channels) = (x.to_owned(), inputs);
            for (place, &layer) in layers.iter().enumerate() {
                // A branch of one layer is that layer, a longer one a sequence of them.
                let place = if layers.len() == 1 { String::new() } else { format!(".{place}") };
                end = self.conv(&end, &format!("{name}.branch{number}{place}"), channels, layer)?;
                channels = layer.0;
            }
            ends.push(end);
            together += channels;
        }
        Ok((ends, together))
    }

    /// A reduction: branches that halve the picture beside a max-pool that does.
    fn mixed(&mut self, x: &str, name: &str, inputs: usize, branches: &[&[Layer]]) -> Result<String, String> {
        let (mut ends, _) = self.branches(x, name, inputs, branches)?;
        ends.push(self.graph.max_pool(x, 3, 2, false));
        Ok(self.graph.concat(&ends))
    }

    fn repeat(&mut self, x: &str, name: &str, times: usize, block: &Residual) -> Result<String, String> {
        (0..times).try_fold(x.to_owned(), |x, number| {
            let x = self.residual(&x, &format!("{name}.{number}"), block)?;
            Ok(self.graph.relu(&x))
        })
    }

    /// A residual block without its ReLU, which the last one does not have.
    fn residual(&mut self, x: &str, name: &str, block: &Residual) -> Result<String, String> {
        let (ends, inputs) = self.branches(x, name, block.channels, block.branches)?;
        let joined = self.graph.concat(&ends);
        let filters = self.weights.take(&format!("{name}.conv2d.weight"), &[block.channels, inputs, 1, 1])?;
        let bias = self.weights.take(&format!("{name}.conv2d.bias"), &[block.channels])?;
        let scale = vec![block.scale; block.channels];
        let (filters, bias) = (filters.by_output(&scale), bias.by_output(&scale));
        let branch = self.graph.conv(&joined, &filters, &bias, 1, [0, 0]);
        Ok(self.graph.add(&branch, x))
    }
}
