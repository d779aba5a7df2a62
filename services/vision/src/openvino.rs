//! The build of ONNX Runtime with the OpenVINO provider: whether it is there and whole, and how its sessions are set.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ort::ep::{ArbitrarilyConfigurableExecutionProvider, ExecutionProviderDispatch, OpenVINO};
use serde_json::json;

use crate::execution::{Build, Precision};

/// The library that is loaded; it loads the others, which lie beside it.
pub(crate) const LIBRARY: &str = "libonnxruntime.so";
/// The provider that it loads for a session that asks for it.
const PROVIDER: &str = "libonnxruntime_providers_openvino.so";
/// Beginning of a library, in bytes, that holds its list of parts.
const LOOKED_AT: u64 = 4096;

/// Whether the processor multiplies in bf16. Every one with tiles for it (AMX) has the vector instructions, too.
pub(crate) fn has_bf16() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512bf16");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

/// Looks at the files of `folder` without loading them.
pub(crate) fn build(folder: &Path) -> Build {
    let shown = folder.display();
    if !folder.is_dir() {
        return Build::Absent(format!(
            "no OpenVINO build of ONNX Runtime is in {shown}: `make setup` fetches it where it is of use"
        ));
    }
    for name in [LIBRARY, PROVIDER] {
        if !folder.join(name).is_file() {
            return Build::Unusable(format!(
                "{shown} has no {name}: remove it, and `make setup` fetches all of it"
            ));
        }
    }
    let files = match std::fs::read_dir(folder) {
        Ok(files) => files,
        Err(error) => return Build::Unusable(format!("{shown} cannot be read: {error}")),
    };
    for file in files.flatten() {
        let path = file.path();
        // A library that was cut off, by a full disk say, ends the process as soon as the missing part is used.
        let is_library = path.file_name().is_some_and(|name| name.to_string_lossy().contains(".so"));
        if is_library && !is_whole(&path).unwrap_or(false) {
            let path = path.display();
            return Build::Unusable(format!(
                "{path} is cut off or no library: remove {shown}, and `make setup` fetches it again"
            ));
        }
    }
    Build::There
}

/// Whether an ELF file of 64 bits has all of the parts that are mapped when it is loaded.
fn is_whole(path: &Path) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut begins = Vec::new();
    file.by_ref().take(LOOKED_AT).read_to_end(&mut begins)?;
    let number = |at: usize, bytes: usize| {
        let field = begins.get(at..at.checked_add(bytes)?)?;
        Some(field.iter().rev().fold(0_u64, |value, byte| value << 8 | u64::from(*byte)))
    };
    // Fields of Elf64_Ehdr: e_phoff at 32, e_phentsize at 54, e_phnum at 56; of Elf64_Phdr: p_offset at 8, p_filesz at 32.
    let parts = || {
        let (first, size, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
        for part in 0..count {
            let at = usize::try_from(first.checked_add(part * size)?).ok()?;
            let end = number(at.checked_add(8)?, 8)?.checked_add(number(at.checked_add(32)?, 8)?)?;
            if end > length {
                return None;
            }
        }
        Some(count)
    };
    Ok(begins.starts_with(b"\x7fELF") && parts().is_some_and(|count| count > 0))
}

/// The provider for sessions of so many `threads`.
pub(crate) fn provider(precision: Precision, threads: usize) -> ExecutionProviderDispatch {
    let cpu = json!({
        // Never left to OpenVINO, which takes bf16 by itself where the processor has it.
        "INFERENCE_PRECISION_HINT": precision.name(),
        "INFERENCE_NUM_THREADS": threads.to_string(),
        "PERFORMANCE_HINT": "LATENCY",
        // It would bind the calling thread to one core: several nets would share it while others idle.
        "ENABLE_CPU_PINNING": "NO",
    });
    OpenVINO::default()
        .with_device_type("CPU")
        .with_arbitrary_config("load_config", json!({ "CPU": cpu }).to_string())
        .build()
        .error_on_failure()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_absent_incomplete_cut_off_or_there() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("openvino");
        assert!(matches!(build(&path), Build::Absent(_)));
        std::fs::create_dir(&path).expect("a folder can be made");
        assert!(matches!(build(&path), Build::Unusable(_)), "it is empty");

        // This test's own program stands for the libraries: what is looked at, every ELF file has.
        let whole = std::fs::read(std::env::current_exe().expect("a test knows its program"));
        let whole = whole.expect("it can be read");
        for name in [LIBRARY, PROVIDER] {
            std::fs::write(path.join(name), &whole).expect("a file can be written");
        }
        std::fs::write(path.join("VERSION"), "1").expect("a file can be written");
        if cfg!(target_os = "linux") {
            assert_eq!(build(&path), Build::There);
        }
        for damaged in [
            &whole[..whole.len() / 4],
            &whole[..50],
            b"no library at all, however long it may be, and so on and on",
        ] {
            std::fs::write(path.join("libtbb.so.12"), damaged).expect("a file can be written");
            let Build::Unusable(reason) = build(&path) else { panic!("it is damaged") };
            assert!(reason.contains("libtbb.so.12"), "{reason}");
        }
    }
}
