//! Where the models and ONNX Runtime lie, and how hard they may work.

use std::path::{Path, PathBuf};

use clap::{Args, Parser};

use crate::catalog::Catalog;
use crate::error::Result;
use crate::execution::{Build, Choice, Offer, PrecisionSetting, ProviderSetting, choose};
use crate::openvino;
use crate::profile::Profile;

/// Flags = environment variables of everything that has to know the embedder profile.
#[derive(Debug, Clone, Args)]
pub struct ProfileConfig {
    /// Folder of model files: downloads/, onnxruntime/ and models/, and your own models.toml.
    #[arg(long, env = "AVZEUS_MODELS_DIR", default_value_os_t = default_models_dir(), value_name = "DIR")]
    pub models_dir: PathBuf,

    /// Models and embedder profiles of your own, in the shape of the built-in ones; a name that is built in too
    /// is replaced [default: models.toml in the models folder, where there is one]
    #[arg(long, env = "AVZEUS_MODELS_FILE", value_name = "FILE")]
    pub models_file: Option<PathBuf>,

    /// Embedder profile, one of those that `avzeus models list` names.
    #[arg(long, env = "AVZEUS_PROFILE", default_value = "dlib-resnet-v1", value_name = "NAME")]
    pub profile: String,
}

impl ProfileConfig {
    /// The profile that is in use.
    pub fn chosen(&self) -> Result<Profile> {
        Catalog::load(self)?.profile(&self.profile)
    }
}

/// Flags = environment variables of everything that runs a net; flatten it into a service's config.
#[derive(Debug, Clone, Args)]
pub struct VisionConfig {
    #[command(flatten)]
    #[allow(missing_docs, reason = "a comment here would replace the command's own help")]
    pub profiles: ProfileConfig,

    /// ONNX Runtime's shared library, for the CPU provider [default: onnxruntime/libonnxruntime.so under the models folder]
    #[arg(long, env = "AVZEUS_ONNXRUNTIME", value_name = "FILE")]
    pub onnxruntime: Option<PathBuf>,

    /// Provider of ONNX Runtime that embeds faces. (They are found by the CPU provider in f32 always.)
    #[arg(long, env = "AVZEUS_ONNX_PROVIDER", value_enum, default_value_t, value_name = "PROVIDER")]
    pub onnx_provider: ProviderSetting,

    /// Precision in which a net that embeds multiplies.
    #[arg(long, env = "AVZEUS_ONNX_PRECISION", value_enum, default_value_t, value_name = "PRECISION")]
    pub onnx_precision: PrecisionSetting,

    /// Folder of the build of ONNX Runtime with OpenVINO [default: onnxruntime-openvino under the models folder]
    #[arg(long, env = "AVZEUS_OPENVINO_DIR", value_name = "DIR")]
    pub openvino_dir: Option<PathBuf>,

    /// Threads inside one net. One is best for throughput (run several detectors side by side);
    /// more shortens the wait for a single picture.
    #[arg(long, env = "AVZEUS_VISION_THREADS", default_value_t = 1, value_name = "N")]
    pub vision_threads: usize,
}

impl VisionConfig {
    /// The ONNX Runtime library of the CPU provider.
    pub fn onnxruntime_library(&self) -> PathBuf {
        self.onnxruntime
            .clone()
            .unwrap_or_else(|| self.profiles.models_dir.join("onnxruntime").join(library_name()))
    }

    /// Folder of the build with OpenVINO.
    pub fn openvino_folder(&self) -> PathBuf {
        self.openvino_dir.clone().unwrap_or_else(|| self.profiles.models_dir.join("onnxruntime-openvino"))
    }

    /// How embedders are to run here, as far as files and processor tell; nothing is loaded for it.
    pub fn choice(&self) -> Choice {
        let openvino = match &self.onnxruntime {
            Some(library) if self.onnx_provider == ProviderSetting::Auto => {
                Build::Absent(format!("AVZEUS_ONNXRUNTIME names {}", library.display()))
            }
            _ => openvino::build(&self.openvino_folder()),
        };
        choose(self.onnx_provider, self.onnx_precision, &Offer { has_bf16: openvino::has_bf16(), openvino })
    }

    /// The same, for whoever only looks for faces: the build with OpenVINO would only take memory.
    pub fn for_detection(&self) -> VisionConfig {
        VisionConfig {
            onnx_provider: ProviderSetting::Cpu,
            onnx_precision: PrecisionSetting::F32,
            ..self.clone()
        }
    }

    /// Where the fetched packages lie.
    pub fn downloads_dir(&self) -> PathBuf {
        self.profiles.models_dir.join("downloads")
    }

    /// Where the ONNX files and their lock lie.
    pub fn onnx_dir(&self) -> PathBuf {
        self.profiles.models_dir.join("models")
    }

    /// The ONNX file called `file`.
    pub fn onnx_file(&self, file: &str) -> PathBuf {
        self.onnx_dir().join(file)
    }

    /// sha256 of every ONNX file and of what it was made from.
    pub fn lock_file(&self) -> PathBuf {
        self.onnx_dir().join("models.lock.json")
    }

    /// `vision_threads`, at least one.
    pub fn threads(&self) -> usize {
        self.vision_threads.max(1)
    }
}

impl Default for VisionConfig {
    /// What a process started with no flags gets, the environment's AVZEUS_ variables included.
    fn default() -> Self {
        #[derive(Parser)]
        struct NoFlags {
            #[command(flatten)]
            vision: VisionConfig,
        }
        NoFlags::try_parse_from(["vision"]).map(|flags| flags.vision).unwrap_or_else(|_| VisionConfig {
            profiles: ProfileConfig {
                models_dir: default_models_dir(),
                models_file: None,
                profile: "dlib-resnet-v1".into(),
            },
            onnxruntime: None,
            onnx_provider: ProviderSetting::default(),
            onnx_precision: PrecisionSetting::default(),
            openvino_dir: None,
            vision_threads: 1,
        })
    }
}

/// `$XDG_CACHE_HOME/avzeus`, else `~/.cache/avzeus`.
pub fn default_models_dir() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    match (set("XDG_CACHE_HOME"), set("HOME")) {
        (Some(cache), _) => Path::new(&cache).join("avzeus"),
        (None, Some(home)) => Path::new(&home).join(".cache").join("avzeus"),
        (None, None) => PathBuf::from(".cache").join("avzeus"),
    }
}

fn library_name() -> &'static str {
    if cfg!(target_os = "macos") { "libonnxruntime.dylib" } else { "libonnxruntime.so" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        vision: VisionConfig,
    }

    #[test]
    fn everything_lies_under_the_models_folder_unless_told_otherwise() {
        let flags = Flags::parse_from(["x", "--models-dir", "/m"]).vision;
        assert_eq!(flags.downloads_dir(), Path::new("/m/downloads"));
        assert_eq!(flags.onnx_file("pnet.onnx"), Path::new("/m/models/pnet.onnx"));
        assert_eq!(flags.lock_file(), Path::new("/m/models/models.lock.json"));
        if flags.onnxruntime.is_none() {
            assert!(flags.onnxruntime_library().starts_with("/m/onnxruntime"));
        }
    }

    #[test]
    fn a_library_that_is_named_is_used() {
        let flags = Flags::parse_from(["x", "--onnxruntime", "/lib/ort.so"]).vision;
        assert_eq!(flags.onnxruntime_library(), Path::new("/lib/ort.so"));
    }

    #[test]
    fn zero_threads_means_one() {
        let flags = Flags::parse_from(["x", "--vision-threads", "0"]).vision;
        assert_eq!(flags.threads(), 1);
    }
}
