//! `avzeus models verify`: is every file the one that was made, and does its net still answer right?

use ort::session::Session;
use ort::value::TensorRef;
use serde::{Deserialize, Serialize};

use super::lock::{Lock, sha256_of_file};
use crate::catalog::Catalog;
use crate::config::VisionConfig;
use crate::embedder::Embedder;
use crate::error::{Result, VisionError};
use crate::onnx_runtime::{OnnxRuntime, one_line};
use crate::profile::{Converter, Model};

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

/// A converter after a check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VerifiedConverter {
    /// The converter's name in `models.toml`.
    pub converter: Converter,
    /// What the check found of a net with formula weights.
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

/// What a model's net must answer.
#[derive(Debug, Clone, Deserialize)]
struct KnownAnswer {
    model: String,
    #[serde(flatten)]
    answer: Answer,
}

/// A formula-made input and some numbers of the answer to it.
#[derive(Debug, Clone, Deserialize)]
struct Answer {
    /// Shape of the input; its i-th number is `h(i)·2 − 1`, `h(i) = (i·2654435761 mod 2³²)/2³²`.
    shape: Vec<usize>,
    output: String,
    /// The first numbers of that output.
    first: Vec<f32>,
}

/// What the net of formula weights must answer, whose file the converter makes.
#[derive(Debug, Clone, Deserialize)]
struct KnownConversion {
    converter: Converter,
    #[serde(flatten)]
    answer: Answer,
}

#[derive(Deserialize)]
struct KnownAnswers {
    model: Vec<KnownAnswer>,
    converter: Vec<KnownConversion>,
}

impl KnownAnswers {
    fn recorded() -> KnownAnswers {
        toml::from_str(include_str!("known_answers.toml"))
            .expect("known_answers.toml is checked by this crate's tests")
    }
}

/// Check every model of the catalog: the file's sha256 against its entry or the lock, its shapes against
/// the profiles that use it, then the known answers.
pub fn verify(config: &VisionConfig) -> Result<Vec<VerifiedModel>> {
    let runtime = OnnxRuntime::load(config)?;
    let catalog = Catalog::load(&config.profiles)?;
    let lock = Lock::read(&config.lock_file());
    let answers = KnownAnswers::recorded().model;
    let mut verified = Vec::new();
    for model in &catalog.models {
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
                let known = answers.iter().filter(|known| known.model == model.name);
                match opens(&runtime, config, &catalog, model)
                    .and_then(|()| worst(&runtime, config, model, known.map(|known| &known.answer)))
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
        verified.push(VerifiedModel { name: model.name.clone(), file: model.file.clone(), verdict });
    }
    Ok(verified)
}

/// Check the converters whose weights come from outside: each makes a net of formula weights, which must
/// give the known answer. Nothing of it is written.
pub fn verify_converters(config: &VisionConfig) -> Result<Vec<VerifiedConverter>> {
    let runtime = OnnxRuntime::load(config)?;
    let known = KnownAnswers::recorded().converter;
    let verdict = |known: &KnownConversion| {
        let onnx = known.converter.formula_onnx()?;
        let mut session = runtime.session_of(config, &onnx)?;
        difference(&mut session, &known.answer)
    };
    let verified = known.iter().map(|known| VerifiedConverter {
        converter: known.converter,
        verdict: match verdict(known) {
            Ok(difference) if difference <= TOLERANCE => Verdict::Good { difference },
            Ok(difference) => Verdict::Bad { reason: format!("its net's answer is off by {difference}") },
            Err(reason) => Verdict::Bad { reason },
        },
    });
    Ok(verified.collect())
}

/// Whether every profile that uses the model can.
fn opens(runtime: &OnnxRuntime, config: &VisionConfig, catalog: &Catalog, model: &Model) -> Result<()> {
    let profiles = catalog.embedders.iter().filter(|profile| profile.model == model.name);
    profiles
        .map(|profile| Embedder::open(runtime, config, &profile.name))
        .try_for_each(|opened| opened.map(drop))
}

/// Largest difference between the net's answers and the known ones; 0 where none is known.
fn worst<'a>(
    runtime: &OnnxRuntime,
    config: &VisionConfig,
    model: &Model,
    known: impl Iterator<Item = &'a Answer>,
) -> Result<f32> {
    let mut session = runtime.session(config, model)?;
    let failed = |reason| VisionError::Net { net: model.name.clone(), reason };
    known
        .map(|answer| difference(&mut session, answer).map_err(failed))
        .try_fold(0.0_f32, |worst, difference| Ok(worst.max(difference?)))
}

fn bad(error: VisionError) -> Verdict {
    Verdict::Bad { reason: error.to_string() }
}

/// Largest difference between the net's answer and the known one.
fn difference(session: &mut Session, answer: &Answer) -> std::result::Result<f32, String> {
    let text = |error: ort::Error| one_line(&error.to_string());
    let input = formula(answer.shape.iter().product());
    let tensor = TensorRef::from_array_view((answer.shape.clone(), input.as_slice())).map_err(text)?;
    let outputs = session.run(ort::inputs![tensor]).map_err(text)?;
    let output = outputs.get(&answer.output).ok_or_else(|| format!("it has no output {}", answer.output))?;
    let (_, numbers) = output.try_extract_tensor::<f32>().map_err(text)?;
    if numbers.len() < answer.first.len() {
        return Err("its answer is too short".into());
    }
    // A NaN anywhere must not look like agreement: `max` would drop it.
    let differences = numbers.iter().zip(&answer.first).map(|(a, b)| (a - b).abs());
    Ok(differences.fold(0.0, |worst, d| if d.is_nan() { f32::INFINITY } else { worst.max(d) }))
}

fn formula(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i as u32).wrapping_mul(2_654_435_761) as f32 / 4_294_967_296.0 * 2.0 - 1.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_belong_to_models_that_pull_makes() {
        let answers = KnownAnswers::recorded();
        for model in Catalog::builtin().models.iter().filter(|m| m.package.is_some()) {
            assert!(answers.model.iter().any(|known| known.model == model.name), "{}", model.name);
        }
    }

    #[test]
    fn converters_of_weights_from_outside_have_a_known_answer() {
        let answers = KnownAnswers::recorded();
        for converter in Catalog::builtin().models.iter().filter(|m| m.url.is_some()).map(|m| m.converter) {
            assert!(answers.converter.iter().any(|known| Some(known.converter) == converter));
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
