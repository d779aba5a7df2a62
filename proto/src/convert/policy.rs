//! Policy parameters.

use domain::policy::{Dense, Exploration, PolicyNetwork, Standardisation};

use super::{Malformed, impossible};
use crate::v1;

impl From<&Dense> for v1::Dense {
    fn from(dense: &Dense) -> Self {
        Self {
            inputs: dense.inputs as u32,
            outputs: dense.outputs as u32,
            weight: dense.weight.clone(),
            bias: dense.bias.clone(),
        }
    }
}

impl From<&v1::Dense> for Dense {
    fn from(wire: &v1::Dense) -> Self {
        Self {
            inputs: wire.inputs as usize,
            outputs: wire.outputs as usize,
            weight: wire.weight.clone(),
            bias: wire.bias.clone(),
        }
    }
}

impl From<&PolicyNetwork> for v1::WeightHead {
    fn from(network: &PolicyNetwork) -> Self {
        let (sigma_least, sigma_most) = match network.exploration {
            Exploration::Fixed { sigma } => (sigma, sigma),
            Exploration::Bounded { least, most } => (least, most),
        };
        Self {
            input_mean: network.input.mean,
            input_scale: network.input.scale,
            hidden1: Some((&network.hidden1).into()),
            hidden2: Some((&network.hidden2).into()),
            value: Some((&network.value).into()),
            mean: Some((&network.mean).into()),
            log_variance: Some((&network.log_variance).into()),
            sigma_least,
            sigma_most,
        }
    }
}

impl TryFrom<&v1::WeightHead> for PolicyNetwork {
    type Error = Malformed;

    fn try_from(wire: &v1::WeightHead) -> Result<Self, Malformed> {
        let layer = |name: &'static str, dense: &Option<v1::Dense>| {
            dense.as_ref().map(Dense::from).ok_or(Malformed::Missing(name))
        };
        let exploration = if wire.sigma_least == wire.sigma_most {
            Exploration::Fixed { sigma: wire.sigma_least }
        } else {
            Exploration::Bounded { least: wire.sigma_least, most: wire.sigma_most }
        };
        let network = Self {
            input: Standardisation { mean: wire.input_mean, scale: wire.input_scale },
            hidden1: layer("hidden1", &wire.hidden1)?,
            hidden2: layer("hidden2", &wire.hidden2)?,
            value: layer("value", &wire.value)?,
            mean: layer("mean", &wire.mean)?,
            log_variance: layer("log_variance", &wire.log_variance)?,
            exploration,
        };
        network.check().map_err(|e| impossible("weight head")(&e))?;
        Ok(network)
    }
}

impl v1::PolicyPublished {
    /// The parameters; refused where they are missing or cannot serve.
    pub fn network(&self) -> Result<PolicyNetwork, Malformed> {
        self.head.as_ref().ok_or(Malformed::Missing("head"))?.try_into()
    }

    /// Whether it has learned enough to serve.
    pub fn is_ready(&self) -> bool {
        self.clicks_applied >= self.shadow_clicks
    }
}
