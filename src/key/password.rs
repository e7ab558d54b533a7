//! Passwords and PINs: held in locked memory that is wiped, shown nowhere.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use inkan_guard::LockedBuffer;
use std::fmt;
use zeroize::Zeroizing;

/// A password or PIN.
///
/// It can be neither cloned nor printed, and compared with another one only: the thing to do with it
/// is to hand its bytes to a key derivation or a token.
pub struct Password(LockedBuffer);

impl Password {
    /// Takes the bytes over; what held them is wiped now, and the password when it is dropped.
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(LockedBuffer::from(bytes.as_slice()))
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Whether both are the same, in a time that tells their lengths at most.
    pub fn is_same_as(&self, other: &Self) -> bool {
        verify_slices_are_equal(self.expose(), other.expose()).is_ok()
    }
}

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self::new(Zeroizing::new(text.into_bytes()))
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

    #[test]
    fn a_password_is_the_same_as_itself_and_as_no_other() {
        let password = |text: &str| Password::from(text.to_owned());
        assert!(password("himitsu").is_same_as(&password("himitsu")));
        for other in ["himitsU", "Himitsu", "himits", "himitsuu", ""] {
            assert!(!password("himitsu").is_same_as(&password(other)), "{other}");
        }
    }
}
