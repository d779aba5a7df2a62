//! Bytes in JSON.

use domain::Hex;
use serde::Serializer;

/// Two hexadecimal digits a byte.
pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Hex(bytes))
}
