//! Opens PKCS #12 stores (RFC 7292) for what stands beside the private keys in them.
//!
//! Nothing in a store is believed before its MAC is verified, where it has one. Private keys are told
//! and not decrypted, but for the one that is to be used ([`identity`]). A store is untrusted input: all the work that its parameters ask for is
//! bounded before it is done.

mod cipher;
mod kdf;
mod mac;
mod private;
#[cfg(test)]
mod tests;

use super::sealing::BadProtection;
use super::{KeyError, NoPassword, Password, PasswordSource};
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::pkcs12::{self, Bag, Content, Kept, Mac, Pfx, Safe};
use crate::der::{Bytes, Malformed, ber};
use cipher::Scheme;
pub use private::{Identity, identity};
use zeroize::Zeroizing;

/// Iterations for one password: a minute of a slow machine, somewhat more than a key file may ask for.
const MAX_WORK: u64 = 1 << 24;

/// Salts have some twenty octets.
const MAX_SALT: usize = 1024;

/// OWASP Password Storage Cheat Sheet (2023), PBKDF2-HMAC-SHA256.
const ENOUGH_ITERATIONS: u64 = 600_000;

/// An open store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Store {
    /// By what it was proven to be whole; nothing if it has no MAC, and then nothing proves it.
    pub integrity: Option<Storage>,
    /// What it holds, in its order.
    pub items: Vec<Item>,
}

/// A thing in a store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// The thing.
    pub bag: Bag,
    /// How it is kept.
    pub storage: Storage,
}

/// How something is protected by a password.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Storage {
    /// The cipher, or the MAC; nothing if it stands in the clear.
    pub algorithm: Option<String>,
    /// How the password becomes a key.
    pub kdf: Option<String>,
    /// How often that is iterated.
    pub iterations: Option<u64>,
    /// What is weak about it.
    pub weak: Vec<Weakness>,
}

/// What can be weak about the way something is kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Weakness {
    /// A private key in the clear.
    NotEncrypted,
    /// RC2 with 40 bits can be searched through; NIST SP 800-131A has no use of Triple DES after 2023.
    OldCipher,
    /// Guessing the password is cheap.
    FewIterations,
}

impl Weakness {
    /// Every weakness.
    pub const ALL: [Self; 3] = [Self::NotEncrypted, Self::OldCipher, Self::FewIterations];

    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotEncrypted => "not-encrypted",
            Self::OldCipher => "old-cipher",
            Self::FewIterations => "few-iterations",
        }
    }
}

/// Why a store is not opened.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotOpened {
    /// It is not in the form that the standard defines.
    #[error("the PKCS #12 store cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// It needs a password.
    #[error("the PKCS #12 store is not opened: {0}")]
    NoPassword(#[from] NoPassword),
    /// The MAC, or without one the encryption, is not of this password.
    #[error("the password does not open this PKCS #12 store, or the store was altered")]
    WrongPassword,
    /// The MAC is of this password and the encryption is not.
    #[error("the password is right, and a part of the PKCS #12 store does not decrypt with it")]
    Damaged,
    /// A private key opens it.
    #[error("this PKCS #12 store is protected with a public key instead of a password")]
    PublicKey,
    /// It asks for what inkan does not do.
    #[error("inkan does not open this PKCS #12 store: {0}")]
    Unsupported(String),
    /// The engine reported a failure.
    #[error("opening the PKCS #12 store failed: {0}")]
    Failed(String),
}

impl NotOpened {
    /// What to do next.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Malformed(_) | Self::Damaged => "fetch the file again from where it came from",
            Self::NoPassword(why) => why.hint(),
            Self::WrongPassword => {
                "try again; beside none and an empty one, inkan tries no password by itself"
            }
            Self::PublicKey => {
                "only its recipient can open it; ask the sender for the certificates as .pem or .p7b"
            }
            Self::Unsupported(_) => {
                "take the certificates out first: openssl pkcs12 -in FILE -nokeys -out certificates.pem"
            }
            Self::Failed(_) => "try again; if it happens again, the file is damaged",
        }
    }
}

/// Opens a store in BER or DER. Before the password is asked for, none and an empty one are tried:
/// they are common where only certificates are kept, and two different things (RFC 7292 appendix B.1
/// ends a password with two octets of zero; no password has not even those).
pub fn open(bytes: &[u8], passwords: &mut dyn PasswordSource) -> Result<Store, NotOpened> {
    with_password(bytes, passwords, unlock)
}

fn with_password<T>(
    bytes: &[u8],
    passwords: &mut dyn PasswordSource,
    unlock: impl Fn(&[u8], Option<&Mac>, &Secret<'_>) -> Result<T, NotOpened>,
) -> Result<T, NotOpened> {
    let pfx = Pfx::parse(bytes)?;
    let Safe::Data(safe) = &pfx.safe else { return Err(NotOpened::PublicKey) };
    let empty = Password::from(String::new());
    let unlock = |secret: Secret<'_>| unlock(safe, pfx.mac.as_ref(), &secret);
    for secret in [Secret::absent(&empty), Secret::of(&empty)] {
        match unlock(secret) {
            Err(NotOpened::WrongPassword) => {}
            done => return done,
        }
    }
    unlock(Secret::of(passwords.password()?))
}

/// A password in the two spellings that stores use.
struct Secret<'a> {
    /// As typed, for PBES2 and PBMAC1 (RFC 9879 §5: UTF-8, without an end mark).
    plain: &'a Password,
    /// As the derivation of PKCS #12 itself takes it.
    wide: Zeroizing<Vec<u8>>,
}

impl<'a> Secret<'a> {
    fn of(password: &'a Password) -> Self {
        Self { plain: password, wide: kdf::bmp_string(password) }
    }

    fn absent(empty: &'a Password) -> Self {
        Self { plain: empty, wide: Zeroizing::default() }
    }
}

fn unlock(safe: &[u8], mac: Option<&Mac>, secret: &Secret<'_>) -> Result<Store, NotOpened> {
    let mut work = Work::whole();
    let integrity = mac.map(|mac| mac::verify(mac, safe, secret, &mut work)).transpose()?;
    // Without a MAC a wrong password shows only in that what comes out is nothing.
    let otherwise = match integrity {
        Some(_) => NotOpened::Damaged,
        None => NotOpened::WrongPassword,
    };
    let mut items = Vec::new();
    for content in pkcs12::contents(safe)? {
        let (plain, storage) = match of_content(&content, secret, &mut work) {
            Err(NotOpened::WrongPassword) => return Err(otherwise),
            opened => opened?,
        };
        let bags = match content {
            Content::Clear(_) => read(&plain)?,
            Content::Encrypted { .. } | Content::Enveloped => {
                read(&plain).map_err(|_| otherwise.clone())?
            }
        };
        items.extend(bags.into_iter().map(|bag| Item::new(bag, &storage)));
    }
    Ok(Store { integrity, items })
}

/// The plain text of a content, and how that was kept.
fn of_content(
    content: &Content,
    secret: &Secret<'_>,
    work: &mut Work,
) -> Result<(Zeroizing<Vec<u8>>, Storage), NotOpened> {
    match content {
        Content::Clear(plain) => Ok((Zeroizing::new(plain.to_vec()), Storage::default())),
        Content::Encrypted { algorithm, data } => {
            let scheme = Scheme::parse(algorithm)?;
            Ok((scheme.open(secret, data, work)?, scheme.storage()))
        }
        Content::Enveloped => Err(NotOpened::PublicKey),
    }
}

/// Programs differ in whether the inner lists are BER.
fn read(plain: &[u8]) -> Result<Vec<Bag>, Malformed> {
    pkcs12::bags(&ber::normalise_secret(plain, "SafeContents")?)
}

impl Storage {
    /// Protection with these words.
    fn made(algorithm: String, kdf: String, iterations: Option<u64>) -> Self {
        let few = iterations.is_some_and(|count| count < ENOUGH_ITERATIONS);
        let weak = if few { vec![Weakness::FewIterations] } else { Vec::new() };
        Self { algorithm: Some(algorithm), kdf: Some(kdf), iterations, weak }
    }

    /// What an identifier tells; of an unknown one its number.
    fn described(identifier: &AlgorithmIdentifier) -> Self {
        match Scheme::parse(identifier) {
            Ok(scheme) => scheme.storage(),
            Err(_) => Self { algorithm: Some(identifier.oid.to_string()), ..Self::default() },
        }
    }
}

impl Item {
    /// A thing in a content that is kept so. A key can be encrypted by itself.
    fn new(bag: Bag, content: &Storage) -> Self {
        let storage = match &bag.kept {
            Kept::ShroudedKey(algorithm) => Storage::described(algorithm),
            Kept::Key if content.algorithm.is_none() => {
                Storage { weak: vec![Weakness::NotEncrypted], ..content.clone() }
            }
            Kept::Key | Kept::Certificate(_) | Kept::Crl(_) | Kept::Other(_) => content.clone(),
        };
        Self { bag, storage }
    }

    /// The certificate, if it is one.
    pub const fn certificate(&self) -> Option<&Bytes> {
        match &self.bag.kept {
            Kept::Certificate(der) => Some(der),
            Kept::Key | Kept::ShroudedKey(_) | Kept::Crl(_) | Kept::Other(_) => None,
        }
    }

    /// The revocation list, if it is one.
    pub const fn crl(&self) -> Option<&Bytes> {
        match &self.bag.kept {
            Kept::Crl(der) => Some(der),
            Kept::Key | Kept::ShroudedKey(_) | Kept::Certificate(_) | Kept::Other(_) => None,
        }
    }

    /// Whether it is a private key.
    pub const fn is_key(&self) -> bool {
        matches!(self.bag.kept, Kept::Key | Kept::ShroudedKey(_))
    }
}

/// What may still be done for one password.
struct Work {
    left: u64,
}

impl Work {
    const fn whole() -> Self {
        Self { left: MAX_WORK }
    }

    fn spend(&mut self, iterations: u64) -> Result<(), NotOpened> {
        self.left = self.left.checked_sub(iterations).ok_or_else(|| {
            NotOpened::Unsupported(format!("it asks for more than {MAX_WORK} iterations"))
        })?;
        Ok(())
    }
}

impl From<BadProtection> for NotOpened {
    fn from(bad: BadProtection) -> Self {
        match bad {
            BadProtection::Damaged(problem) | BadProtection::Unsupported(problem) => {
                Self::Unsupported(problem)
            }
        }
    }
}

impl From<KeyError> for NotOpened {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::WrongPassword => Self::WrongPassword,
            KeyError::Unsupported(what) => Self::Unsupported(what),
            KeyError::NotAKey(_)
            | KeyError::PasswordNeeded
            | KeyError::EmptyPassword
            | KeyError::Token(_)
            | KeyError::Failed(_) => Self::Failed(error.to_string()),
        }
    }
}
