//! A graph under construction: each method appends one operator and returns its output's name.

use prost::Message;

use crate::models::tensor::Tensor;

use super::proto::{
    ATTRIBUTE_INT, ATTRIBUTE_INTS, AttributeProto, DimensionProto, FLOAT, GraphProto, INT64, ModelProto,
    NodeProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};

/// Operators of opset 17 are what every supported ONNX Runtime speaks.
const OPSET: i64 = 17;
const IR_VERSION: i64 = 8;

/// The size of one dimension of an input or output.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dimension {
    /// Always this.
    Fixed(usize),
    /// Varies from call to call.
    Named(&'static str),
}

/// The net so far.
pub(crate) struct Graph {
    proto: GraphProto,
}

impl Graph {
    pub(crate) fn new(name: &str) -> Graph {
        Graph { proto: GraphProto { name: name.into(), ..GraphProto::default() } }
    }

    pub(crate) fn input(&mut self, name: &str, shape: &[Dimension]) -> String {
        self.proto.input.push(value_info(name, shape));
        name.into()
    }

    /// Declare `value`, the output of an earlier node, to be an output of the graph called `name`.
    pub(crate) fn output(&mut self, value: &str, name: &str, shape: &[Dimension]) {
        self.proto.output.push(value_info(name, shape));
        self.proto.node.push(NodeProto {
            input: vec![value.into()],
            output: vec![name.into()],
            name: format!("{name}_out"),
            op_type: "Identity".into(),
            attribute: vec![],
        });
    }

    /// Convolution with filters OIHW, one bias an output channel, no dilation; so many
    /// rows of zeros above and below, and columns left and right.
    pub(crate) fn conv(
        &mut self,
        x: &str,
        filters: &Tensor,
        bias: &Tensor,
        stride: usize,
        [rows, cols]: [usize; 2],
    ) -> String {
        let (w, b) = (self.constant(filters), self.constant(bias));
        let kernel = &filters.shape[2..];
        self.node(
            "Conv",
            &[x, &w, &b],
            vec![
                ints("kernel_shape", kernel),
                ints("strides", &[stride; 2]),
                ints("pads", &[rows, cols, rows, cols]),
            ],
        )
    }

    /// Multiplied by a tensor that broadcasts.
    pub(crate) fn scale(&mut self, x: &str, by: &Tensor) -> String {
        let by = self.constant(by);
        self.node("Mul", &[x, &by], vec![])
    }

    /// `1 / (1 + exp(against))`.
    pub(crate) fn probability(&mut self, against: &str) -> String {
        let odds = self.node("Exp", &[against], vec![]);
        let one = self.constant(&Tensor::new(&[1], vec![1.0]));
        let whole = self.add(&odds, &one);
        self.node("Reciprocal", &[&whole], vec![])
    }

    pub(crate) fn relu(&mut self, x: &str) -> String {
        self.node("Relu", &[x], vec![])
    }

    pub(crate) fn add(&mut self, a: &str, b: &str) -> String {
        self.node("Add", &[a, b], vec![])
    }

    /// One behind the other along the channels.
    pub(crate) fn concat(&mut self, parts: &[String]) -> String {
        let parts: Vec<_> = parts.iter().map(String::as_str).collect();
        self.node("Concat", &parts, vec![int("axis", 1)])
    }

    /// Max-pool; `ceil` lets the last window hang over the edge.
    pub(crate) fn max_pool(&mut self, x: &str, side: usize, stride: usize, ceil: bool) -> String {
        self.node(
            "MaxPool",
            &[x],
            vec![
                ints("kernel_shape", &[side; 2]),
                ints("strides", &[stride; 2]),
                int("ceil_mode", i64::from(ceil)),
            ],
        )
    }

    pub(crate) fn average_pool(&mut self, x: &str, side: usize, stride: usize) -> String {
        self.node("AveragePool", &[x], vec![ints("kernel_shape", &[side; 2]), ints("strides", &[stride; 2])])
    }

    pub(crate) fn global_average_pool(&mut self, x: &str) -> String {
        self.node("GlobalAveragePool", &[x], vec![])
    }

    /// Zeros behind the channels, below and to the right of an NCHW tensor.
    pub(crate) fn pad_after(&mut self, x: &str, channels: usize, rows: usize, cols: usize) -> String {
        let pads = [0, 0, 0, 0, 0, channels as i64, rows as i64, cols as i64];
        let pads = self.initializer(&[8], INT64, pads.iter().flat_map(|p| p.to_le_bytes()).collect());
        self.node("Pad", &[x, &pads], vec![])
    }

    /// Everything behind the first dimension becomes one.
    pub(crate) fn flatten(&mut self, x: &str) -> String {
        self.node("Flatten", &[x], vec![int("axis", 1)])
    }

    /// `x · weightsᵀ + bias`, weights as [outputs, inputs].
    pub(crate) fn dense(&mut self, x: &str, weights: &Tensor, bias: &Tensor) -> String {
        let (w, b) = (self.constant(weights), self.constant(bias));
        self.node("Gemm", &[x, &w, &b], vec![int("transB", 1)])
    }

    /// `x · weights`, weights as [inputs, outputs].
    pub(crate) fn matmul(&mut self, x: &str, weights: &Tensor) -> String {
        let w = self.constant(weights);
        self.node("MatMul", &[x, &w], vec![])
    }

    /// The bytes of the finished file; the same graph always gives the same bytes.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        ModelProto {
            ir_version: IR_VERSION,
            producer_name: "avzeus".into(),
            graph: Some(self.proto),
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        }
        .encode_to_vec()
    }

    fn constant(&mut self, tensor: &Tensor) -> String {
        let bytes = tensor.values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.initializer(&tensor.shape, FLOAT, bytes)
    }

    fn initializer(&mut self, shape: &[usize], data_type: i32, raw_data: Vec<u8>) -> String {
        let name = format!("w{}", self.proto.initializer.len());
        let dims = shape.iter().map(|&d| d as i64).collect();
        self.proto.initializer.push(TensorProto { dims, data_type, name: name.clone(), raw_data });
        name
    }

    fn node(&mut self, op: &str, inputs: &[&str], attribute: Vec<AttributeProto>) -> String {
        let name = format!("n{}", self.proto.node.len());
        self.proto.node.push(NodeProto {
            input: inputs.iter().map(|&i| i.into()).collect(),
            output: vec![name.clone()],
            name: name.clone(),
            op_type: op.into(),
            attribute,
        });
        name
    }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.into(), i: Some(value), kind: ATTRIBUTE_INT, ..AttributeProto::default() }
}

fn ints(name: &str, values: &[usize]) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        ints: values.iter().map(|&v| v as i64).collect(),
        kind: ATTRIBUTE_INTS,
        ..AttributeProto::default()
    }
}

fn value_info(name: &str, shape: &[Dimension]) -> ValueInfoProto {
    let dim = shape
        .iter()
        .map(|dimension| match *dimension {
            Dimension::Fixed(size) => DimensionProto { dim_value: Some(size as i64), dim_param: None },
            Dimension::Named(name) => DimensionProto { dim_value: None, dim_param: Some(name.into()) },
        })
        .collect();
    let tensor = TensorTypeProto { elem_type: FLOAT, shape: Some(TensorShapeProto { dim }) };
    ValueInfoProto { name: name.into(), r#type: Some(TypeProto { tensor_type: Some(tensor) }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_survives_its_encoding() {
        let mut graph = Graph::new("tiny");
        let x = graph.input("x", &[Dimension::Named("n"), Dimension::Fixed(2)]);
        let weights = Tensor { shape: vec![2, 1], values: vec![1.0, -0.5] };
        let y = graph.matmul(&x, &weights);
        graph.output(&y, "y", &[Dimension::Named("n"), Dimension::Fixed(1)]);
        let read = ModelProto::decode(graph.into_bytes().as_slice()).expect("it is our own");
        assert_eq!(read.opset_import[0].version, OPSET);
        let graph = read.graph.expect("a model has a graph");
        assert_eq!(graph.node[0].op_type, "MatMul");
        assert_eq!(graph.initializer[0].dims, [2, 1]);
        assert_eq!(graph.initializer[0].raw_data[4..], (-0.5_f32).to_le_bytes());
        assert_eq!(graph.output[0].name, "y");
    }
}
