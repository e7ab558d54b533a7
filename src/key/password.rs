//! Passwords and PINs: held in memory that is wiped, shown nowhere.

use std::fmt;
use zeroize::Zeroizing;

/// A password or PIN.
///
/// It can be neither compared, cloned nor printed: the only thing to do with it is to hand its
/// bytes to a key derivation or a token.
pub struct Password(Zeroizing<Vec<u8>>);

impl Password {
    /// Takes the bytes over; they are wiped when the password is dropped.
    pub const fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text.into_bytes()))
    }
}

impl fmt::Debug for Password {
    /// Not even the length: it narrows a search.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_tells_nothing() {
        assert_eq!(format!("{:?}", Password::from("himitsu".to_owned())), "Password(..)");
    }
}
