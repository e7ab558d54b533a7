//! Private keys, wherever they live.
//!
//! A key is a thing that signs; where its secret is (an encrypted file, a card, an HSM) shows
//! nowhere above this trait.

pub mod container;
#[cfg(test)]
pub(crate) mod openssl;
pub mod pair;
pub mod password;
pub mod pkcs12;
pub mod record;
pub mod request;
pub mod sealing;
pub mod software;
pub mod token;

pub use password::{NoPassword, Password, PasswordSource};
pub use sealing::Kdf;

use crate::crypto::SignatureScheme;
use crate::der::algorithm::PublicKey;

/// A private key that can sign.
pub trait SigningKey: std::fmt::Debug {
    /// The public half: what a certificate must carry to belong to this key.
    fn public_key(&self) -> &PublicKey;

    /// How it signs.
    fn scheme(&self) -> SignatureScheme;

    /// Signs a message; the key hashes it as its scheme says. The result is in the form that CMS
    /// carries (ECDSA as DER).
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// Why a key did not sign or could not be opened.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file is no private key that inkan reads.
    #[error("this is not a private key in PKCS #8 form: {0}")]
    NotAKey(String),
    /// The password does not open it.
    #[error("the password does not open this key")]
    WrongPassword,
    /// The file is encrypted and no password was given.
    #[error("this key is encrypted and no password was given")]
    PasswordNeeded,
    /// A kind of key that inkan does not sign with.
    #[error("keys of this kind cannot sign here: {0}")]
    Unsupported(String),
    /// A key is to be encrypted under nothing.
    #[error("an empty password protects nothing")]
    EmptyPassword,
    /// A token did not sign.
    #[error("{}", .0.what)]
    Token(TokenTrouble),
    /// The engine reported a failure.
    #[error("the operation with the key failed: {0}")]
    Failed(String),
}

/// Why a token did not sign, in words: what is behind it knows PKCS#11 and stays there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenTrouble {
    /// What happened, with the function of PKCS#11 and what it returned.
    pub what: String,
    /// What to do next.
    pub hint: String,
    /// Whether the other files of a batch would fare no better.
    pub ends_batch: bool,
}
