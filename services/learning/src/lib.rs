//! Learning: the policy as a fold over clicks, apart from where the clicks come from and where the policy goes.
//!
//! [`fold`] takes a click that [`admissibility`] lets through, draws a batch from its window of [`experience`] and makes
//! one update of what is [`learned`], by one of the [`rules`]: each writes its loss with burn's tensors ([`step`],
//! [`network`]), burn leads it back to the parameters, [`adam`] steps. [`checkpoint`] seals the fold, [`settings`] shape
//! it. [`examination`] fits, in the same way, what is no policy: how likely each place of a slate is looked at. Nothing
//! here knows of I/O, clocks or other randomness than what follows from the seed.

pub mod adam;
pub mod admissibility;
pub mod checkpoint;
pub mod examination;
pub mod experience;
pub mod fold;
pub mod learned;
pub mod network;
pub mod rules;
pub mod settings;
pub mod step;

mod draws;
mod resemblance;
mod window;

#[cfg(test)]
mod plain;
#[cfg(test)]
mod pytorch;
