//! How the policy learns: every number that shapes the fold, with its unit, range and default.
//!
//! The defaults are what simulated visitors showed to be safe. A rule that learns from the rank of the
//! click needs exploration: below σ = 1 it is nearly blind, and a learned σ without bounds drifts up. One
//! that learns from the slate needs little. The ten distances must be standardised by a fixed transform.

use domain::policy::{Exploration, Standardisation};
use runtime::Invalid;
use sha2::{Digest, Sha256};

pub use crate::learner::Learner;
use crate::network::LAYERS;
pub use crate::slate::Aim;

/// Raised when the same settings and clicks no longer give the same parameters.
const FOLD_FORM: u32 = 4;

/// Settings of the learner; flags and `AVZEUS_LEARN_…` variables alike. What is left unset is what the
/// learning rule was found to need.
#[derive(Debug, Clone, PartialEq, clap::Args)]
#[command(next_help_heading = "Learning")]
pub struct Settings {
    /// Learning rule.
    #[arg(long, env = "AVZEUS_LEARN_LEARNER", value_enum, default_value_t = Learner::Slate)]
    pub learner: Learner,

    /// Adam's step, above 0 and at most 0.1; 0.01 was seen to be unsafe [default: a2c 0.0002, acer 0.0002, slate 0.001, compat 0.01].
    #[arg(long, env = "AVZEUS_LEARN_RATE")]
    pub learning_rate: Option<f32>,

    /// Clicks an update looks at, 1 or more; the newest is always among them [default: a2c 256, acer 256, slate 64, compat 64].
    #[arg(long, env = "AVZEUS_LEARN_BATCH_CLICKS")]
    pub batch_clicks: Option<usize>,

    /// Clicks between two updates, 1 or more [default: a2c 64, acer 64, slate 1, compat 64].
    #[arg(long, env = "AVZEUS_LEARN_EVERY_CLICKS")]
    pub every_clicks: Option<u64>,

    /// Recent clicks that a batch is drawn from: at least a batch, at most 65536
    /// [default: a2c 32768, acer 32768, slate 4096, compat 4096].
    #[arg(long, env = "AVZEUS_LEARN_WINDOW_CLICKS")]
    pub window_clicks: Option<usize>,

    /// Exploration: standard deviation of every component of x, 0.05 to 5 [default: a2c 0.8, acer 0.8, slate 0.3, compat 1.5].
    #[arg(long, env = "AVZEUS_LEARN_SIGMA")]
    pub sigma: Option<f32>,

    /// Lower end of a learned standard deviation, 0.05 to 5; with its upper end it replaces the fixed one.
    #[arg(long, env = "AVZEUS_LEARN_SIGMA_LEAST", requires = "sigma_most")]
    pub sigma_least: Option<f32>,

    /// Upper end of a learned standard deviation, above the lower one and at most 5.
    #[arg(long, env = "AVZEUS_LEARN_SIGMA_MOST", requires = "sigma_least")]
    pub sigma_most: Option<f32>,

    /// Weight of the critic's squared error in the loss, 0 or more.
    #[arg(long, env = "AVZEUS_LEARN_VALUE_COEFFICIENT", default_value_t = 0.4)]
    pub value_coefficient: f32,

    /// β, weight of the entropy bonus, 0 or more; without effect while σ is fixed [default: a2c 0, acer 0, slate 0, compat 0.01].
    #[arg(long, env = "AVZEUS_LEARN_ENTROPY_COEFFICIENT")]
    pub entropy_coefficient: Option<f32>,

    /// Largest importance ratio π/π_logged of a replayed click, 1 or more.
    #[arg(long, env = "AVZEUS_LEARN_RATIO_CAP", default_value_t = 5.0)]
    pub ratio_cap: f32,

    /// Longest gradient, over all parameters together, above 0.
    #[arg(long, env = "AVZEUS_LEARN_GRADIENT_NORM", default_value_t = 0.5)]
    pub gradient_norm: f32,

    /// acer: steps an update takes on the clicks since the last one, at most a batch, 0 to 64.
    #[arg(long, env = "AVZEUS_LEARN_ON_POLICY_STEPS", default_value_t = 1)]
    pub on_policy_steps: u32,

    /// acer: steps an update takes on clicks drawn from the window, a batch each, 0 to 64.
    #[arg(long, env = "AVZEUS_LEARN_REPLAY_STEPS", default_value_t = 1)]
    pub replay_steps: u32,

    /// acer: δ, how steeply a step may lead away from the average policy, 0 or more.
    #[arg(long, env = "AVZEUS_LEARN_TRUST_REGION", default_value_t = 1.0)]
    pub trust_region: f32,

    /// acer: share of the average policy that a step leaves as it was, 0 to below 1.
    #[arg(long, env = "AVZEUS_LEARN_AVERAGE_DECAY", default_value_t = 0.99)]
    pub average_decay: f32,

    /// slate: what the policy's weights are to be: the visitors' own, or those of the slates that earn most.
    #[arg(long, env = "AVZEUS_LEARN_AIM", value_enum, default_value_t = Aim::Utility)]
    pub aim: Aim,

    /// slate: clicks that the belief in the initial weights is worth, 0 or more.
    #[arg(long, env = "AVZEUS_LEARN_PRIOR_CLICKS", default_value_t = 1.0)]
    pub prior_clicks: f32,

    /// slate: clicks that the belief in the same weights for every state is worth, 0 or more.
    #[arg(long, env = "AVZEUS_LEARN_CONSTANCY_CLICKS", default_value_t = 10.0)]
    pub constancy_clicks: f32,

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

impl Default for Settings {
    /// What the variables say, and where they say nothing, the defaults.
    fn default() -> Self {
        let command = <Self as clap::Args>::augment_args(clap::Command::new("learn"));
        <Self as clap::FromArgMatches>::from_arg_matches(&command.get_matches_from(["learn"]))
            .expect("every setting has a default or may be left unset")
    }
}

impl Settings {
    /// Adam's step.
    pub fn learning_rate(&self) -> f32 {
        self.learning_rate.unwrap_or(self.learner.defaults().learning_rate)
    }

    /// Clicks an update looks at.
    pub fn batch_clicks(&self) -> usize {
        self.batch_clicks.unwrap_or(self.learner.defaults().batch_clicks)
    }

    /// Clicks between two updates.
    pub fn every_clicks(&self) -> u64 {
        self.every_clicks.unwrap_or(self.learner.defaults().every_clicks)
    }

    /// Recent clicks that a batch is drawn from.
    pub fn window_clicks(&self) -> usize {
        self.window_clicks.unwrap_or(self.learner.defaults().window_clicks)
    }

    /// Standard deviation of every component of x, where it is fixed.
    pub fn sigma(&self) -> f32 {
        self.sigma.unwrap_or(self.learner.defaults().sigma)
    }

    /// β, weight of the entropy bonus.
    pub fn entropy_coefficient(&self) -> f32 {
        self.entropy_coefficient.unwrap_or(self.learner.defaults().entropy_coefficient)
    }

    /// Whether every number is one the learner can work with; names the setting that is not.
    pub fn validate(&self) -> Result<(), Invalid> {
        let deviation = 0.05..=5.0;
        let least = self.sigma_least.unwrap_or(self.sigma());
        let most = self.sigma_most.unwrap_or(self.sigma());
        let rules: [(bool, &'static str, &str); 21] = [
            (within(self.learning_rate(), 0.1), "AVZEUS_LEARN_RATE", "must be above 0 and at most 0.1"),
            (self.batch_clicks() >= 1, "AVZEUS_LEARN_BATCH_CLICKS", "must be 1 or more"),
            (self.every_clicks() >= 1, "AVZEUS_LEARN_EVERY_CLICKS", "must be 1 or more"),
            (
                (self.batch_clicks()..=65_536).contains(&self.window_clicks()),
                "AVZEUS_LEARN_WINDOW_CLICKS",
                "must hold at least a batch (AVZEUS_LEARN_BATCH_CLICKS) and at most 65536 clicks",
            ),
            (deviation.contains(&self.sigma()), "AVZEUS_LEARN_SIGMA", "must be between 0.05 and 5"),
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
            (from(self.entropy_coefficient(), 0.0), "AVZEUS_LEARN_ENTROPY_COEFFICIENT", "must be 0 or more"),
            (from(self.ratio_cap, 1.0), "AVZEUS_LEARN_RATIO_CAP", "must be 1 or more"),
            (within(self.gradient_norm, f32::MAX), "AVZEUS_LEARN_GRADIENT_NORM", "must be above 0"),
            (self.on_policy_steps <= 64, "AVZEUS_LEARN_ON_POLICY_STEPS", "must be 0 to 64"),
            (
                self.replay_steps <= 64 && self.on_policy_steps + self.replay_steps >= 1,
                "AVZEUS_LEARN_REPLAY_STEPS",
                "must be 0 to 64, and 1 or more where there are no steps on the newest clicks",
            ),
            (from(self.trust_region, 0.0), "AVZEUS_LEARN_TRUST_REGION", "must be 0 or more"),
            (
                (0.0..1.0).contains(&self.average_decay),
                "AVZEUS_LEARN_AVERAGE_DECAY",
                "must be 0 or more and below 1",
            ),
            (from(self.prior_clicks, 0.0), "AVZEUS_LEARN_PRIOR_CLICKS", "must be 0 or more"),
            (from(self.constancy_clicks, 0.0), "AVZEUS_LEARN_CONSTANCY_CLICKS", "must be 0 or more"),
            ((0.0..=2.0).contains(&self.input_mean), "AVZEUS_LEARN_INPUT_MEAN", "must be between 0 and 2"),
            (within(self.input_scale, 2.0), "AVZEUS_LEARN_INPUT_SCALE", "must be above 0 and at most 2"),
            (
                (1..=self.window_clicks()).contains(&self.recent_clicks),
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
            _ => Exploration::Fixed { sigma: self.sigma() },
        }
    }

    /// The transform every state passes before the first layer.
    pub fn input(&self) -> Standardisation {
        Standardisation { mean: self.input_mean, scale: self.input_scale }
    }

    /// SHA-256 over every setting that the parameters depend on and over the network's shape.
    pub fn digest(&self) -> [u8; 32] {
        let told = format!(
            "form {FOLD_FORM} network {} {} {} {LAYERS} {} rate {:?} batch {} every {} window {} exploration {:?} \
             value {:?} entropy {:?} cap {:?} norm {:?} steps {} {} trust {:?} decay {:?} aim {:?} prior {:?} {:?} input {:?} {:?} \
             seed {}",
            domain::state::STATE,
            domain::policy::HIDDEN,
            domain::weights::ACTIONS,
            self.learner.name(),
            self.learning_rate(),
            self.batch_clicks(),
            self.every_clicks(),
            self.window_clicks(),
            self.exploration(),
            self.value_coefficient,
            self.entropy_coefficient(),
            self.ratio_cap,
            self.gradient_norm,
            self.on_policy_steps,
            self.replay_steps,
            self.trust_region,
            self.average_decay,
            self.aim,
            self.prior_clicks,
            self.constancy_clicks,
            self.input_mean,
            self.input_scale,
            self.seed,
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
mod tests {
    use super::*;
    use crate::learner::Defaults;
    use clap::{CommandFactory, Parser, ValueEnum};

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        settings: Settings,
    }

    #[test]
    fn the_defaults_of_every_rule_are_sound_and_sigma_is_fixed() {
        for &learner in Learner::value_variants() {
            let settings = Settings { learner, ..Settings::default() };
            assert_eq!(settings.validate(), Ok(()));
            assert_eq!(settings.exploration(), Exploration::Fixed { sigma: learner.defaults().sigma });
        }
    }

    #[test]
    fn the_help_tells_what_is_left_unset_to_each_rule() {
        let help =
            Only::command().render_long_help().to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        let told = |what: fn(Defaults) -> String| {
            let each = |l: &Learner| format!("{} {}", l.name(), what(l.defaults()));
            let told = format!(
                "[default: {}]",
                Learner::value_variants().iter().map(each).collect::<Vec<_>>().join(", ")
            );
            assert!(help.contains(&told), "{told} is not in the help");
        };
        told(|d| d.learning_rate.to_string());
        told(|d| d.batch_clicks.to_string());
        told(|d| d.every_clicks.to_string());
        told(|d| d.window_clicks.to_string());
        told(|d| d.sigma.to_string());
        told(|d| d.entropy_coefficient.to_string());
    }

    #[test]
    fn a_setting_that_cannot_be_is_named() {
        let named = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.validate().expect_err("must be refused").setting
        };
        assert_eq!(named(|s| s.learning_rate = Some(0.0)), "AVZEUS_LEARN_RATE");
        assert_eq!(named(|s| s.batch_clicks = Some(0)), "AVZEUS_LEARN_BATCH_CLICKS");
        assert_eq!(
            named(|s| (s.batch_clicks, s.window_clicks) = (Some(256), Some(255))),
            "AVZEUS_LEARN_WINDOW_CLICKS"
        );
        assert_eq!(named(|s| s.sigma = Some(f32::NAN)), "AVZEUS_LEARN_SIGMA");
        assert_eq!(named(|s| s.sigma_least = Some(1.0)), "AVZEUS_LEARN_SIGMA_LEAST");
        assert_eq!(
            named(|s| (s.sigma_least, s.sigma_most) = (Some(1.5), Some(1.0))),
            "AVZEUS_LEARN_SIGMA_MOST"
        );
        assert_eq!(named(|s| s.ratio_cap = 0.5), "AVZEUS_LEARN_RATIO_CAP");
        assert_eq!(named(|s| s.every_clicks = Some(0)), "AVZEUS_LEARN_EVERY_CLICKS");
        assert_eq!(named(|s| s.on_policy_steps = 65), "AVZEUS_LEARN_ON_POLICY_STEPS");
        assert_eq!(named(|s| (s.on_policy_steps, s.replay_steps) = (0, 0)), "AVZEUS_LEARN_REPLAY_STEPS");
        assert_eq!(named(|s| s.trust_region = f32::INFINITY), "AVZEUS_LEARN_TRUST_REGION");
        assert_eq!(named(|s| s.average_decay = 1.0), "AVZEUS_LEARN_AVERAGE_DECAY");
        assert_eq!(named(|s| s.prior_clicks = -1.0), "AVZEUS_LEARN_PRIOR_CLICKS");
        assert_eq!(named(|s| s.recent_clicks = 5000), "AVZEUS_LEARN_RECENT_CLICKS");
    }

    #[test]
    fn the_digest_follows_what_the_parameters_depend_on_and_nothing_else() {
        let changed = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.digest() != Settings::default().digest()
        };
        assert!(changed(|s| s.learning_rate = Some(1e-4)));
        assert!(changed(|s| s.sigma = Some(1.0)));
        assert!(changed(|s| s.seed = 2));
        assert!(changed(|s| s.learner = Learner::Acer));
        assert!(!changed(|s| s.learning_rate = Some(s.learning_rate())));
        assert!(!changed(|s| s.recent_clicks = 100));
    }
}
