//! How the policy learns: every number that shapes the fold, with its unit, range and default.
//!
//! The defaults are what simulated visitors showed to be safe. A rule that learns from the rank of the
//! click needs exploration: below σ = 1 it is nearly blind, and a learned σ without bounds drifts up. One
//! that learns from the slate needs little. The ten distances must be standardised by a fixed transform.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use domain::policy::{Exploration, Standardisation};
use runtime::Invalid;
use sha2::{Digest, Sha256};

use crate::network::LAYERS;
use crate::rules::acer::AcerSettings;
use crate::rules::slate::SlateSettings;
use crate::rules::{self, Rule};

/// Raised when the same settings and clicks no longer give the same parameters.
pub(crate) const FOLD_FORM: u32 = 6;

/// Settings of learning; flags and `AVZEUS_LEARN_…` variables alike. What is left unset is what the
/// learning rule was found to need: the help of the rule tells it.
#[derive(Debug, Clone, PartialEq, clap::Args)]
#[command(next_help_heading = "Learning")]
pub struct Settings {
    /// Learning rule.
    #[arg(long = "learner", env = "AVZEUS_LEARN_LEARNER", value_name = "LEARNER", default_value = rules::slate::Slate.name(),
          value_parser = rule_parser())]
    pub rule: &'static dyn Rule,

    /// Adam's step, above 0 and at most 0.1; 0.01 was seen to be unsafe [default: the rule's].
    #[arg(long, env = "AVZEUS_LEARN_RATE")]
    pub learning_rate: Option<f32>,

    /// Clicks an update looks at, 1 or more; the newest is always among them [default: the rule's].
    #[arg(long, env = "AVZEUS_LEARN_BATCH_CLICKS")]
    pub batch_clicks: Option<usize>,

    /// Clicks between two updates, 1 or more [default: the rule's].
    #[arg(long, env = "AVZEUS_LEARN_EVERY_CLICKS")]
    pub every_clicks: Option<u64>,

    /// Recent clicks that a batch is drawn from: at least a batch, at most 65536 [default: the rule's].
    #[arg(long, env = "AVZEUS_LEARN_WINDOW_CLICKS")]
    pub window_clicks: Option<usize>,

    /// Newest clicks that are held against the older ones of the window, up to half of it: where they tell of another
    /// taste, learning begins again from them; 0 never looks [default: the rule's].
    #[arg(long, env = "AVZEUS_LEARN_TASTE_CLICKS")]
    pub taste_clicks: Option<usize>,

    /// Exploration: standard deviation of every component of x, 0.05 to 5 [default: the rule's].
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

    /// β, weight of the entropy bonus, 0 or more; without effect while σ is fixed [default: the rule's].
    #[arg(long, env = "AVZEUS_LEARN_ENTROPY_COEFFICIENT")]
    pub entropy_coefficient: Option<f32>,

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

    /// What only `acer` has.
    #[command(flatten)]
    pub acer: AcerSettings,

    /// What only `slate` has.
    #[command(flatten)]
    pub slate: SlateSettings,
}

/// Returns what reads a rule's name, and tells every rule's defaults in the help.
fn rule_parser() -> impl TypedValueParser<Value = &'static dyn Rule> {
    let values = rules::ALL
        .map(|rule| PossibleValue::new(rule.name()).help(format!("{} ({})", rule.about(), rule.defaults())));
    PossibleValuesParser::new(values).try_map(|name| rules::named(&name))
}

impl Default for Settings {
    /// Returns what the variables say, and where they say nothing, the defaults.
    fn default() -> Self {
        let command = <Self as clap::Args>::augment_args(clap::Command::new("learn"));
        <Self as clap::FromArgMatches>::from_arg_matches(&command.get_matches_from(["learn"]))
            .expect("every setting has a default or may be left unset")
    }
}

impl Settings {
    /// Returns Adam's step.
    pub fn learning_rate(&self) -> f32 {
        self.learning_rate.unwrap_or(self.rule.defaults().learning_rate)
    }

    /// Returns how many clicks an update looks at.
    pub fn batch_clicks(&self) -> usize {
        self.batch_clicks.unwrap_or(self.rule.defaults().batch_clicks)
    }

    /// Returns how many clicks lie between two updates.
    pub fn every_clicks(&self) -> u64 {
        self.every_clicks.unwrap_or(self.rule.defaults().every_clicks)
    }

    /// Returns how many recent clicks a batch is drawn from.
    pub fn window_clicks(&self) -> usize {
        self.window_clicks.unwrap_or(self.rule.defaults().window_clicks)
    }

    /// Returns how many of the newest clicks are held against the older ones; 0 where they are not.
    pub fn taste_clicks(&self) -> usize {
        self.taste_clicks.unwrap_or(self.rule.defaults().taste_clicks).min(self.window_clicks() / 2)
    }

    /// Returns the standard deviation of every component of x, where it is fixed.
    pub fn sigma(&self) -> f32 {
        self.sigma.unwrap_or(self.rule.defaults().sigma)
    }

    /// Returns β, the weight of the entropy bonus.
    pub fn entropy_coefficient(&self) -> f32 {
        self.entropy_coefficient.unwrap_or(self.rule.defaults().entropy_coefficient)
    }

    /// Refuses a number that learning cannot work with; names the setting.
    pub fn validate(&self) -> Result<(), Invalid> {
        let deviation = 0.05..=5.0;
        let least = self.sigma_least.unwrap_or(self.sigma());
        let most = self.sigma_most.unwrap_or(self.sigma());
        check([
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
            ((0.0..=2.0).contains(&self.input_mean), "AVZEUS_LEARN_INPUT_MEAN", "must be between 0 and 2"),
            (within(self.input_scale, 2.0), "AVZEUS_LEARN_INPUT_SCALE", "must be above 0 and at most 2"),
            (
                (1..=self.window_clicks()).contains(&self.recent_clicks),
                "AVZEUS_LEARN_RECENT_CLICKS",
                "must be 1 or more and at most the window (AVZEUS_LEARN_WINDOW_CLICKS)",
            ),
        ])?;
        for rule in rules::ALL {
            rule.validate(self)?;
        }
        Ok(())
    }

    /// Returns what σ is allowed to be.
    pub fn exploration(&self) -> Exploration {
        match (self.sigma_least, self.sigma_most) {
            (Some(least), Some(most)) => Exploration::Bounded { least, most },
            _ => Exploration::Fixed { sigma: self.sigma() },
        }
    }

    /// Returns the transform that every state passes before the first layer.
    pub fn input(&self) -> Standardisation {
        Standardisation { mean: self.input_mean, scale: self.input_scale }
    }

    /// Returns the SHA-256 over every setting that the parameters depend on and over the network's shape.
    pub fn digest(&self) -> [u8; 32] {
        let told = format!(
            "form {FOLD_FORM} network {} {} {} {LAYERS} {} rate {:?} batch {} every {} window {} taste {} exploration {:?} \
             value {:?} entropy {:?} cap {:?} norm {:?} own {:?} input {:?} {:?} seed {}",
            domain::state::STATE,
            domain::policy::HIDDEN,
            domain::weights::ACTIONS,
            self.rule.name(),
            self.learning_rate(),
            self.batch_clicks(),
            self.every_clicks(),
            self.window_clicks(),
            self.taste_clicks(),
            self.exploration(),
            self.value_coefficient,
            self.entropy_coefficient(),
            self.ratio_cap,
            self.gradient_norm,
            self.rule.own_settings(self),
            self.input_mean,
            self.input_scale,
            self.seed,
        );
        Sha256::digest(told).into()
    }
}

/// Refuses the first setting whose rule does not hold: each is told whether it holds, by its name and what it must be.
pub(crate) fn check<const N: usize>(rules: [(bool, &'static str, &str); N]) -> Result<(), Invalid> {
    for (holds, setting, why) in rules {
        if !holds {
            return Err(Invalid { setting, why: why.to_owned() });
        }
    }
    Ok(())
}

/// Returns whether `number` is above 0 and at most `most`.
fn within(number: f32, most: f32) -> bool {
    number > 0.0 && number <= most
}

/// Returns whether `number` is finite and at least `least`.
pub(crate) fn from(number: f32, least: f32) -> bool {
    number >= least && number.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        settings: Settings,
    }

    #[test]
    fn the_defaults_of_every_rule_are_sound_and_sigma_is_fixed() {
        for rule in rules::ALL {
            let settings = Settings { rule, ..Settings::default() };
            assert_eq!(settings.validate(), Ok(()));
            assert_eq!(settings.exploration(), Exploration::Fixed { sigma: rule.defaults().sigma });
        }
    }

    #[test]
    fn a_rule_is_set_by_its_name_and_its_help_tells_its_defaults() {
        for rule in rules::ALL {
            let only = Only::try_parse_from(["learn", "--learner", rule.name()]).unwrap();
            assert_eq!(only.settings.rule, rule);
            let help = Only::command().render_long_help().to_string();
            let words: Vec<&str> = help.split_whitespace().collect();
            let told = format!("{} ({})", rule.about(), rule.defaults());
            assert!(words.join(" ").contains(&told), "{told} is not in {help}");
        }
        assert!(Only::try_parse_from(["learn", "--learner", "sarsa"]).is_err());
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
        assert_eq!(named(|s| s.acer.on_policy_steps = 65), "AVZEUS_LEARN_ON_POLICY_STEPS");
        assert_eq!(
            named(|s| (s.acer.on_policy_steps, s.acer.replay_steps) = (0, 0)),
            "AVZEUS_LEARN_REPLAY_STEPS"
        );
        assert_eq!(named(|s| s.acer.trust_region = f32::INFINITY), "AVZEUS_LEARN_TRUST_REGION");
        assert_eq!(named(|s| s.acer.average_decay = 1.0), "AVZEUS_LEARN_AVERAGE_DECAY");
        assert_eq!(named(|s| s.slate.prior_clicks = -1.0), "AVZEUS_LEARN_PRIOR_CLICKS");
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
        assert!(changed(|s| s.rule = &rules::acer::Acer));
        assert!(!changed(|s| s.learning_rate = Some(s.learning_rate())));
        assert!(!changed(|s| s.recent_clicks = 100));
        // The default rule is slate: its own settings count, and another rule's do not.
        assert!(changed(|s| s.slate.prior_clicks = 7.0));
        assert!(!changed(|s| s.acer.trust_region = 7.0));
    }
}
