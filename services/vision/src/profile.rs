//! What the house knows about its nets: `models.toml`, compiled in and read into types.

use domain::purify::PurifyRule;
use serde::{Deserialize, Serialize};

use crate::error::{Result, VisionError};

/// Everything in `models.toml`.
#[derive(Debug, Clone, Deserialize)]
pub struct Catalog {
    /// One per ONNX file.
    #[serde(rename = "model")]
    pub models: Vec<Model>,
    /// Ways to find faces.
    #[serde(rename = "detector")]
    pub detectors: Vec<Cascade>,
    /// Ways to turn a face into a vector.
    #[serde(rename = "embedder")]
    pub embedders: Vec<Profile>,
}

impl Catalog {
    /// The compiled-in catalog.
    pub fn builtin() -> Catalog {
        toml::from_str(include_str!("models/models.toml"))
            .expect("models.toml is checked by this crate's tests")
    }

    /// The model called `name`.
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }
}

/// One ONNX file, and what it is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What profiles call it.
    pub name: String,
    /// File name under the models folder's `models/`.
    pub file: String,
    /// How the weights become a graph; without one, the file is put in place by hand.
    pub converter: Option<Converter>,
    /// Downloaded package that holds the weights, `*` for its version.
    pub package: Option<String>,
    /// The weight file's path inside the package (for a source archive: the end of it).
    pub member: Option<String>,
    /// sha256 of the weight file, lower-case hex.
    pub weights_sha256: Option<String>,
    /// Where the weights come from, for people.
    pub source: String,
    /// The weights' licence.
    pub licence: String,
}

/// How a weight file becomes an ONNX graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Converter {
    /// PyTorch state dict of P-Net.
    MtcnnPnet,
    /// PyTorch state dict of R-Net.
    MtcnnRnet,
    /// PyTorch state dict of O-Net.
    MtcnnOnet,
    /// dlib's serialised ResNet.
    DlibResnet,
    /// PyTorch state dict of facenet-pytorch's InceptionResnetV1.
    InceptionResnetV1,
}

/// The detector: three nets and the numbers of their cascade.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cascade {
    /// What it is called.
    pub name: String,
    /// P-Net, R-Net and O-Net.
    pub models: [String; 3],
    /// Probability a candidate needs to pass each net.
    pub thresholds: [f32; 3],
    /// Ratio of one pyramid level's side to the one before.
    pub factor: f64,
    /// Net input is `(v − mean) · scale`, for every colour.
    pub mean: f32,
    /// Net input is `(v − mean) · scale`.
    pub scale: f32,
}

impl Cascade {
    /// MTCNN as facenet-pytorch runs it.
    pub fn mtcnn() -> Cascade {
        let mut detectors = Catalog::builtin().detectors;
        detectors.swap_remove(0)
    }
}

/// An embedder: its net, its input and what its vectors are like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What it is called: `AVZEUS_PROFILE`.
    pub name: String,
    /// Its net, the name of a [`Model`].
    pub model: String,
    /// Side of the square input in pixels.
    pub input_side: u32,
    /// Order of the input's channels.
    pub colours: ColourOrder,
    /// Net input is `(v − mean) · scale`; one mean a channel, in the order of `colours`.
    pub mean: [f32; 3],
    /// Net input is `(v − mean) · scale`.
    pub scale: f32,
    /// How a face is brought into the input.
    pub alignment: Alignment,
    /// Length of the vectors.
    pub dimension: usize,
    /// Whether catalogue vectors are centred on the catalogue's mean before cosines.
    pub centred: bool,
    /// How crops of other people are told, with numbers calibrated for this net.
    pub purify: Purify,
}

impl Profile {
    /// The embedder profile called `name`.
    pub fn named(name: &str) -> Result<Profile> {
        Catalog::builtin()
            .embedders
            .into_iter()
            .find(|profile| profile.name == name)
            .ok_or_else(|| VisionError::UnknownProfile { kind: "embedder", name: name.into() })
    }

    /// The purify rule for vectors as this profile's catalogue holds them.
    pub fn purify_rule(&self) -> PurifyRule {
        self.purify.rule_for(self.centred)
    }
}

/// Order of colour channels in a net's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColourOrder {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

/// How a face is brought into a net's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alignment {
    /// The box with facenet-pytorch's margin of 10, resized.
    Box,
    /// A similarity that takes the five landmarks to their places on the chip.
    FivePoint,
}

/// Which purify rule fits a net's vectors, and its thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purify {
    /// The kind of rule.
    pub rule: PurifyKind,
    /// Cosine threshold for vectors as the net gives them.
    pub threshold_raw: f32,
    /// Cosine threshold for vectors centred on the catalogue's mean.
    pub threshold_centred: f32,
}

impl Purify {
    /// The rule for centred or raw vectors.
    pub fn rule_for(&self, centred: bool) -> PurifyRule {
        let threshold = if centred { self.threshold_centred } else { self.threshold_raw };
        match self.rule {
            PurifyKind::CoreCentroid => PurifyRule::CoreCentroid { threshold },
            PurifyKind::Fixed => PurifyRule::Fixed { threshold },
        }
    }
}

/// The kinds of `domain::purify::PurifyRule`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PurifyKind {
    /// Cosine to the centroid of the densest core.
    CoreCentroid,
    /// Mean cosine to all others.
    Fixed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalog_reads_and_its_names_resolve() {
        let catalog = Catalog::builtin();
        for name in catalog.detectors.iter().flat_map(|d| &d.models) {
            assert!(catalog.model(name).is_some(), "{name}");
        }
        for profile in &catalog.embedders {
            assert!(catalog.model(&profile.model).is_some(), "{}", profile.name);
            assert!(profile.dimension > 0 && profile.input_side > 0);
        }
        for model in &catalog.models {
            let packaged = model.package.is_some();
            assert_eq!(
                [model.member.is_some(), model.weights_sha256.is_some()],
                [packaged; 2],
                "{}",
                model.name
            );
            assert!(model.converter.is_some(), "{}", model.name);
        }
        assert_eq!(Cascade::mtcnn().thresholds, [0.6, 0.7, 0.7]);
    }

    #[test]
    fn a_profile_gives_the_rule_for_how_its_vectors_are_kept() {
        let dlib = Profile::named("dlib-resnet-v1").expect("it is built in");
        assert_eq!((dlib.dimension, dlib.input_side), (128, 150));
        assert_eq!(dlib.purify_rule(), PurifyRule::CoreCentroid { threshold: 0.5 });
        assert_eq!(dlib.purify.rule_for(false), PurifyRule::CoreCentroid { threshold: 0.92 });
    }

    #[test]
    fn an_unknown_profile_is_named() {
        let line = Profile::named("arcface").expect_err("it is not built in").to_string();
        assert!(line.contains("\"arcface\"") && line.contains("avzeus models list"), "{line}");
    }
}
