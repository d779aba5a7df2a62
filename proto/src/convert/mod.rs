//! Crossing wire ⇄ domain. Everything that arrives is checked here, once.

pub mod catalogue;
pub mod face;
pub mod impression;
pub mod obstacle;
mod policy;
mod quality;
pub mod roster;
pub mod roster_csv;
mod serving;
mod withdrawal;

use domain::{Class, Classified};

/// A message that cannot be what it claims to be. It never becomes valid by being sent again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The bytes are no such message.
    #[error("{what} does not decode: {why}")]
    Undecodable {
        /// Message name.
        what: &'static str,
        /// The decoder's words.
        why: String,
    },
    /// A part that must be there is not.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A list of the wrong length.
    #[error("{field} holds {found} numbers, it must hold {expected}")]
    Length {
        /// Which list.
        field: &'static str,
        /// Its length.
        found: usize,
        /// What it must be.
        expected: usize,
    },
    /// A value outside what is possible.
    #[error("{field} is impossible: {why}")]
    Impossible {
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// Always the sender's fault.
impl Classified for Malformed {
    fn class(&self) -> Class {
        Class::BadInput
    }
}

/// Decodes `bytes` as the message `M`, called `what` in the error.
pub fn decode<M: prost::Message + Default>(what: &'static str, bytes: &[u8]) -> Result<M, Malformed> {
    M::decode(bytes).map_err(|e| Malformed::Undecodable { what, why: e.to_string() })
}

fn exactly<const N: usize>(field: &'static str, numbers: &[f32]) -> Result<[f32; N], Malformed> {
    numbers.try_into().map_err(|_| Malformed::Length { field, found: numbers.len(), expected: N })
}

fn impossible(field: &'static str) -> impl Fn(&dyn std::fmt::Display) -> Malformed {
    move |why| Malformed::Impossible { field, why: why.to_string() }
}

#[cfg(test)]
mod tests;
