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
