//! Withdrawals and their receipts.

use ed25519_dalek::{Signature, VerifyingKey};

use super::decode;
use crate::v1;

impl v1::PersonWithdrawn {
    /// Whether the last withdrawal has no receipt yet.
    pub fn is_open(&self) -> bool {
        let last = self.receipts.last().and_then(|receipt| receipt.statement().ok());
        last.is_none_or(|statement| statement.withdrawn_at_ms < self.withdrawn_at_ms)
    }
}

impl v1::Removed {
    /// So many of what.
    pub fn of(what: &str, count: u64) -> Self {
        Self { what: what.to_owned(), count }
    }
}

impl v1::Receipt {
    /// What it says. Whether it was signed so is another question.
    pub fn statement(&self) -> Result<v1::ErasureStatement, super::Malformed> {
        decode("ErasureStatement", &self.statement)
    }

    /// Whether it was signed by the key that it names.
    pub fn is_genuine(&self) -> bool {
        let key = self.public_key.as_slice().try_into().ok();
        let key = key.and_then(|key| VerifyingKey::from_bytes(key).ok());
        let signature = Signature::from_slice(&self.signature).ok();
        key.zip(signature)
            .is_some_and(|(key, signature)| key.verify_strict(&self.statement, &signature).is_ok())
    }
}
