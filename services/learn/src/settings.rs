//! How the policy learns: every number that shapes the fold, with its unit, range and default.
//!
//! The defaults are what simulated visitors showed to be safe: σ decides (below 1 the policy is nearly
//! blind; a learned σ without bounds drifts up), the ten distances must be standardised by a fixed
//! transform, a learning rate of 1e-2 and an entropy bonus of .01 destabilise.

use domain::policy::{Exploration, Standardisation};
use runtime::Invalid;
use sha2::{Digest, Sha256};

use crate::network::LAYERS;

/// Raised when the same settings and clicks no longer give the same parameters.
const FOLD_FORM: u32 = 1;

/// Settings of the learner; flags and `AVZEUS_LEARN_…` variables alike.
#[derive(Debug, Clone, PartialEq, clap::Args)]
#[command(next_help_heading = "Learning")]
pub struct Settings {
    /// Learning rule.
    #[arg(long, env = "AVZEUS_LEARN_LEARNER", value_enum, default_value_t = Learner::A2c)]
    pub learner: Learner,

    /// Adam's step, above 0 and at most 0.1; 0.01 was seen to be unsafe.
    #[arg(long, env = "AVZEUS_LEARN_RATE", default_value_t = 3e-3)]
    pub learning_rate: f32,

    /// Clicks an update looks at, 1 or more; the newest is always among them.
    #[arg(long, env = "AVZEUS_LEARN_BATCH_CLICKS", default_value_t = 256)]
    pub batch_clicks: usize,

    /// Recent clicks that a batch is drawn from: at least a batch, at most 65536.
    #[arg(long, env = "AVZEUS_LEARN_WINDOW_CLICKS", default_value_t = 4096)]
    pub window_clicks: usize,

    /// Exploration: standard deviation of every component of x, 0.05 to 5.
    #[arg(long, env = "AVZEUS_LEARN_SIGMA", default_value_t = 1.5)]
    pub sigma: f32,

    /// Lower end of a learned standard deviation, 0.05 to 5; with its upper end it replaces the fixed one.
    #[arg(long, env = "AVZEUS_LEARN_SIGMA_LEAST", requires = "sigma_most")]
    pub sigma_least: Option<f32>,

    /// Upper end of a learned standard deviation, above the lower one and at most 5.
    #[arg(long, env = "AVZEUS_LEARN_SIGMA_MOST", requires = "sigma_least")]
    pub sigma_most: Option<f32>,

    /// Weight of the critic's squared error in the loss, 0 or more.
    #[arg(long, env = "AVZEUS_LEARN_VALUE_COEFFICIENT", default_value_t = 0.4)]
    pub value_coefficient: f32,

    /// β, weight of the entropy bonus, 0 or more; without effect while σ is fixed.
    #[arg(long, env = "AVZEUS_LEARN_ENTROPY_COEFFICIENT", default_value_t = 0.0)]
    pub entropy_coefficient: f32,

    /// Largest importance ratio π/π_logged of a replayed click, 1 or more.
    #[arg(long, env = "AVZEUS_LEARN_RATIO_CAP", default_value_t = 5.0)]
    pub ratio_cap: f32,

    /// Longest gradient, over all parameters together, above 0.
    #[arg(long, env = "AVZEUS_LEARN_GRADIENT_NORM", default_value_t = 0.5)]
    pub gradient_norm: f32,

    /// Subtracted from every distance of a state, 0 to 2.
    #[arg(long, env = "AVZEUS_LEARN_INPUT_MEAN", default_value_t = 1.2)]
    pub input_mean: f32,

    /// Divides what is left of it, above 0 and at most 2.
    #[arg(long, env = "AVZEUS_LEARN_INPUT_SCALE", default_value_t = 0.25)]
    pub input_scale: f32,

    /// Seed of the first parameters and of every batch.
    #[arg(long, env = "AVZEUS_LEARN_SEED", default_value_t = 1)]
    pub seed: u64,

    /// Clicks that the published mean reward looks back on: 1 to the window.
    #[arg(long, env = "AVZEUS_LEARN_RECENT_CLICKS", default_value_t = 200)]
    pub recent_clicks: usize,
}

/// Learning rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Learner {
    /// One-step advantage actor-critic.
    A2c,
}

impl Learner {
    /// Its name on the command line, in checkpoints and in what is published.
    pub fn name(self) -> &'static str {
        match self {
            Learner::A2c => "a2c",
        }
    }
}

impl Settings {
    /// Whether every number is one the learner can work with; names the setting that is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        let deviation = 0.05..=5.0;
        let least = self.sigma_least.unwrap_or(self.sigma);
        let most = self.sigma_most.unwrap_or(self.sigma);
        let rules: [(bool, &'static str, &str); 14] = [
            (within(self.learning_rate, 0.1), "AVZEUS_LEARN_RATE", "must be above 0 and at most 0.1"),
            (self.batch_clicks >= 1, "AVZEUS_LEARN_BATCH_CLICKS", "must be 1 or more"),
            (
                (self.batch_clicks..=65_536).contains(&self.window_clicks),
                "AVZEUS_LEARN_WINDOW_CLICKS",
                "must hold at least a batch (AVZEUS_LEARN_BATCH_CLICKS) and at most 65536 clicks",
            ),
            (deviation.contains(&self.sigma), "AVZEUS_LEARN_SIGMA", "must be between 0.05 and 5"),
            (deviation.contains(&least), "AVZEUS_LEARN_SIGMA_LEAST", "must be between 0.05 and 5"),
            (
                self.sigma_least.is_some() == self.sigma_most.is_some(),
                "AVZEUS_LEARN_SIGMA_LEAST",
                "must be set together with AVZEUS_LEARN_SIGMA_MOST, or neither of them",
            ),
            (
                deviation.contains(&most) && (self.sigma_most.is_none() || least < most),
                "AVZEUS_LEARN_SIGMA_MOST",
                "must be above AVZEUS_LEARN_SIGMA_LEAST and at most 5",
            ),
            (from(self.value_coefficient, 0.0), "AVZEUS_LEARN_VALUE_COEFFICIENT", "must be 0 or more"),
            (from(self.entropy_coefficient, 0.0), "AVZEUS_LEARN_ENTROPY_COEFFICIENT", "must be 0 or more"),
            (from(self.ratio_cap, 1.0), "AVZEUS_LEARN_RATIO_CAP", "must be 1 or more"),
            (within(self.gradient_norm, f32::MAX), "AVZEUS_LEARN_GRADIENT_NORM", "must be above 0"),
            ((0.0..=2.0).contains(&self.input_mean), "AVZEUS_LEARN_INPUT_MEAN", "must be between 0 and 2"),
            (within(self.input_scale, 2.0), "AVZEUS_LEARN_INPUT_SCALE", "must be above 0 and at most 2"),
            (
                (1..=self.window_clicks).contains(&self.recent_clicks),
                "AVZEUS_LEARN_RECENT_CLICKS",
                "must be 1 or more and at most the window (AVZEUS_LEARN_WINDOW_CLICKS)",
            ),
        ];
        let broken = rules.into_iter().find(|(holds, ..)| !holds);
        broken.map_or(Ok(()), |(_, setting, why)| Err(Invalid { setting, why: why.to_owned() }))
    }

    /// What σ is allowed to be.
    pub fn exploration(&self) -> Exploration {
        match (self.sigma_least, self.sigma_most) {
            (Some(least), Some(most)) => Exploration::Bounded { least, most },
            _ => Exploration::Fixed { sigma: self.sigma },
        }
    }

    /// The transform every state passes before the first layer.
    pub fn input(&self) -> Standardisation {
        Standardisation { mean: self.input_mean, scale: self.input_scale }
    }

    /// SHA-256 over every setting that the parameters depend on and over the network's shape.
    pub fn digest(&self) -> [u8; 32] {
        let Self {
            learner,
            learning_rate,
            batch_clicks,
            window_clicks,
            sigma: _,
            sigma_least: _,
            sigma_most: _,
            value_coefficient,
            entropy_coefficient,
            ratio_cap,
            gradient_norm,
            input_mean,
            input_scale,
            seed,
            // Only looks at the rewards; no parameter depends on it.
            recent_clicks: _,
        } = self;
        let (state, hidden, actions) =
            (domain::state::STATE, domain::policy::HIDDEN, domain::weights::ACTIONS);
        let told = format!(
            "form {FOLD_FORM} network {state} {hidden} {actions} {LAYERS} {} rate {learning_rate:?} batch \
             {batch_clicks} window {window_clicks} exploration {:?} value {value_coefficient:?} entropy \
             {entropy_coefficient:?} cap {ratio_cap:?} norm {gradient_norm:?} input {input_mean:?} \
             {input_scale:?} seed {seed}",
            learner.name(),
            self.exploration(),
        );
        Sha256::digest(told).into()
    }
}

fn within(number: f32, most: f32) -> bool {
    number > 0.0 && number <= most
}

fn from(number: f32, least: f32) -> bool {
    number >= least && number.is_finite()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        settings: Settings,
    }

    pub(crate) fn defaults() -> Settings {
        Only::parse_from(["learn"]).settings
    }

    #[test]
    fn the_defaults_are_sound_and_sigma_is_fixed() {
        assert_eq!(defaults().validate(), Ok(()));
        assert_eq!(defaults().exploration(), Exploration::Fixed { sigma: 1.5 });
    }

    #[test]
    fn a_setting_that_cannot_be_is_named() {
        let named = |change: fn(&mut Settings)| {
            let mut settings = defaults();
            change(&mut settings);
            settings.validate().expect_err("must be refused").setting
        };
        assert_eq!(named(|s| s.learning_rate = 0.0), "AVZEUS_LEARN_RATE");
        assert_eq!(named(|s| s.batch_clicks = 0), "AVZEUS_LEARN_BATCH_CLICKS");
        assert_eq!(named(|s| s.window_clicks = 255), "AVZEUS_LEARN_WINDOW_CLICKS");
        assert_eq!(named(|s| s.sigma = f32::NAN), "AVZEUS_LEARN_SIGMA");
        assert_eq!(named(|s| s.sigma_least = Some(1.0)), "AVZEUS_LEARN_SIGMA_LEAST");
        assert_eq!(
            named(|s| (s.sigma_least, s.sigma_most) = (Some(1.5), Some(1.0))),
            "AVZEUS_LEARN_SIGMA_MOST"
        );
        assert_eq!(named(|s| s.ratio_cap = 0.5), "AVZEUS_LEARN_RATIO_CAP");
        assert_eq!(named(|s| s.recent_clicks = 5000), "AVZEUS_LEARN_RECENT_CLICKS");
    }

    #[test]
    fn the_digest_follows_what_the_parameters_depend_on_and_nothing_else() {
        let changed = |change: fn(&mut Settings)| {
            let mut settings = defaults();
            change(&mut settings);
            settings.digest() != defaults().digest()
        };
        assert!(changed(|s| s.learning_rate = 1e-3));
        assert!(changed(|s| s.sigma = 1.0));
        assert!(changed(|s| s.seed = 2));
        assert!(!changed(|s| s.recent_clicks = 100));
    }
}
