//! `avzeus models verify`: is every file the one that was made, and does its net still answer right?

use ort::session::Session;
use ort::value::TensorRef;
use serde::{Deserialize, Serialize};

use super::external_data::sha256_of_model;
use super::lock::Lock;
use crate::catalog::Catalog;
use crate::config::VisionConfig;
use crate::embedder::Embedder;
use crate::error::{Result, VisionError};
use crate::execution::{Choice, Execution, Precision, REFERENCE};
use crate::onnx_runtime::{OnnxRuntime, one_line};
use crate::profile::{Converter, Model};

/// How far an answer may lie from the recorded one; CPUs differ in the last bits of a float.
const TOLERANCE: f32 = 2e-4;
/// The same of a net that multiplies in bf16, which keeps 8 bits of each factor.
const TOLERANCE_BF16: f32 = 1e-2;

/// A model after a check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VerifiedModel {
    /// The model's name.
    pub name: String,
    /// The ONNX file's name.
    pub file: String,
    /// What the check found.
    pub verdict: Verdict,
    /// How the net of an embedder runs; none for others, and where the verdict is not good.
    pub execution: Option<VerifiedExecution>,
    /// The command that puts the right file in place, where the verdict is bad and there is one.
    pub command: Option<String>,
}

/// How the net of an embedder runs here.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VerifiedExecution {
    /// Provider and precision.
    pub made_by: String,
    /// Why it is that one.
    pub reason: String,
    /// Whether something else was asked for or installed.
    pub is_second_best: bool,
    /// Largest difference to the known answer.
    pub difference: f32,
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
        /// Largest difference to the known answer.
        difference: f32,
    },
    /// The net opens in the shape of the profiles that use it; what it should answer is not known.
    Opens {
        /// Of its files.
        sha256: String,
        /// Whether its entry or the lock says that sha256. Where nothing does, any other file would pass.
        recorded: bool,
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

/// Check every model of the catalog: the sha256 of its files against its entry or the lock, its shapes against
/// the profiles that use it, then the known answers.
pub fn verify(config: &VisionConfig) -> Result<Vec<VerifiedModel>> {
    let checking = Checking {
        runtime: OnnxRuntime::load(config)?,
        config,
        catalog: Catalog::load(&config.profiles)?,
        lock: Lock::read(&config.lock_file()),
        answers: KnownAnswers::recorded().model,
    };
    let mut verified = Vec::new();
    for model in &checking.catalog.models {
        let mut verdict = checking.verdict(model).unwrap_or_else(bad);
        let mut execution = None;
        if matches!(verdict, Verdict::Good { .. }) {
            match checking.execution(model) {
                Ok(found) => execution = found,
                Err(error) => verdict = bad(error),
            }
        }
        let command = model.command().filter(|_| matches!(verdict, Verdict::Bad { .. }));
        let (name, file) = (model.name.clone(), model.file.clone());
        verified.push(VerifiedModel { name, file, verdict, execution, command });
    }
    Ok(verified)
}

/// What models are held against.
struct Checking<'a> {
    runtime: OnnxRuntime,
    config: &'a VisionConfig,
    catalog: Catalog,
    lock: Lock,
    answers: Vec<KnownAnswer>,
}

impl Checking<'_> {
    fn verdict(&self, model: &Model) -> Result<Verdict> {
        let path = self.config.onnx_file(&model.file);
        let Some(sha256) = sha256_of_model(&path)? else {
            return match model.package {
                Some(_) => Err(VisionError::model_missing(path, model)),
                None => Ok(Verdict::Absent),
            };
        };
        let unusable =
            |reason| Err(VisionError::ModelUnusable { path: path.clone(), reason, remedy: model.remedy() });
        let recorded = match self.lock.models.get(&model.name) {
            // A file that was put in place since is held against its entry, if that says what it should be.
            Some(locked) if locked.sha256 != sha256 && model.sha256.is_none() => {
                let two = if locked.data.is_empty() { "its sha256" } else { "the sha256 of its files" };
                return unusable(format!("{two} is not the recorded one"));
            }
            Some(_) => true,
            None if model.converter.is_some() => return unusable("no sha256 is recorded".into()),
            None => model.sha256.is_some(),
        };
        self.opens(model)?;
        if !self.answers.iter().any(|known| known.model == model.name) {
            return Ok(Verdict::Opens { sha256, recorded });
        }
        let difference = self.worst(REFERENCE, model)?;
        if difference > TOLERANCE {
            return unusable(format!("its answer is off by {difference}"));
        }
        Ok(Verdict::Good { difference })
    }

    /// How the net runs that an embedder opens of `model`, held against the known answers, too.
    fn execution(&self, model: &Model) -> Result<Option<VerifiedExecution>> {
        let Some(profile) = self.catalog.embedders.iter().find(|profile| profile.model == model.name) else {
            return Ok(None);
        };
        let choice = Embedder::open(&self.runtime, self.config, &profile.name)?.choice().clone();
        let tolerance = match choice.execution.precision {
            Precision::F32 => TOLERANCE,
            Precision::Bf16 => TOLERANCE_BF16,
        };
        let difference = self.worst(choice.execution, model)?;
        if difference > tolerance {
            let reason = format!("{} gives an answer that is off by {difference}", choice.execution);
            return Err(VisionError::Net { net: model.name.clone(), reason });
        }
        let Choice { execution, reason, is_second_best } = choice;
        Ok(Some(VerifiedExecution { made_by: execution.to_string(), reason, is_second_best, difference }))
    }

    /// Whether the file opens, also for every profile that uses the model.
    fn opens(&self, model: &Model) -> Result<()> {
        self.runtime.session(self.config, model)?;
        for profile in self.catalog.embedders.iter().filter(|profile| profile.model == model.name) {
            Embedder::open(&self.runtime, self.config, &profile.name)?;
        }
        Ok(())
    }

    /// Largest difference between the net's answers and the known ones.
    fn worst(&self, execution: Execution, model: &Model) -> Result<f32> {
        let mut session = self.runtime.session_by(execution, self.config, model)?;
        let mut worst = 0.0_f32;
        for known in self.answers.iter().filter(|known| known.model == model.name) {
            let failed = |reason| VisionError::Net { net: model.name.clone(), reason };
            worst = worst.max(difference(&mut session, &known.answer).map_err(failed)?);
        }
        Ok(worst)
    }
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
