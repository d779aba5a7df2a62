//! Learning rules, and the settings in which they must differ.

/// A learning rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Learner {
    /// One-step advantage actor-critic: learns from the rank of the click.
    A2c,
    /// Actor-critic with experience replay (Wang et al. 2016), one-step: the same reward, replayed more.
    Acer,
    /// Credit from the whole slate: who was clicked among the ten shown.
    Slate,
    /// The original's update, which bootstraps over two unrelated visitors; for comparison only.
    #[value(alias = "compat-nstep")]
    Compat,
}

/// What a setting is while it is left unset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Defaults {
    /// Adam's step.
    pub learning_rate: f32,
    /// Clicks an update looks at.
    pub batch_clicks: usize,
    /// Clicks between two updates.
    pub every_clicks: u64,
    /// Recent clicks that a batch is drawn from.
    pub window_clicks: usize,
    /// Standard deviation of every component of x.
    pub sigma: f32,
    /// Weight of the entropy bonus.
    pub entropy_coefficient: f32,
}

impl Learner {
    /// Its name on the command line, in checkpoints and in what is published.
    pub fn name(self) -> &'static str {
        match self {
            Learner::A2c => "a2c",
            Learner::Acer => "acer",
            Learner::Slate => "slate",
            Learner::Compat => "compat",
        }
    }

    /// What simulated visitors showed to serve it best; `compat` is as the original was.
    ///
    /// The rank of one click tells little: rules that learn from it want large batches of many clicks, small
    /// steps and wide exploration. The slate tells much, and forgets an old taste sooner by a short window.
    pub fn defaults(self) -> Defaults {
        let ranks = Defaults {
            learning_rate: 2e-4,
            batch_clicks: 256,
            every_clicks: 64,
            window_clicks: 32_768,
            sigma: 0.8,
            entropy_coefficient: 0.0,
        };
        match self {
            Learner::A2c | Learner::Acer => ranks,
            Learner::Slate => Defaults {
                learning_rate: 1e-3,
                batch_clicks: 64,
                every_clicks: 1,
                window_clicks: 4096,
                sigma: 0.3,
                ..ranks
            },
            Learner::Compat => Defaults {
                learning_rate: 1e-2,
                batch_clicks: 64,
                window_clicks: 4096,
                sigma: 1.5,
                entropy_coefficient: 0.01,
                ..ranks
            },
        }
    }
}
