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

/// Where a password comes from. It is asked only when one is needed.
pub trait PasswordSource {
    /// The password.
    fn password(&mut self) -> Result<&Password, NoPassword>;
}

/// Why there is no password.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoPassword {
    /// Nobody was to be asked.
    #[error("it is locked with a password, and none was given")]
    Unasked,
    /// It could not be had.
    #[error("{error}")]
    Unavailable {
        /// Why not.
        error: String,
        /// What to do next.
        hint: &'static str,
    },
}

impl NoPassword {
    /// What to do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Unasked => "give the password with --pin-source file:PATH, fd:N or env:NAME",
            Self::Unavailable { hint, .. } => hint,
        }
    }
}

/// Nobody is asked.
#[derive(Clone, Copy, Debug)]
pub struct Unasked;

impl PasswordSource for Unasked {
    fn password(&mut self) -> Result<&Password, NoPassword> {
        Err(NoPassword::Unasked)
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
