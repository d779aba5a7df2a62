//! Weight files that strangers made: taken in every form that PyTorch gives them, or refused with one line that says why.

use std::io::{Cursor, Write};
use std::path::Path;

use super::state_dict_file::{NamedTensor, legacy, zipped};
use vision::models::Verdict;
use vision::{Embedder, OnnxRuntime, VisionConfig, models};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A models folder with a model `tiny`: P-Net, whose weights are few and not pinned here.
struct Folder {
    folder: tempfile::TempDir,
    config: VisionConfig,
}

impl Folder {
    fn new() -> Folder {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let own = "[[model]]\nname = \"tiny\"\nfile = \"tiny.onnx\"\nconverter = \"mtcnn-pnet\"\n\
                   source = \"this test\"\nlicence = \"none\"\n";
        std::fs::write(folder.path().join("models.toml"), own).expect("the folder is ours");
        let mut config = VisionConfig::default();
        config.profiles.models_dir = folder.path().to_owned();
        config.profiles.models_file = None;
        Folder { folder, config }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// sha256 of the ONNX file that is made of `bytes`, or why not.
    fn convert(&self, bytes: &[u8]) -> Result<String, String> {
        let weights = self.path().join("weights.pt");
        std::fs::write(&weights, bytes).expect("the folder is ours");
        models::convert(&self.config, "tiny", &weights, None)
            .map(|made| made.sha256)
            .map_err(|error| error.to_string())
    }

    /// The reason why `bytes` are refused; nothing may be left of the attempt.
    fn refusal(&self, bytes: &[u8]) -> String {
        let line = self.convert(bytes).expect_err("it must be refused");
        assert!(!line.contains('\n') && line.len() < 400, "{line}");
        assert!(!self.config.onnx_dir().exists(), "{line}: something was written");
        let (_, reason) = line.split_once("are not usable: ").expect("it says why");
        reason.to_owned()
    }
}

/// P-Net's tensors, small numbers in all of them.
fn tensors() -> Vec<NamedTensor> {
    let shapes: [(&str, &[usize]); 13] = [
        ("conv1.weight", &[10, 3, 3, 3]),
        ("conv1.bias", &[10]),
        ("prelu1.weight", &[10]),
        ("conv2.weight", &[16, 10, 3, 3]),
        ("conv2.bias", &[16]),
        ("prelu2.weight", &[16]),
        ("conv3.weight", &[32, 16, 3, 3]),
        ("conv3.bias", &[32]),
        ("prelu3.weight", &[32]),
        ("conv4_1.weight", &[2, 32, 1, 1]),
        ("conv4_1.bias", &[2]),
        ("conv4_2.weight", &[4, 32, 1, 1]),
        ("conv4_2.bias", &[4]),
    ];
    let numbers = |count: usize| (0..count).map(|i| (i % 7) as f32 / 8.0 - 0.375).collect();
    let tensor =
        |(name, shape): (&str, &[usize])| NamedTensor::floats(name, shape, numbers(shape.iter().product()));
    shapes.into_iter().map(tensor).collect()
}

/// A legacy file whose state dict is this pickle.
fn with_state(pickle: &[u8]) -> Vec<u8> {
    let whole = legacy(&[]);
    let empty_state: &[u8] = b"\x80\x02ccollections";
    let at = whole.windows(empty_state.len()).position(|w| w == empty_state).expect("it has a state dict");
    [&whole[..at], pickle].concat()
}

fn zip_of(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in entries {
        archive
            .start_file(*name, SimpleFileOptions::default().compression_method(method))
            .expect("memory takes it");
        archive.write_all(bytes).expect("memory takes it");
    }
    archive.finish().expect("memory takes it").into_inner()
}

#[test]
fn both_formats_make_the_same_file() {
    let folder = Folder::new();
    let old = folder.convert(&legacy(&tensors())).expect("it is whole");
    assert_eq!(folder.convert(&zipped(&tensors())), Ok(old));
}

/// A file of `tests/models`, whose README says what wrote it.
fn made_by_others(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/models").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn whatever_pytorch_writes_is_taken_or_named() {
    let folder = Folder::new();
    for (file, name) in [
        (
            "whole-model.pt",
            "pickle global torch.nn.modules.linear.Linear is not allowed: a state dict names none",
        ),
        ("script.pt", "it is a TorchScript archive, not a state dict"),
        (
            "two.pt",
            "the file holds several state dicts (generator, critic): torch.save(torch.load(IN)[KEY], OUT)",
        ),
        ("two.onnx", "it is an ONNX file, which needs no converting"),
    ] {
        let reason = folder.refusal(&made_by_others(file));
        assert!(reason.starts_with(name), "{file}: {reason}");
    }
    let plain = folder.convert(&zipped(&tensors())).expect("it is whole");
    for file in ["checkpoint-half.pt", "bfloat16-legacy.pt", "bfloat16.safetensors"] {
        assert_eq!(folder.convert(&made_by_others(file)).as_ref(), Ok(&plain), "{file}");
    }
}

#[test]
fn a_net_of_another_shape_than_its_profile_is_told_when_it_is_opened() {
    let folder = Folder::new();
    folder.convert(&legacy(&tensors())).expect("it is whole");
    let path = folder.path().join("models.toml");
    let models = std::fs::read_to_string(&path).expect("the folder is ours");
    let profile = "[[embedder]]\nname = \"mine\"\nmodel = \"tiny\"\ninput_side = 112\ncolours = \"rgb\"\n\
                   mean = [0, 0, 0]\nscale = 1.0\nalignment = \"five-point-112\"\ndimension = 128\n\
                   centred = false\npurify = { rule = \"fixed\", threshold_raw = 0.4, threshold_centred = 0.4 }\n";
    let runtime = OnnxRuntime::load(&VisionConfig::default()).expect("`make setup` has fetched onnx runtime");
    let refusal = |entries: String| {
        std::fs::write(&path, entries).expect("the folder is ours");
        Embedder::open(&runtime, &folder.config, "mine")
            .map(|_| ())
            .expect_err("P-Net embeds nothing")
            .to_string()
    };
    let line = refusal(format!("{models}{profile}"));
    assert!(line.contains("is not what profile mine says: its output has shape [-1, 4, -1, -1]"), "{line}");
    // Another file than the pinned one is not even opened.
    let pinned = models.replace("licence", &format!("sha256 = \"{}\"\nlicence", "0".repeat(64)));
    let line = refusal(format!("{pinned}{profile}"));
    assert!(line.contains("its sha256 is not the 0000"), "{line}");
    // An ONNX file that is none.
    std::fs::write(folder.config.onnx_file("tiny.onnx"), "nothing of the kind").expect("the folder is ours");
    let line = refusal(format!("{models}{profile}"));
    let told = "tiny.onnx is not usable (it is text, not an ONNX file): `avzeus models convert FILE --model tiny` makes it";
    assert!(line.ends_with(told) && !line.contains('\n'), "{line}");
}

#[test]
fn a_net_in_two_files_is_verified_whole() {
    let folder = Folder::new();
    let entry = |more: &str| {
        let own = format!(
            "[[model]]\nname = \"two\"\nfile = \"two.onnx\"\nsource = \"this test\"\nlicence = \"none\"\n{more}"
        );
        std::fs::write(folder.path().join("models.toml"), own).expect("the folder is ours");
    };
    let verdict = || {
        let config = VisionConfig {
            onnxruntime: Some(VisionConfig::default().onnxruntime_library()),
            ..folder.config.clone()
        };
        let verified = models::verify(&config).expect("`make setup` has fetched onnx runtime");
        verified.into_iter().find(|model| model.name == "two").expect("it is in the catalog").verdict
    };
    let put = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.config.onnx_file(name), bytes).expect("the folder is ours")
    };
    entry("");
    std::fs::create_dir(folder.config.onnx_dir()).expect("the folder is ours");
    put("two.onnx", &made_by_others("two.onnx"));
    let Verdict::Bad { reason } = verdict() else { panic!("half of it is missing") };
    assert!(reason.contains("its numbers lie in two.onnx.data, which is not beside it"), "{reason}");

    let mut data = made_by_others("two.onnx.data");
    put("two.onnx.data", &data);
    let Verdict::Opens { sha256, recorded: false } = verdict() else {
        panic!("nothing is recorded: {:?}", verdict())
    };
    entry(&format!("sha256 = \"{sha256}\"\n"));
    assert_eq!(verdict(), Verdict::Opens { sha256, recorded: true });
    data[100] ^= 1;
    put("two.onnx.data", &data);
    let Verdict::Bad { reason } = verdict() else { panic!("a number is another") };
    assert!(reason.contains("its sha256 is not the"), "{reason}");
}

#[test]
fn what_is_no_state_dict_says_so() {
    let folder = Folder::new();
    assert_eq!(folder.refusal(b""), "it is empty, not a PyTorch state dict or safetensors");
    assert!(folder.refusal(b"<html>404</html>").starts_with("it is a web page, not"));
    assert_eq!(folder.refusal(b"\x80\x02K\x01."), "not a pytorch file");
    let other = zip_of(&[("a.txt", b"hello")], CompressionMethod::Stored);
    assert!(folder.refusal(&other).contains("no data.pkl"));
    assert!(folder.refusal(&with_state(b"\x80\x02K\x01.\x80\x02].")).contains("no dict"));
    let without = folder.refusal(&legacy(&tensors()[1..]));
    assert!(
        without.starts_with("there is no tensor conv1.weight; those that are left begin with conv1.bias,")
    );
    let mut reshaped = tensors();
    reshaped[1].shape = vec![5, 2];
    assert!(folder.refusal(&legacy(&reshaped)).contains("conv1.bias has shape [5, 2], not [10]"));
    let mut broken = tensors();
    broken[1] = NamedTensor::floats("conv1.bias", &[10], vec![f32::NAN; 10]);
    assert_eq!(folder.refusal(&legacy(&broken)), "conv1.bias holds NaN");
    broken[1] = NamedTensor::counter("conv1.bias", 7);
    assert!(folder.refusal(&zipped(&broken)).contains("conv1.bias has shape []"));
}

#[test]
fn a_file_that_is_cut_off_is_refused_wherever_it_is_cut() {
    let folder = Folder::new();
    for whole in [legacy(&tensors()), zipped(&tensors())] {
        for share in 1..20 {
            folder.refusal(&whole[..whole.len() * share / 20]);
        }
        folder.refusal(&whole[..whole.len() - 1]);
    }
}

#[test]
fn no_byte_that_changes_makes_it_panic() {
    let folder = Folder::new();
    for whole in [legacy(&tensors()), zipped(&tensors())] {
        // Prime, so that every part of the structures is met; the numbers between are just numbers.
        for at in (0..whole.len()).step_by(37) {
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            let _either = folder.convert(&changed);
        }
    }
}

#[test]
fn a_pickle_runs_nothing() {
    let folder = Folder::new();
    let mark = folder.path().join("it-ran");
    let command = format!("touch {}", mark.display());
    let mut attack = b"\x80\x02cposix\nsystem\nX".to_vec();
    attack.extend((command.len() as u32).to_le_bytes());
    attack.extend(command.bytes());
    attack.extend(b"\x85R.");
    let refused = "pickle global posix.system is not allowed";
    assert!(folder.refusal(&with_state(&attack)).contains(refused));
    let archive = zip_of(&[("archive/data.pkl", &attack)], CompressionMethod::Stored);
    assert!(folder.refusal(&archive).contains(refused));
    for gadget in [
        "c__builtin__\neval\n.",
        "cbuiltins\nexec\n.",
        "ctorch._utils\n_rebuild_tensor\n.",
        "cnumpy\nload\n.",
    ] {
        let pickle = [b"\x80\x02", gadget.as_bytes()].concat();
        assert!(folder.refusal(&with_state(&pickle)).contains("is not allowed"), "{gadget}");
    }
    // STACK_GLOBAL names by texts.
    let by_texts = [b"\x80\x04\x8c\x05posix\x8c\x06system\x93".as_slice(), b"."].concat();
    assert!(folder.refusal(&with_state(&by_texts)).contains(refused));
    // INST, OBJ, NEWOBJ, EXT1 and NEWOBJ_EX call or name things in other ways.
    for opcode in [b'i', b'o', 0x81, 0x82, 0x92] {
        let pickle = [0x80, 2, opcode, b'.'];
        assert!(folder.refusal(&with_state(&pickle)).contains("is not allowed"), "{opcode}");
    }
    assert!(!mark.exists());
}

#[test]
fn a_pickle_cannot_swell() {
    let folder = Folder::new();
    // A pair of itself, forty times over: 2⁴⁰ values if recalling copied.
    let mut doubling = b"\x80\x02)q\x00".to_vec();
    (0..40).for_each(|_| doubling.extend(b"h\x00\x86q\x00h\x00"));
    doubling.push(b'.');
    folder.refusal(&with_state(&doubling));
    let mut pairs = b"\x80\x02)q\x00".to_vec();
    (0..40).for_each(|_| pairs.extend(b"h\x00h\x00\x86q\x00"));
    pairs.push(b'.');
    assert!(folder.refusal(&with_state(&pairs)).contains("nests deeper than 8"));
    // A million tuples in one another would overflow the stack when they are dropped.
    let deep = [b"\x80\x02)".to_vec(), vec![0x85; 1_000_000], b".".to_vec()].concat();
    assert!(folder.refusal(&with_state(&deep)).contains("nests deeper than 8"));
    // A list that is remembered again and again would be copied each time.
    let list = [b"\x80\x02](".to_vec(), b"K\x01".repeat(100_000), b"e".to_vec()].concat();
    let mut remembered = list;
    (0..100_000_u32).for_each(|index| {
        remembered.push(b'r');
        remembered.extend(index.to_le_bytes());
    });
    remembered.push(b'.');
    folder.refusal(&with_state(&remembered));
    // The same in one byte each, as protocol 4 has it.
    let remembered = [b"\x80\x04)".to_vec(), vec![0x94; 1 << 20], b".".to_vec()].concat();
    assert!(folder.refusal(&with_state(&remembered)).contains("remembers more than"));
    let long = [b"\x80\x02(".to_vec(), vec![b'N'; 3 << 20], b"t.".to_vec()].concat();
    assert!(folder.refusal(&with_state(&long)).contains("is longer than"));
    // A text of 4 GB that is not there.
    assert!(folder.refusal(&with_state(b"\x80\x02X\xff\xff\xff\xffa.")).contains("ends too early"));
}

#[test]
fn declared_sizes_are_not_believed() {
    let folder = Folder::new();
    let state = |offset: &str, shape: &str| {
        let mut pickle = b"\x80\x02}X\x0c\x00\x00\x00conv1.weight".to_vec();
        pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n");
        pickle.extend(b"X\x01\x00\x00\x000X\x03\x00\x00\x00cpuJ\xff\xff\xff\x7ftQ");
        pickle.extend(offset.bytes());
        pickle.extend(shape.bytes());
        pickle.extend(b"(K\x1bK\x09K\x03K\x01t\x89)tRs.");
        pickle
    };
    let file = |offset: &str, shape: &str, count: i64| {
        let mut file = with_state(&state(offset, shape));
        file.extend(b"\x80\x02]X\x01\x00\x00\x000a.");
        file.extend(count.to_le_bytes());
        file.extend([0; 64]);
        file
    };
    let right = "(K\x0aK\x03K\x03K\x03t";
    for count in [i64::MAX, 1 << 60, 1000, -1] {
        assert_eq!(folder.refusal(&file("K\x00", right, count)), "the storages are cut off", "{count}");
    }
    assert_eq!(folder.refusal(&file("K\x00", right, 16)), "conv1.weight reaches beyond its storage");
    let shape = "(J\x7f\x7f\x7f\x7fJ\x7f\x7f\x7f\x7fJ\x7f\x7f\x7f\x7fJ\x7f\x7f\x7f\x7ft";
    assert!(folder.refusal(&file("K\x00", shape, 16)).contains("conv1.weight has shape"));
    assert!(folder.refusal(&file("K\x00", &format!("({}t", "K\x01".repeat(9)), 16)).contains("8 dimensions"));
}

#[test]
fn an_archive_cannot_swell() {
    let folder = Folder::new();
    // A gigabyte of zeros would be a megabyte here; ten of them are enough to see that it is not unpacked.
    let zeros = vec![0; 10 << 20];
    let bomb = zip_of(
        &[("archive/data.pkl", b"\x80\x02}."), ("archive/data/0", &zeros)],
        CompressionMethod::Deflated,
    );
    assert!(bomb.len() < 100_000);
    assert!(folder.refusal(&bomb).contains("is compressed"));
    let big_endian = zip_of(
        &[("archive/data.pkl", b"\x80\x02}."), ("archive/byteorder", b"big")],
        CompressionMethod::Stored,
    );
    assert_eq!(folder.refusal(&big_endian), "its numbers are big-endian");
    // A byte of a tensor changed: the archive's checksum tells.
    let mut whole = zipped(&tensors());
    let name = b"archive/data/3";
    let at = whole.windows(name.len()).position(|w| w == name).expect("it has four storages") + name.len();
    whole[at + 20] ^= 1;
    assert!(folder.refusal(&whole).starts_with("archive/data/3: "));
}
