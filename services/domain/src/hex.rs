//! Bytes as people read them.

use std::fmt;

/// Prints two lower-case hexadecimal digits a byte.
#[derive(Debug, Clone, Copy)]
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_two_digits() {
        assert_eq!(Hex(&[0, 9, 0xa0, 0xff]).to_string(), "0009a0ff");
        assert_eq!(Hex(&[]).to_string(), "");
    }
}
