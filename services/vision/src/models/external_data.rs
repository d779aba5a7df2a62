//! The numbers that an ONNX file keeps in files beside it. PyTorch's exporter writes two: `X.onnx` and `X.onnx.data`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use prost::Message;

use super::lock::sha256_of_files;
use crate::error::{Result, VisionError};

/// What of `onnx.proto` says where tensors lie. Their numbers are passed over, not copied.
#[derive(Clone, PartialEq, Message)]
struct Model {
    #[prost(int64, tag = "1")]
    ir_version: i64,
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "25")]
    functions: Vec<Function>,
}

#[derive(Clone, PartialEq, Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    node: Vec<Node>,
    #[prost(message, repeated, tag = "5")]
    initializer: Vec<Tensor>,
}

#[derive(Clone, PartialEq, Message)]
struct Function {
    #[prost(message, repeated, tag = "7")]
    node: Vec<Node>,
}

#[derive(Clone, PartialEq, Message)]
struct Node {
    #[prost(message, repeated, tag = "5")]
    attribute: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(message, optional, tag = "5")]
    tensor: Option<Tensor>,
    #[prost(message, optional, tag = "6")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "10")]
    tensors: Vec<Tensor>,
    #[prost(message, repeated, tag = "11")]
    graphs: Vec<Graph>,
}

#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(message, repeated, tag = "13")]
    external_data: Vec<Entry>,
    #[prost(int32, tag = "14")]
    data_location: i32,
}

/// `Tensor.data_location` of one that lies in another file.
const EXTERNAL: i32 = 1;
/// `Entry.key` of that file.
const LOCATION: &str = "location";

#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

/// Whether these are the bytes of an ONNX file.
pub(crate) fn is_onnx(bytes: &[u8]) -> bool {
    Model::decode(bytes).is_ok_and(|model| model.ir_version > 0 && model.graph.is_some())
}

/// Plain names of the files that the tensors of the ONNX file `bytes` lie in; none of what is no ONNX file. The error says
/// which name is none to keep beside it.
pub(crate) fn names(bytes: &[u8]) -> std::result::Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::new();
    // What is no ONNX file is told when it is opened.
    let Ok(model) = Model::decode(bytes) else { return Ok(names) };
    if let Some(graph) = &model.graph {
        of_graph(graph, &mut names);
    }
    for function in &model.functions {
        of_nodes(&function.node, &mut names);
    }
    for name in &names {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._- ".contains(c);
        let is_plain = !name.is_empty() && !name.starts_with('.') && name.chars().all(plain);
        if !is_plain || name.ends_with(".onnx") || name.ends_with(".json") || name.ends_with(".toml") {
            let shown: String = name.chars().take(80).flat_map(char::escape_default).collect();
            return Err(format!(
                "its numbers lie in {shown:?}, which is no plain name for a file beside it: export it again, all in one folder"
            ));
        }
    }
    Ok(names)
}

fn of_graph(graph: &Graph, names: &mut BTreeSet<String>) {
    of_tensors(&graph.initializer, names);
    of_nodes(&graph.node, names);
}

fn of_nodes(nodes: &[Node], names: &mut BTreeSet<String>) {
    for attribute in nodes.iter().flat_map(|node| &node.attribute) {
        of_tensors(attribute.tensor.as_slice(), names);
        of_tensors(&attribute.tensors, names);
        for graph in attribute.graph.iter().chain(&attribute.graphs) {
            of_graph(graph, names);
        }
    }
}

fn of_tensors(tensors: &[Tensor], names: &mut BTreeSet<String>) {
    let external = tensors.iter().filter(|tensor| tensor.data_location == EXTERNAL);
    let entries = external.flat_map(|tensor| &tensor.external_data);
    names.extend(entries.filter(|entry| entry.key == LOCATION).map(|entry| entry.value.clone()));
}

/// The ONNX file at `path` and, by name, the files beside it that its numbers lie in. `None` where there is no such file.
pub(crate) fn files(path: &Path) -> Result<Option<Vec<PathBuf>>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(VisionError::File { path: path.to_owned(), action: "read", source }),
    };
    let names = names(&bytes).map_err(|reason| unusable(path, reason))?;
    let beside = names.iter().map(|name| path.with_file_name(name));
    Ok(Some(std::iter::once(path.to_owned()).chain(beside).collect()))
}

/// sha256 of a model as lower-case hex: of its ONNX file, followed by the files beside it that its numbers lie in, by name. For
/// most models that is the one file's; of two it is what `cat X.onnx X.onnx.data | sha256sum` prints. `None` where there is no ONNX
/// file.
pub(crate) fn sha256_of_model(path: &Path) -> Result<Option<String>> {
    let Some(files) = files(path)? else { return Ok(None) };
    if let Some(missing) = files.iter().find(|file| !file.is_file()) {
        let name = missing.file_name().unwrap_or_default().display();
        return Err(unusable(path, format!("its numbers lie in {name}, which is not beside it")));
    }
    sha256_of_files(&files)
}

fn unusable(path: &Path, reason: String) -> VisionError {
    let remedy = "put there all the files that were exported together".to_owned();
    VisionError::ModelUnusable { path: path.to_owned(), reason, remedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn external(location: &str) -> Tensor {
        let entry = Entry { key: LOCATION.into(), value: location.into() };
        Tensor { external_data: vec![entry], data_location: EXTERNAL }
    }

    fn onnx(graph: Graph) -> Vec<u8> {
        Model { ir_version: 8, graph: Some(graph), functions: vec![] }.encode_to_vec()
    }

    #[test]
    fn every_place_of_a_graph_may_name_a_file() {
        let inner = Graph { initializer: vec![external("inner.data")], ..Graph::default() };
        let attribute =
            Attribute { tensor: Some(external("constant.data")), graph: Some(inner), ..Attribute::default() };
        let graph = Graph {
            node: vec![Node { attribute: vec![attribute] }],
            initializer: vec![external("x.data"), external("x.data"), Tensor::default()],
        };
        let found = names(&onnx(graph)).expect("the names are plain");
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["constant.data", "inner.data", "x.data"]);
    }

    #[test]
    fn no_file_of_another_folder_or_model_is_named() {
        for location in ["../x.data", "/etc/passwd", "a/b", "", ".x", "pnet.onnx", "models.lock.json", "a\nb"]
        {
            let graph = Graph { initializer: vec![external(location)], ..Graph::default() };
            let told = names(&onnx(graph)).expect_err(location);
            assert!(told.contains("no plain name") && !told.contains('\n'), "{told}");
        }
        assert_eq!(names(b"<html>"), Ok(BTreeSet::new()), "what is no ONNX file is told elsewhere");
    }
}
