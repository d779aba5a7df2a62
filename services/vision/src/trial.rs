//! Whether another execution answers as the reference does, before it is used for a net.

use std::path::PathBuf;
use std::sync::PoisonError;

use domain::embedding::dot;
use image::RgbImage;

use crate::catalog::Catalog;
use crate::config::VisionConfig;
use crate::embedder::{Chip, Embedder};
use crate::error::Result;
use crate::execution::{Choice, Precision};
use crate::onnx_runtime::OnnxRuntime;
use crate::profile::Profile;

/// Least cosine between the vectors of one chip by two executions.
pub const AGREEMENT: f32 = 0.9999;
/// Largest difference of a number below which nothing was multiplied in bf16: it keeps 8 bits of a mantissa.
const AS_F32: f32 = 1e-5;

/// An embedder of `profile` by the execution of `choice`; or why there is none. Tried once a process for each model.
pub(crate) fn passed(
    runtime: &OnnxRuntime,
    config: &VisionConfig,
    profile: &str,
    choice: &Choice,
) -> std::result::Result<Embedder, String> {
    let text = |error: crate::VisionError| error.to_string();
    let key = (model_file(config, profile).map_err(text)?, choice.execution.to_string());
    let mut trials = runtime.trials.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(Err(reason)) = trials.get(&key) {
        return Err(reason.clone());
    }
    let opened = Embedder::open_by(runtime, config, profile, choice.clone()).map_err(text);
    let tried = match opened {
        Ok(embedder) if trials.contains_key(&key) => return Ok(embedder),
        Ok(mut embedder) => tried(runtime, config, &mut embedder).map(|()| embedder),
        Err(reason) => Err(reason),
    };
    trials.insert(key, tried.as_ref().map(drop).map_err(Clone::clone));
    tried
}

fn model_file(config: &VisionConfig, profile: &str) -> Result<PathBuf> {
    let catalog = Catalog::load(&config.profiles)?;
    let profile = catalog.profile(profile)?;
    Ok(config.onnx_file(&catalog.model(&profile.model)?.file))
}

fn tried(
    runtime: &OnnxRuntime,
    config: &VisionConfig,
    embedder: &mut Embedder,
) -> std::result::Result<(), String> {
    let text = |error: crate::VisionError| error.to_string();
    let profile = embedder.profile().clone();
    let chips = chips(&profile);
    let vectors = embedder.embed(&chips).map_err(text)?;
    let mut reference = Embedder::open_reference(runtime, config, &profile.name).map_err(text)?;
    let expected = reference.embed(&chips).map_err(text)?;
    let execution = embedder.choice().execution;
    let (mut agreement, mut difference) = (1.0_f32, 0.0_f32);
    for (vector, expected) in vectors.iter().zip(&expected) {
        // A NaN is no agreement.
        agreement = agreement.min(dot(vector, expected).max(-1.0));
        for (a, b) in vector.iter().zip(expected) {
            difference = difference.max((a - b).abs());
        }
    }
    if agreement < AGREEMENT {
        return Err(format!(
            "{execution} gives other vectors of {}: their cosine to those of the CPU provider is {agreement:.5}",
            profile.name
        ));
    }
    if execution.precision == Precision::Bf16 && difference < AS_F32 {
        return Err(format!("{execution} does not multiply in bf16 here"));
    }
    Ok(())
}

/// Chips that a formula draws: noise, and bands of light as faces have them.
fn chips(profile: &Profile) -> [Chip; 2] {
    let side = profile.input_side;
    let noise = RgbImage::from_fn(side, side, |x, y| {
        let level = |channel: u32| (((y * side + x) * 3 + channel).wrapping_mul(2_654_435_761) >> 24) as u8;
        image::Rgb([level(0), level(1), level(2)])
    });
    let bands = RgbImage::from_fn(side, side, |x, y| {
        let light = |period: f32, at: u32| (128.0 + 96.0 * (at as f32 / side as f32 * period).sin()) as u8;
        image::Rgb([light(5.0, x), light(9.0, y), light(7.0, x + y)])
    });
    [noise, bands].map(|pixels| Chip { pixels })
}
