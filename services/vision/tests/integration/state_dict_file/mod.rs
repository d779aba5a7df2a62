//! Writes state dicts as PyTorch does, in both of its formats.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A tensor to be written, row-major.
pub(crate) struct NamedTensor {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) numbers: Numbers,
}

/// Its numbers.
pub(crate) enum Numbers {
    Floats(Vec<f32>),
    /// A counter, as batch norms have one.
    Counter(i64),
}

impl NamedTensor {
    pub(crate) fn floats(name: &str, shape: &[usize], numbers: Vec<f32>) -> NamedTensor {
        NamedTensor { name: name.into(), shape: shape.to_vec(), numbers: Numbers::Floats(numbers) }
    }

    pub(crate) fn counter(name: &str, count: i64) -> NamedTensor {
        NamedTensor { name: name.into(), shape: vec![], numbers: Numbers::Counter(count) }
    }

    fn storage(&self) -> (&'static str, usize) {
        match &self.numbers {
            Numbers::Floats(numbers) => ("FloatStorage", numbers.len()),
            Numbers::Counter(_) => ("LongStorage", 1),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match &self.numbers {
            Numbers::Floats(numbers) => numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
            Numbers::Counter(count) => count.to_le_bytes().to_vec(),
        }
    }
}

/// The format before PyTorch 1.6.
pub(crate) fn legacy(tensors: &[NamedTensor]) -> Vec<u8> {
    let mut file = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.".to_vec();
    file.extend(b"\x80\x02}q\x00(");
    text(&mut file, "protocol_version");
    file.extend(b"M\xe9\x03");
    text(&mut file, "little_endian");
    file.extend(b"\x88u.");
    // A legacy storage's id ends with the view it is of, which is None.
    file.extend(state(tensors, b"N"));
    file.extend(b"\x80\x02](");
    (0..tensors.len()).for_each(|key| text(&mut file, &key.to_string()));
    file.extend(b"e.");
    for tensor in tensors {
        file.extend((tensor.storage().1 as i64).to_le_bytes());
        file.extend(tensor.bytes());
    }
    file
}

/// The format since PyTorch 1.6.
pub(crate) fn zipped(tensors: &[NamedTensor]) -> Vec<u8> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut archive = ZipWriter::new(Cursor::new(vec![]));
    let mut put = |name: &str, bytes: &[u8]| {
        archive.start_file(format!("archive/{name}"), stored).expect("memory takes it");
        archive.write_all(bytes).expect("memory takes it");
    };
    put("data.pkl", &state(tensors, b""));
    put("byteorder", b"little");
    for (key, tensor) in tensors.iter().enumerate() {
        put(&format!("data/{key}"), &tensor.bytes());
    }
    put("version", b"3\n");
    archive.finish().expect("memory takes it").into_inner()
}

/// The pickle of an OrderedDict of tensors, the i-th in storage i.
fn state(tensors: &[NamedTensor], id_end: &[u8]) -> Vec<u8> {
    let mut pickle = b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01(".to_vec();
    for (key, tensor) in tensors.iter().enumerate() {
        let (storage, count) = tensor.storage();
        text(&mut pickle, &tensor.name);
        pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        text(&mut pickle, "storage");
        pickle.extend(format!("ctorch\n{storage}\n").bytes());
        text(&mut pickle, &key.to_string());
        text(&mut pickle, "cpu");
        integer(&mut pickle, count);
        pickle.extend(id_end);
        pickle.extend(b"tQK\x00");
        let strides = (0..tensor.shape.len()).map(|d| tensor.shape[d + 1..].iter().product());
        tuple(&mut pickle, tensor.shape.iter().copied());
        tuple(&mut pickle, strides);
        pickle.extend(b"\x89h\x00)RtR");
    }
    // The dict's attributes: the version of every module.
    pickle.extend(b"u}");
    text(&mut pickle, "_metadata");
    pickle.extend(b"h\x00)R(");
    text(&mut pickle, "");
    pickle.extend(b"}");
    text(&mut pickle, "version");
    pickle.extend(b"K\x01susb.");
    pickle
}

fn tuple(pickle: &mut Vec<u8>, sizes: impl Iterator<Item = usize>) {
    pickle.push(b'(');
    sizes.for_each(|size| integer(pickle, size));
    pickle.push(b't');
}

fn integer(pickle: &mut Vec<u8>, value: usize) {
    pickle.push(b'J');
    pickle.extend((value as i32).to_le_bytes());
}

fn text(pickle: &mut Vec<u8>, text: &str) {
    pickle.push(b'X');
    pickle.extend((text.len() as u32).to_le_bytes());
    pickle.extend(text.bytes());
}
