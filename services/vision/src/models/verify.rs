//! `avzeus models verify`: is every file the one that was made, and does its net still answer right?

use ort::value::TensorRef;
use serde::{Deserialize, Serialize};

use super::lock::{Lock, sha256_of_file};
use crate::config::VisionConfig;
use crate::error::{Result, VisionError};
use crate::onnx_runtime::OnnxRuntime;
use crate::profile::{Catalog, Model};

/// How far an answer may lie from the recorded one; CPUs differ in the last bits of a float.
const TOLERANCE: f32 = 2e-4;

/// A model after a check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VerifiedModel {
    /// The model's name.
    pub name: String,
    /// The ONNX file's name.
    pub file: String,
    /// What the check found.
    pub verdict: Verdict,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The file is the recorded one and its net gives the known answer.
    Good {
        /// Largest difference to the known answer; 0 where none is recorded.
        difference: f32,
    },
    /// A model that pull does not make is not there; nothing is wrong.
    Absent,
    /// Something is wrong.
    Bad {
        /// What, and what mends it.
        reason: String,
    },
}

/// A formula-made input and some numbers of what the net must answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownAnswer {
    model: String,
    /// Shape of the input; its i-th number is `h(i)·2 − 1`, `h(i) = (i·2654435761 mod 2³²)/2³²`.
    shape: Vec<usize>,
    output: String,
    /// The first numbers of that output.
    first: Vec<f32>,
}

#[derive(Deserialize)]
struct KnownAnswers {
    answer: Vec<KnownAnswer>,
}

/// Check every model of the catalog: the file's sha256 against the lock, then the known answers.
pub fn verify(config: &VisionConfig) -> Result<Vec<VerifiedModel>> {
    let runtime = OnnxRuntime::load(config)?;
    let lock = Lock::read(&config.lock_file());
    let answers: KnownAnswers = toml::from_str(include_str!("known_answers.toml"))
        .expect("known_answers.toml is checked by this crate's tests");
    let mut verified = Vec::new();
    for model in Catalog::builtin().models {
        let path = config.onnx_file(&model.file);
        let recorded = lock.models.get(&model.name).map(|locked| &locked.sha256);
        let verdict = match (sha256_of_file(&path)?, recorded) {
            (None, _) if model.package.is_none() => Verdict::Absent,
            (None, _) => bad(VisionError::ModelMissing(path)),
            (Some(sha256), Some(recorded)) if sha256 != *recorded => {
                bad(VisionError::ModelUnusable { path, reason: "its sha256 is not the recorded one".into() })
            }
            (Some(_), None) if model.converter.is_some() => {
                bad(VisionError::ModelUnusable { path, reason: "no sha256 is recorded".into() })
            }
            _ => {
                let known = answers.answer.iter().filter(|answer| answer.model == model.name);
                match known
                    .map(|answer| difference(&runtime, config, &model, answer))
                    .try_fold(0.0_f32, |worst, difference| difference.map(|difference| worst.max(difference)))
                {
                    Ok(difference) if difference <= TOLERANCE => Verdict::Good { difference },
                    Ok(difference) => bad(VisionError::ModelUnusable {
                        path,
                        reason: format!("its answer is off by {difference}"),
                    }),
                    Err(error) => bad(error),
                }
            }
        };
        verified.push(VerifiedModel { name: model.name, file: model.file, verdict });
    }
    Ok(verified)
}

fn bad(error: VisionError) -> Verdict {
    Verdict::Bad { reason: error.to_string() }
}

/// Largest difference between the net's answer and the known one.
fn difference(
    runtime: &OnnxRuntime,
    config: &VisionConfig,
    model: &Model,
    answer: &KnownAnswer,
) -> Result<f32> {
    let failed = |reason: String| VisionError::Net { net: answer.model.clone(), reason };
    let mut session = runtime.session(config, model)?;
    let input = formula(answer.shape.iter().product());
    let tensor = TensorRef::from_array_view((answer.shape.clone(), input.as_slice()))
        .map_err(|error| failed(error.to_string()))?;
    let outputs = session.run(ort::inputs![tensor]).map_err(|error| failed(error.to_string()))?;
    let output =
        outputs.get(&answer.output).ok_or_else(|| failed(format!("it has no output {}", answer.output)))?;
    let (_, numbers) = output.try_extract_tensor::<f32>().map_err(|error| failed(error.to_string()))?;
    if numbers.len() < answer.first.len() {
        return Err(failed("its answer is too short".into()));
    }
    // A NaN anywhere must not look like agreement: `max` would drop it.
    let worst = numbers.iter().zip(&answer.first).map(|(a, b)| (a - b).abs());
    Ok(worst.fold(0.0, |worst, d| if d.is_nan() { f32::INFINITY } else { worst.max(d) }))
}

fn formula(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i as u32).wrapping_mul(2_654_435_761) as f32 / 4_294_967_296.0 * 2.0 - 1.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_belong_to_models_that_pull_makes() {
        let answers: KnownAnswers = toml::from_str(include_str!("known_answers.toml")).expect("it is ours");
        for model in Catalog::builtin().models.iter().filter(|m| m.package.is_some()) {
            assert!(answers.answer.iter().any(|a| a.model == model.name), "{}", model.name);
        }
    }

    #[test]
    fn the_formula_spreads_over_its_range() {
        let values = formula(1000);
        assert_eq!(values[0], -1.0);
        assert!(values.iter().all(|v| (-1.0..=1.0).contains(v)));
        assert!((values.iter().sum::<f32>() / 1000.0).abs() < 0.01);
    }
}
