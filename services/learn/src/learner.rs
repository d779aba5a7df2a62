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
    pub fn defaults(self) -> Defaults {
        let actor_critic = Defaults {
            learning_rate: 3e-4,
            batch_clicks: 256,
            every_clicks: 1,
            sigma: 1.5,
            entropy_coefficient: 0.0,
        };
        match self {
            Learner::A2c => actor_critic,
            Learner::Acer => Defaults { learning_rate: 3e-4, batch_clicks: 64, ..actor_critic },
            Learner::Slate => Defaults { learning_rate: 1e-3, batch_clicks: 64, sigma: 0.3, ..actor_critic },
            Learner::Compat => Defaults {
                learning_rate: 1e-2,
                batch_clicks: 64,
                every_clicks: 64,
                entropy_coefficient: 0.01,
                ..actor_critic
            },
        }
    }
}
