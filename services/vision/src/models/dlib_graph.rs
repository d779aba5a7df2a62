//! dlib's face recognition ResNet (29 convolutions) as an ONNX graph.
//!
//! Input `[n, 3, 150, 150]` RGB, `(v − (122.782, 117.001, 104.298)) / 256`; output `[n, 128]`, not
//! normalised (the embedder does that).

use super::dlib_dat::DlibWeights;
use super::onnx::{Dimension, Graph};

const SIDE: usize = 150;
const DIMENSION: usize = 128;

/// One residual block of the net, input first.
struct Block {
    inputs: usize,
    outputs: usize,
    /// Whether it halves its picture ("down") or keeps it ("res").
    down: bool,
    /// Whether the halved branch comes out one row and column smaller than the pooled skip.
    short: bool,
}

/// Sides of the feature maps: 35 → 17 → 8 → 4 → 2.
fn blocks() -> Vec<Block> {
    let res = |channels| Block { inputs: channels, outputs: channels, down: false, short: false };
    let down = |inputs, outputs, short| Block { inputs, outputs, down: true, short };
    vec![
        res(32),
        res(32),
        res(32),
        down(32, 64, false),
        res(64),
        res(64),
        res(64),
        down(64, 128, false),
        res(128),
        res(128),
        down(128, 256, true),
        res(256),
        res(256),
        down(256, 256, true),
    ]
}

/// The ONNX file for the weights of `dat`.
pub(crate) fn dlib_resnet(dat: &[u8]) -> Result<Vec<u8>, String> {
    let mut weights = DlibWeights::new(dat);
    let mut graph = Graph::new("dlib-resnet-v1");
    let n = Dimension::Named("n");
    let side = Dimension::Fixed(SIDE);
    let input = graph.input("image", &[n, Dimension::Fixed(3), side, side]);
    let (filters, bias) = weights.conv(32, 3, 7)?;
    let x = graph.conv(&input, &filters, &bias, 2, [0, 0]);
    let x = graph.relu(&x);
    let mut x = graph.max_pool(&x, 3, 2, false);
    for block in blocks() {
        x = residual(&mut graph, &mut weights, &x, &block)?;
    }
    let x = graph.global_average_pool(&x);
    let x = graph.flatten(&x);
    let x = graph.matmul(&x, &weights.dense(256, DIMENSION)?);
    graph.output(&x, "embedding", &[n, Dimension::Fixed(DIMENSION)]);
    Ok(graph.into_bytes())
}

/// `relu(conv(relu(conv(x))) + skip(x))`.
fn residual(
    graph: &mut Graph,
    weights: &mut DlibWeights<'_>,
    x: &str,
    block: &Block,
) -> Result<String, String> {
    let (stride, pad) = if block.down { (2, 0) } else { (1, 1) };
    let (filters, bias) = weights.conv(block.outputs, block.inputs, 3)?;
    let branch = graph.conv(x, &filters, &bias, stride, [pad, pad]);
    let branch = graph.relu(&branch);
    let (filters, bias) = weights.conv(block.outputs, block.outputs, 3)?;
    let mut branch = graph.conv(&branch, &filters, &bias, 1, [1, 1]);
    if block.short {
        branch = graph.pad_after(&branch, 0, 1, 1);
    }
    let mut skip = x.to_owned();
    if block.down {
        skip = graph.average_pool(&skip, 2, 2);
        let added = block.outputs - block.inputs;
        if added > 0 {
            skip = graph.pad_after(&skip, added, 0, 0);
        }
    }
    let sum = graph.add(&branch, &skip);
    Ok(graph.relu(&sum))
}
