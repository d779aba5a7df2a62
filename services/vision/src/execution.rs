//! Which execution provider of ONNX Runtime embeds faces, and in which precision its numbers are multiplied.
//!
//! The detector always runs by the CPU provider in f32: with less precision its boxes move by more than a pixel.

use std::fmt;

use clap::ValueEnum;
use serde::Serialize;

/// An execution provider of ONNX Runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// ONNX Runtime's own kernels.
    Cpu,
    /// OpenVINO on the CPU.
    OpenVino,
}

/// In what a net's numbers are multiplied; they are added up in f32 either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 24 bits of mantissa.
    F32,
    /// 8 bits of mantissa.
    Bf16,
}

impl Precision {
    /// Returns its name, by which OpenVINO knows it, too.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::Bf16 => "bf16",
        }
    }
}

/// How a net runs. It goes with every vector that it makes, as text: `cpu/f32`, `openvino/bf16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Execution {
    /// Whose kernels.
    pub provider: Provider,
    /// What they multiply in.
    pub precision: Precision,
}

/// What every other execution is held against.
pub const REFERENCE: Execution = Execution { provider: Provider::Cpu, precision: Precision::F32 };

impl fmt::Display for Execution {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let provider = match self.provider {
            Provider::Cpu => "cpu",
            Provider::OpenVino => "openvino",
        };
        write!(out, "{provider}/{}", self.precision.name())
    }
}

/// The provider that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ProviderSetting {
    /// OpenVINO where it is installed and the processor multiplies in bf16, else the CPU provider
    #[default]
    Auto,
    /// ONNX Runtime's own kernels
    Cpu,
    /// OpenVINO on the CPU; what stands in its way is said, and the CPU provider taken
    #[value(name = "openvino")]
    OpenVino,
}

/// The precision that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PrecisionSetting {
    /// The one in which the provider is fastest
    #[default]
    Auto,
    /// As the weights are
    F32,
    /// Several times faster where the processor has instructions for it; cosines to f32 stay above .9999
    Bf16,
}

/// What this machine has to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Whether the processor multiplies in bf16. Without it OpenVINO would imitate it, slower than f32.
    pub has_bf16: bool,
    /// The build of ONNX Runtime with OpenVINO.
    pub openvino: Build,
}

/// State of a build of ONNX Runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Build {
    /// It is there, as far as can be told before it is loaded.
    There,
    /// Nothing is there: where it was looked for.
    Absent(String),
    /// It is there and cannot be used: why.
    Unusable(String),
}

/// How embedders are to run here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What runs.
    #[serde(skip)]
    pub execution: Execution,
    /// Why it is that one.
    pub reason: String,
    /// Whether something else was asked for or installed: an operator should hear of it.
    pub is_second_best: bool,
}

/// Returns how embedders run where `provider` and `precision` are asked for. It is the [`REFERENCE`] wherever the other cannot be had.
pub fn choose(provider: ProviderSetting, precision: PrecisionSetting, offer: &Offer) -> Choice {
    let reference = |reason: &str, is_second_best| Choice {
        execution: REFERENCE,
        reason: reason.to_owned(),
        is_second_best,
    };
    let openvino = |precision, reason: &str| Choice {
        execution: Execution { provider: Provider::OpenVino, precision },
        reason: reason.to_owned(),
        is_second_best: false,
    };
    let asks_for_bf16 = precision == PrecisionSetting::Bf16;
    match (provider, precision) {
        (ProviderSetting::Cpu, PrecisionSetting::Bf16) => {
            return reference("the CPU provider does not multiply in bf16", true);
        }
        (ProviderSetting::Cpu, _) => return reference("AVZEUS_ONNX_PROVIDER is cpu", false),
        (ProviderSetting::Auto, PrecisionSetting::F32) => {
            return reference(
                "AVZEUS_ONNX_PRECISION is f32, in which the CPU provider is the fastest",
                false,
            );
        }
        _ => {}
    }
    let is_asked_for = provider == ProviderSetting::OpenVino || asks_for_bf16;
    match &offer.openvino {
        Build::Absent(reason) => return reference(reason, is_asked_for),
        Build::Unusable(reason) => return reference(reason, true),
        Build::There => {}
    }
    if precision == PrecisionSetting::F32 {
        return openvino(Precision::F32, "AVZEUS_ONNX_PROVIDER is openvino and AVZEUS_ONNX_PRECISION is f32");
    }
    if !offer.has_bf16 {
        return reference("this processor does not multiply in bf16", is_asked_for);
    }
    openvino(Precision::Bf16, "OpenVINO is installed and this processor multiplies in bf16")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CPU: &str = "cpu/f32";

    fn chosen(provider: ProviderSetting, precision: PrecisionSetting, offer: &Offer) -> (String, bool) {
        let choice = choose(provider, precision, offer);
        assert!(!choice.reason.is_empty());
        (choice.execution.to_string(), choice.is_second_best)
    }

    #[test]
    fn the_reference_runs_wherever_the_other_cannot_be_had() {
        use {PrecisionSetting as Precision, ProviderSetting as Provider};
        let there = Offer { has_bf16: true, openvino: Build::There };
        let plain = Offer { has_bf16: false, openvino: Build::There };
        let absent = Offer { has_bf16: true, openvino: Build::Absent("nothing is there".into()) };
        let broken = Offer { has_bf16: true, openvino: Build::Unusable("it is cut off".into()) };
        for (provider, precision, offer, made, is_second_best) in [
            (Provider::Auto, Precision::Auto, &there, "openvino/bf16", false),
            (Provider::Auto, Precision::Auto, &plain, CPU, false),
            (Provider::Auto, Precision::Auto, &absent, CPU, false),
            (Provider::Auto, Precision::Auto, &broken, CPU, true),
            (Provider::Auto, Precision::F32, &there, CPU, false),
            (Provider::Auto, Precision::Bf16, &there, "openvino/bf16", false),
            (Provider::Auto, Precision::Bf16, &plain, CPU, true),
            (Provider::Auto, Precision::Bf16, &absent, CPU, true),
            (Provider::Cpu, Precision::Auto, &there, CPU, false),
            (Provider::Cpu, Precision::F32, &broken, CPU, false),
            (Provider::Cpu, Precision::Bf16, &there, CPU, true),
            (Provider::OpenVino, Precision::Auto, &there, "openvino/bf16", false),
            (Provider::OpenVino, Precision::F32, &plain, "openvino/f32", false),
            (Provider::OpenVino, Precision::Auto, &plain, CPU, true),
            (Provider::OpenVino, Precision::Auto, &absent, CPU, true),
            (Provider::OpenVino, Precision::Bf16, &broken, CPU, true),
        ] {
            let expected = (made.to_owned(), is_second_best);
            assert_eq!(chosen(provider, precision, offer), expected, "{provider:?} {precision:?} {offer:?}");
        }
    }
}
