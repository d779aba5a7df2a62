//! Faces into vectors.

use image::RgbImage;
use ndarray::{Array4, ArrayView3, Axis, Ix2, s};
use ort::session::Session;
use ort::value::TensorRef;
use serde::Serialize;

use crate::catalog::Catalog;
use crate::config::VisionConfig;
use crate::crops::{FACE_MARGIN, FaceCrops, box_crop};
use crate::error::{Result, VisionError};
use crate::execution::{Choice, REFERENCE};
use crate::face::Face;
use crate::net_shape::{self, Batch};
use crate::onnx_runtime::{OnnxRuntime, one_line};
use crate::profile::{ColourOrder, Profile, Takes};
use crate::trial;

/// A face cut or aligned for one profile's net: a square of the profile's `input_side`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// The pixels.
    pub pixels: RgbImage,
}

/// Turns chips into vectors. Opens its own net; for several threads, open several embedders.
pub struct Embedder {
    profile: Profile,
    session: Session,
    batch: Batch,
    choice: Choice,
    /// Of the last batch, kept for the next: fresh memory of this size costs more than filling it.
    input: Array4<f32>,
}

impl Embedder {
    /// Opens the net of the embedder profile called `profile`, and holds its shapes against the profile. It runs by the execution
    /// that is configured; where this one refuses the net, or answers otherwise than it should, by [`REFERENCE`], and
    /// [`Embedder::choice`] says why.
    pub fn open(runtime: &OnnxRuntime, config: &VisionConfig, profile: &str) -> Result<Embedder> {
        let mut choice = runtime.choice(config);
        if choice.execution != REFERENCE {
            match trial::passed(runtime, config, profile, &choice) {
                Ok(embedder) => return Ok(embedder),
                Err(reason) => choice = Choice { execution: REFERENCE, reason, is_second_best: true },
            }
        }
        Embedder::open_by(runtime, config, profile, choice)
    }

    /// The same, by [`REFERENCE`] whatever is configured.
    pub fn open_reference(runtime: &OnnxRuntime, config: &VisionConfig, profile: &str) -> Result<Embedder> {
        let reason = "it is what others are held against".to_owned();
        let choice = Choice { execution: REFERENCE, reason, is_second_best: false };
        Embedder::open_by(runtime, config, profile, choice)
    }

    /// The same, by the execution of `choice` or not at all.
    pub(crate) fn open_by(
        runtime: &OnnxRuntime,
        config: &VisionConfig,
        profile: &str,
        choice: Choice,
    ) -> Result<Embedder> {
        let catalog = Catalog::load(&config.profiles)?;
        let profile = catalog.profile(profile)?;
        let model = catalog.model(&profile.model)?;
        let session = runtime.session_by(choice.execution, config, model)?;
        let batch = net_shape::check(&session, &profile).map_err(|reason| VisionError::WrongNet {
            path: config.onnx_file(&model.file),
            profile: profile.name.clone(),
            reason,
        })?;
        Ok(Embedder { profile, session, batch, choice, input: Array4::default((0, 0, 0, 0)) })
    }

    /// How its net runs, and why so.
    pub fn choice(&self) -> &Choice {
        &self.choice
    }

    /// What this embedder's input and vectors are like.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// This profile's input.
    pub fn chip(&self, crops: &FaceCrops) -> Chip {
        match self.profile.takes() {
            Takes::Face => Chip { pixels: crops.face.clone() },
            Takes::Aligned => Chip { pixels: crops.aligned.clone() },
            Takes::Context => chip(&self.profile, &crops.context, &crops.face_in_context),
        }
    }

    /// One unit vector of `profile().dimension` numbers a chip, in order: the net's answer divided by
    /// its length. All chips go through the net at once, which takes memory for each.
    pub fn embed(&mut self, chips: &[Chip]) -> Result<Vec<Vec<f32>>> {
        self.embed_with(NetInput::of(&self.profile), chips)
    }

    /// As [`Embedder::embed`], with chips given to the net as `input` says instead of the profile.
    pub(crate) fn embed_with(&mut self, input: NetInput, chips: &[Chip]) -> Result<Vec<Vec<f32>>> {
        let mut vectors = self.answers(input, chips)?;
        vectors.iter_mut().for_each(|vector| normalise(vector));
        Ok(vectors)
    }

    /// The net's answers as they are, for parity with other runtimes.
    pub fn embed_raw(&mut self, chips: &[Chip]) -> Result<Vec<Vec<f32>>> {
        self.answers(NetInput::of(&self.profile), chips)
    }

    fn answers(&mut self, input: NetInput, chips: &[Chip]) -> Result<Vec<Vec<f32>>> {
        let mut vectors = Vec::with_capacity(chips.len());
        let most = match self.batch {
            Batch::Any => chips.len().max(1),
            Batch::One => 1,
        };
        for batch in chips.chunks(most) {
            self.run(input, batch, &mut vectors)?;
        }
        Ok(vectors)
    }

    fn run(&mut self, input: NetInput, batch: &[Chip], vectors: &mut Vec<Vec<f32>>) -> Result<()> {
        let Embedder { profile, session, input: planes, .. } = self;
        fill(planes, profile, input, batch)?;
        let failed = |reason: String| VisionError::Net { net: profile.model.clone(), reason };
        let tensor = TensorRef::from_array_view(planes.slice(s![..batch.len(), .., .., ..]))
            .map_err(|error| failed(one_line(&error.to_string())))?;
        let outputs =
            session.run(ort::inputs![tensor]).map_err(|error| failed(one_line(&error.to_string())))?;
        let answer =
            outputs[0].try_extract_array::<f32>().map_err(|error| failed(one_line(&error.to_string())))?;
        let expected = (batch.len(), profile.dimension);
        match answer.view().into_dimensionality::<Ix2>() {
            Ok(rows) if rows.dim() == expected => {
                vectors.extend(rows.outer_iter().map(|row| row.to_vec()));
                Ok(())
            }
            _ => Err(failed(format!("its answer has shape {:?}, not {expected:?}", answer.shape()))),
        }
    }
}

/// The input of `profile`, out of a context crop (or any picture) and the face in its pixels.
pub fn chip(profile: &Profile, context: &RgbImage, face: &Face) -> Chip {
    let pixels = match profile.alignment.template() {
        None => box_crop(context, face, profile.input_side, FACE_MARGIN),
        Some(template) => template.chip(context, face),
    };
    Chip { pixels }
}

/// What is done to the bytes of a chip before the net sees them: `(v − mean)·scale`, channels in this order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NetInput {
    /// Order of the channels.
    pub colours: ColourOrder,
    /// Of each channel, in that order.
    pub mean: [f32; 3],
    /// Of all channels.
    pub scale: f32,
}

impl NetInput {
    /// What the profile says.
    pub fn of(profile: &Profile) -> NetInput {
        NetInput { colours: profile.colours, mean: profile.mean, scale: profile.scale }
    }
}

/// Writes chips as channel planes, one after the other, into the beginning of `all`, which grows where it is too small.
fn fill(all: &mut Array4<f32>, profile: &Profile, input: NetInput, batch: &[Chip]) -> Result<()> {
    let side = profile.input_side;
    let square = (side as usize, side as usize);
    if all.len_of(Axis(0)) < batch.len() {
        *all = Array4::zeros((batch.len(), 3, square.0, square.1));
    }
    for (Chip { pixels }, mut planes) in batch.iter().zip(all.outer_iter_mut()) {
        if pixels.dimensions() != (side, side) {
            let (width, height) = pixels.dimensions();
            let profile = profile.name.clone();
            return Err(VisionError::ChipSize { profile, side, width, height });
        }
        let pixels = ArrayView3::from_shape((square.0, square.1, 3), pixels.as_raw());
        let mut channels = pixels.expect("three bytes a pixel").permuted_axes([2, 0, 1]);
        if input.colours == ColourOrder::Bgr {
            channels.invert_axis(Axis(0));
        }
        for ((mut plane, channel), mean) in planes.outer_iter_mut().zip(channels.outer_iter()).zip(input.mean)
        {
            plane.zip_mut_with(&channel, |number, &v| *number = (f32::from(v) - mean) * input.scale);
        }
    }
    Ok(())
}

/// Divide by the length; a zero vector stays one.
fn normalise(vector: &mut [f32]) {
    let length = vector.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|v| *v = (f64::from(*v) / length) as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_come_in_the_profiles_order_with_its_means() {
        let mut profile = Catalog::builtin().profile("facenet-vggface2").expect("it is built in");
        profile.input_side = 2;
        profile.colours = ColourOrder::Bgr;
        profile.mean = [10.0, 20.0, 30.0];
        profile.scale = 0.5;
        let chip = Chip { pixels: RgbImage::from_pixel(2, 2, image::Rgb([110, 70, 50])) };
        let mut input = Array4::default((0, 0, 0, 0));
        fill(&mut input, &profile, NetInput::of(&profile), &[chip]).expect("the size fits");
        assert_eq!(input.shape(), [1, 3, 2, 2]);
        assert_eq!(
            input.into_raw_vec_and_offset().0,
            [20.0, 20.0, 20.0, 20.0, 25.0, 25.0, 25.0, 25.0, 40.0, 40.0, 40.0, 40.0]
        );
    }

    #[test]
    fn a_chip_of_another_size_is_refused() {
        let profile = Catalog::builtin().profile("dlib-resnet-v1").expect("it is built in");
        let chip = Chip { pixels: RgbImage::new(160, 160) };
        let mut input = Array4::default((0, 0, 0, 0));
        let error = fill(&mut input, &profile, NetInput::of(&profile), &[chip]).expect_err("150 is wanted");
        assert!(error.to_string().contains("160×160"), "{error}");
    }

    #[test]
    fn vectors_get_length_one() {
        let mut vector = [3.0, 4.0];
        normalise(&mut vector);
        assert_eq!(vector, [0.6, 0.8]);
        let mut zero = [0.0; 4];
        normalise(&mut zero);
        assert_eq!(zero, [0.0; 4]);
    }
}
