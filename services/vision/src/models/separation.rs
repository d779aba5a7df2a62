//! Whether a net is given its pictures as it was trained on them: with the colour order, means and scale of its
//! profile, pictures of one person must be told from pictures of others at least as well as with any other usual ones.
//!
//! A net answers something to every input, so a profile with the wrong numbers opens, embeds and passes every check
//! of shapes. What it loses is how far same and different people lie apart.

use ndarray::{Array1, Array2, Axis};
use serde::Serialize;

use crate::config::VisionConfig;
use crate::crops::FaceCrops;
use crate::embedder::{Chip, Embedder, NetInput};
use crate::error::{Result, VisionError};
use crate::onnx_runtime::OnnxRuntime;
use crate::profile::ColourOrder;

/// Fewest people, with two pictures each, that say anything.
pub const FEWEST_PEOPLE: usize = 6;
/// Another input counts as better where its d′ is so many times that of the profile's own. Twelve drawn people in
/// four pictures each move d′ by a few percent where an input changes nothing that matters.
const CLEARLY: f64 = 1.25;
/// d′ below which a net does not tell these people apart, whatever it is given: near chance is 0.
const HARDLY: f64 = 1.0;
/// Chips that go through the net at once.
const BATCH: usize = 16;

/// How well people are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Separation {
    /// How the chips were given to the net.
    pub input: NetInput,
    /// Mean cosine of two pictures of one person.
    pub same: f64,
    /// Mean cosine of pictures of two people.
    pub others: f64,
    /// d′ (Green and Swets 1966): the difference of the two means in units of the deviation of cosines within
    /// either kind of pair.
    pub d_prime: f64,
}

/// A profile after a check by faces.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckedProfile {
    /// The profile's name.
    pub profile: String,
    /// How many people were looked at.
    pub people: usize,
    /// How many pictures of them.
    pub pictures: usize,
    /// What the profile says.
    pub stated: Separation,
    /// The same with the channels the other way round.
    pub turned: Separation,
    /// The other input that separates best.
    pub best_other: Separation,
    /// What follows.
    pub finding: Finding,
}

/// What a check by faces found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// No other usual input separates these people clearly better.
    Fits,
    /// Another does: the profile's colours, mean or scale are likely wrong.
    OtherInputSeparatesBetter,
    /// With none of them are these people told apart.
    HardlySeparates,
}

/// Checks `profile` by faces of people: a list for each person, of which those with one face say nothing.
///
/// # Errors
/// Where the net does not open or run, or fewer than [`FEWEST_PEOPLE`] people have two faces.
pub fn check_by_faces(
    config: &VisionConfig,
    profile: &str,
    people: &[Vec<FaceCrops>],
) -> Result<CheckedProfile> {
    let runtime = OnnxRuntime::load(config)?;
    let mut embedder = Embedder::open(&runtime, config, profile)?;
    let mut usable = Vec::new();
    for faces in people.iter().filter(|faces| faces.len() >= 2) {
        usable.push(faces.iter().map(|crops| embedder.chip(crops)).collect());
    }
    if usable.len() < FEWEST_PEOPLE {
        return Err(VisionError::TooFewFaces { people: usable.len(), fewest: FEWEST_PEOPLE });
    }
    let own = NetInput::of(embedder.profile());
    let stated = separation(&mut embedder, own, &usable)?;
    let turned = separation(&mut embedder, own.turned(), &usable)?;
    let mut best_other = turned;
    for input in usual_inputs() {
        if input.resembles(&own) || input.resembles(&own.turned()) {
            continue;
        }
        let other = separation(&mut embedder, input, &usable)?;
        if other.d_prime > best_other.d_prime {
            best_other = other;
        }
    }
    let finding = if stated.d_prime.max(best_other.d_prime) < HARDLY {
        Finding::HardlySeparates
    } else if best_other.d_prime > stated.d_prime * CLEARLY {
        Finding::OtherInputSeparatesBetter
    } else {
        Finding::Fits
    };
    let pictures = usable.iter().map(Vec::len).sum();
    let profile = profile.to_owned();
    Ok(CheckedProfile { profile, people: usable.len(), pictures, stated, turned, best_other, finding })
}

impl CheckedProfile {
    /// Whether these people say which order the net's colours have. Drawn ones seldom do: whoever has a colour of their own
    /// in one order has one in the other.
    pub fn tells_colours_apart(&self) -> bool {
        let (stated, turned) = (self.stated.d_prime, self.turned.d_prime);
        stated > turned * CLEARLY || turned > stated * CLEARLY
    }
}

impl NetInput {
    /// The same with the channels, and their means, the other way round.
    fn turned(self) -> NetInput {
        let colours = match self.colours {
            ColourOrder::Rgb => ColourOrder::Bgr,
            ColourOrder::Bgr => ColourOrder::Rgb,
        };
        let [first, second, third] = self.mean;
        NetInput { colours, mean: [third, second, first], ..self }
    }

    /// Whether a net could hardly tell them apart: no byte value differs by more than a fiftieth of the range.
    fn resembles(&self, other: &NetInput) -> bool {
        let range = 255.0 * self.scale.abs().max(other.scale.abs());
        let differs = |channel: usize, v: f32| {
            let (a, b) = ((v - self.mean[channel]) * self.scale, (v - other.mean[channel]) * other.scale);
            (a - b).abs() > range / 50.0
        };
        self.colours == other.colours
            && (0..3).all(|channel| !differs(channel, 0.0) && !differs(channel, 255.0))
    }
}

/// What nets of this field are trained with, in both orders of colour. A mean that differs by channel goes with its
/// colour, so it is turned with them.
fn usual_inputs() -> Vec<NetInput> {
    const RGB: [([f32; 3], f32); 6] = [
        ([0.0; 3], 1.0),
        ([0.0; 3], 1.0 / 255.0),
        // FaceNet, ArcFace, MobileFaceNet.
        ([127.5; 3], 1.0 / 127.5),
        // dlib.
        ([122.782, 117.001, 104.298], 1.0 / 256.0),
        // ImageNet, with one deviation for all channels.
        ([123.675, 116.28, 103.53], 1.0 / 57.5),
        // VGGFace2's ResNet of Caffe.
        ([131.0912, 103.8827, 91.4953], 1.0),
    ];
    let mut inputs = Vec::new();
    for (mean, scale) in RGB {
        let input = NetInput { colours: ColourOrder::Rgb, mean, scale };
        inputs.extend([input, input.turned()]);
    }
    inputs
}

/// How well `embedder` tells the people apart when it is given `input`.
fn separation(embedder: &mut Embedder, input: NetInput, people: &[Vec<Chip>]) -> Result<Separation> {
    let chips: Vec<Chip> = people.iter().flat_map(|chips| chips.iter().cloned()).collect();
    let whose: Vec<usize> =
        people.iter().enumerate().flat_map(|(person, chips)| chips.iter().map(move |_| person)).collect();
    let dimension = embedder.profile().dimension;
    let mut numbers = Vec::with_capacity(chips.len() * dimension);
    for batch in chips.chunks(BATCH) {
        for vector in embedder.embed_with(input, batch)? {
            numbers.extend(vector.into_iter().map(f64::from));
        }
    }
    let mut vectors = Array2::from_shape_vec((chips.len(), dimension), numbers).expect("a row a chip");
    if embedder.profile().centred {
        let mean: Array1<f64> = vectors.mean_axis(Axis(0)).expect("there are chips");
        vectors -= &mean;
    }
    for mut vector in vectors.outer_iter_mut() {
        let length = vector.dot(&vector).sqrt();
        vector.mapv_inplace(|number| if length > 0.0 { number / length } else { number });
    }
    let cosines = vectors.dot(&vectors.t());
    let (mut same, mut others) = (Vec::new(), Vec::new());
    for (row, &one) in whose.iter().enumerate() {
        for (column, &other) in whose.iter().enumerate().skip(row + 1) {
            let pairs = if one == other { &mut same } else { &mut others };
            pairs.push(cosines[[row, column]]);
        }
    }
    let (same, within) = mean_and_variance(&same);
    let (others, between) = mean_and_variance(&others);
    let deviation = ((within + between) / 2.0).sqrt();
    // A net that saturates answers one vector to everything: nothing is told apart, and nothing deviates.
    let d_prime = if deviation > 1e-9 { (same - others) / deviation } else { 0.0 };
    Ok(Separation { input, same, others, d_prime: if d_prime.is_finite() { d_prime } else { 0.0 } })
}

fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_not_held_against_what_is_nearly_its_own_input() {
        let facenet = NetInput { colours: ColourOrder::Rgb, mean: [127.5; 3], scale: 1.0 / 128.0 };
        let alike: Vec<_> = usual_inputs().into_iter().filter(|input| input.resembles(&facenet)).collect();
        assert_eq!(alike.len(), 1, "{alike:?}");
        assert!((alike[0].scale - 1.0 / 127.5).abs() < 1e-6);
    }

    #[test]
    fn means_turn_with_their_colours() {
        let caffe = usual_inputs().into_iter().find(|input| input.mean[0] == 91.4953).expect("it is usual");
        assert_eq!((caffe.colours, caffe.mean[2]), (ColourOrder::Bgr, 131.0912));
    }
}
