//! The pure core: what AVzeus computes, with no I/O, no clock and no randomness of its own.
//!
//! Every function here takes what it needs (vectors, noise, dates) and returns what follows from it,
//! so services stay thin and each rule can be tested by hand. The formulas are told in `README.md`
//! beside this crate; doc comments name its sections.
//!
//! An image's way through this crate: [`roster`] → [`quality`] → [`purify`] → [`group`] → [`draft`] → [`catalogue`].
//! A click's way: [`ranking`] → [`state`] → [`policy`] → [`slate`] → [`impression`] → [`reward`] → [`evaluation`].
//! Simulated visitors stand at both ends of it: [`visitor`] ranks, [`taste`] says who is useful, [`click_model`] clicks.

pub mod alarm;
pub mod catalogue;
mod cholesky;
pub mod class;
pub mod click_model;
pub mod draft;
pub mod embedding;
pub mod erasure;
pub mod evaluation;
pub mod examination;
pub mod group;
pub mod guard;
mod hex;
pub mod hosts;
pub mod id;
pub mod impression;
pub mod photo;
pub mod policy;
pub mod purify;
pub mod quality;
pub mod ranking;
pub mod reward;
pub mod roster;
pub mod serving;
pub mod silhouette;
pub mod slate;
pub mod state;
pub mod taste;
pub mod visitor;
pub mod weights;

pub use catalogue::{Catalogue, CatalogueError, CataloguePerson};
pub use class::{Class, Classified};
pub use hex::Hex;
pub use hosts::{HostError, Hosts};
pub use id::{Alias, CropId, IdError, PersonId};
pub use impression::{Arm, Impression, SlateEntry};
pub use policy::{Action, PolicyNetwork};
pub use ranking::{Ranking, RankingError};
pub use serving::Serving;
pub use state::State;

/// `K`: groups of the catalogue, one representative face each; nine fit a phone screen as 3×3.
pub const GROUPS: usize = 9;
/// `M`: faces a visitor ranks.
pub const PICKS: usize = 5;
/// People on a slate.
pub const SLATE: usize = 10;
