//! Settings of the learner's service.

use runtime::{Configured, Invalid, ServiceSettings};

use learning::settings::Settings;

/// Learns from every click: one update each, published within milliseconds.
///
/// On every line one learns at a time. A second may run beside it: it stands by, and takes over when
/// clicks stay unlearned. Lines learn from the same clicks side by side, each in its own way; which of
/// them serves is decided by `avzeus policy promote`.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "avzeus-learn", version)]
pub struct Config {
    #[command(flatten)]
    pub(crate) service: ServiceSettings,
    #[command(flatten)]
    pub(crate) bus: bus::BusConfig,
    #[command(flatten)]
    pub(crate) settings: Settings,

    /// Name of the line that it learns on: letters, digits and -; not `initial` or `serving`.
    #[arg(long, env = "AVZEUS_LEARN_LINE", default_value = domain::serving::LIVE)]
    pub(crate) line: String,

    /// Clicks that the line learns from before it may serve; until then the initial policy serves in its place.
    #[arg(long, env = "AVZEUS_LEARN_SHADOW_CLICKS", default_value_t = 0)]
    pub(crate) shadow_clicks: u64,

    /// Clicks between two checkpoints, 1 or more: at most so many are learned again after a crash.
    #[arg(long, env = "AVZEUS_LEARN_CHECKPOINT_CLICKS", default_value_t = 100)]
    pub(crate) checkpoint_clicks: u64,

    /// Longest time that a learned click waits for others before its policy is published, in
    /// milliseconds, 1 to 1000. When no other is waiting it is published at once.
    #[arg(long, env = "AVZEUS_LEARN_PUBLISH_MS", default_value_t = 50)]
    pub(crate) publish_ms: u64,

    /// Time that clicks may stay unlearned before a standing-by learner takes over, in seconds, 1 or more.
    #[arg(long, env = "AVZEUS_LEARN_STANDBY_SECONDS", default_value_t = 3)]
    pub(crate) standby_seconds: u64,
}

impl Configured for Config {
    fn service(&self) -> &ServiceSettings {
        &self.service
    }

    fn validate(&self) -> Result<(), Invalid> {
        let rules = [
            (
                domain::serving::is_line(&self.line),
                "AVZEUS_LEARN_LINE",
                "must be 1 to 32 letters, digits or -, and neither `initial` nor `serving`",
            ),
            (self.checkpoint_clicks >= 1, "AVZEUS_LEARN_CHECKPOINT_CLICKS", "must be 1 or more"),
            ((1..=1000).contains(&self.publish_ms), "AVZEUS_LEARN_PUBLISH_MS", "must be 1 to 1000"),
            (self.standby_seconds >= 1, "AVZEUS_LEARN_STANDBY_SECONDS", "must be 1 or more"),
        ];
        if let Some((_, setting, why)) = rules.into_iter().find(|(holds, ..)| !holds) {
            return Err(Invalid { setting, why: why.to_owned() });
        }
        self.settings.validate()?;
        self.bus.validate()
    }
}
