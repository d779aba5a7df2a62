//! The learning rules.
//!
//! A rule is one module: its name, its defaults, the settings and numbers that only it has, and its loss, written with
//! burn's tensors, which burn differentiates. A new rule is a file of this folder, its `mod` and its entry in [`ALL`].

pub mod a2c;
pub mod acer;
pub mod compat;
pub mod slate;

use std::fmt;

use burn::tensor::Tensor;
use runtime::Invalid;

use crate::settings::Settings;
use crate::step::Step;

/// Every rule, in the order in which they are listed.
pub const ALL: [&dyn Rule; 4] = [&a2c::A2c, &acer::Acer, &slate::Slate, &compat::Compat];

/// A way to learn from clicks.
pub trait Rule: Sync {
    /// Returns its name on the command line, in checkpoints and in what is published.
    fn name(&self) -> &'static str;

    /// Returns what it does, in one sentence without its full stop.
    fn about(&self) -> &'static str;

    /// Returns what the settings that every rule has are while they are left unset.
    fn defaults(&self) -> Defaults;

    /// Returns whether rewards are what its policy is learned from, whatever they are.
    fn learns_from_rewards(&self) -> bool {
        true
    }

    /// Returns the settings that it has alone, as the digest of a checkpoint reads them.
    fn own_settings<'a>(&self, _settings: &'a Settings) -> &'a dyn fmt::Debug {
        &()
    }

    /// Refuses settings of its own that it cannot work with.
    fn validate(&self, _settings: &Settings) -> Result<(), Invalid> {
        Ok(())
    }

    /// Returns rows and columns of each tensor that it learns beside the policy.
    fn own_shapes(&self, _settings: &Settings) -> Vec<[usize; 2]> {
        Vec::new()
    }

    /// Returns the numbers of these tensors before the first click, one tensor after the other, row by row; `uniform`
    /// draws from [0, 1).
    fn own_initial(&self, _settings: &Settings, _uniform: &mut dyn FnMut() -> f32) -> Vec<f32> {
        Vec::new()
    }

    /// Returns the share of the average policy that a step leaves as it was; `None` where it keeps no average policy.
    fn average_decay(&self, _settings: &Settings) -> Option<f32> {
        None
    }

    /// Returns the clicks of each step of one update, in order.
    fn batches(&self, _settings: &Settings) -> Vec<Batch> {
        vec![Batch::Window]
    }

    /// Returns the loss of one step; `None` where its clicks are too few to learn from.
    fn loss(&self, step: &mut Step<'_>) -> Option<Loss>;
}

/// The clicks of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// A batch drawn from the window, the newest click among them.
    Window,
    /// So many of the newest clicks, in order.
    Newest(usize),
}

/// What burn differentiates, and what an update reports of it.
#[derive(Debug)]
pub struct Loss {
    /// What each click adds, `B × 1`: the loss is their mean.
    pub rows: Tensor<2>,
    /// The critic's squared errors, a row a click.
    pub squared_errors: Tensor<2>,
    /// Truncated importance ratios, a row a click; `None` where the rule uses none.
    pub ratios: Option<Tensor<2>>,
}

/// What a setting that every rule has is while it is left unset.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Defaults {
    /// Adam's step.
    pub learning_rate: f32,
    /// Clicks that a step looks at.
    pub batch_clicks: usize,
    /// Clicks between two updates.
    pub every_clicks: u64,
    /// Recent clicks that a batch is drawn from.
    pub window_clicks: usize,
    /// Newest clicks that are held against the older ones of the window; 0 where they are not.
    pub taste_clicks: usize,
    /// Standard deviation of every component of x.
    pub sigma: f32,
    /// Weight of the entropy bonus.
    pub entropy_coefficient: f32,
}

impl fmt::Display for Defaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { learning_rate, batch_clicks, every_clicks, window_clicks, taste_clicks, .. } = self;
        let Self { sigma, entropy_coefficient, .. } = self;
        write!(
            f,
            "rate {learning_rate}, batch {batch_clicks}, every {every_clicks}, window {window_clicks}, taste \
             {taste_clicks}, sigma {sigma}, entropy {entropy_coefficient}"
        )
    }
}

/// Returns the rule called `name`.
///
/// # Errors
/// The names that there are, where none is called so.
pub fn named(name: &str) -> Result<&'static dyn Rule, String> {
    let known = ALL.iter().find(|rule| rule.name() == name);
    known.copied().ok_or_else(|| {
        let names: Vec<&str> = ALL.iter().map(|rule| rule.name()).collect();
        format!("no learning rule is called {name:?}; there are {}", names.join(", "))
    })
}

impl PartialEq for dyn Rule {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl fmt::Debug for dyn Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
