//! The key that receipts are signed with.

use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use ed25519_dalek::{Signer, SigningKey};
use proto::{Message, v1};

use crate::IngestError;

/// An Ed25519 key, kept in a file of 64 hex digits that only its owner reads.
pub(crate) struct ReceiptKey(SigningKey);

impl ReceiptKey {
    /// Reads the key in `file`, or draws one and writes it there.
    pub(crate) fn open(file: &Path) -> Result<Self, IngestError> {
        let unusable = |why: String| IngestError::ReceiptKey { path: file.display().to_string(), why };
        let digits = match std::fs::read_to_string(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let digits = format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
                let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
                let written = made.and_then(|mut made| made.write_all(digits.as_bytes()));
                written.map_err(|e| unusable(e.to_string()))?;
                digits
            }
            read => read.map_err(|e| unusable(e.to_string()))?,
        };
        let bytes = secret(digits.trim()).ok_or_else(|| unusable("it holds no 64 hex digits".to_owned()))?;
        Ok(Self(SigningKey::from_bytes(&bytes)))
    }

    pub(crate) fn sign(&self, statement: &v1::ErasureStatement) -> v1::Receipt {
        let statement = statement.encode_to_vec();
        let signature = self.0.sign(&statement).to_bytes().to_vec();
        v1::Receipt { statement, public_key: self.0.verifying_key().to_bytes().to_vec(), signature }
    }
}

fn secret(digits: &str) -> Option<[u8; 32]> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    pairs.collect::<Option<Vec<u8>>>()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signature, VerifyingKey};

    use super::*;

    #[test]
    fn the_same_file_is_the_same_key_and_what_it_signed_cannot_be_changed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("receipt.key");
        let statement = v1::ErasureStatement { person: "aoi".into(), ..Default::default() };
        let receipt = ReceiptKey::open(&file).unwrap().sign(&statement);
        assert_eq!(ReceiptKey::open(&file).unwrap().sign(&statement), receipt);
        let key = VerifyingKey::from_bytes(&receipt.public_key.clone().try_into().unwrap()).unwrap();
        let signature = Signature::from_slice(&receipt.signature).unwrap();
        assert!(key.verify_strict(&receipt.statement, &signature).is_ok());
        let forged = v1::ErasureStatement { person: "ren".into(), ..statement }.encode_to_vec();
        assert!(key.verify_strict(&forged, &signature).is_err());
        std::fs::write(&file, "no key").unwrap();
        assert!(ReceiptKey::open(&file).is_err());
    }
}
