//! Verifies one signature over one message with one public key.

use super::SignatureScheme;
use crate::der::algorithm::PublicKey;

/// Why a signature is not known to be right.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotVerified {
    /// The signature is not this key's over this message.
    #[error("the signature does not match")]
    Mismatch,
    /// The key is not of the kind that the scheme needs, or is damaged.
    #[error("the public key does not fit the signature algorithm")]
    UnsuitableKey,
    /// inkan cannot run this combination; nothing is said about the signature.
    #[error("{0} is not supported")]
    Unsupported(String),
}

/// Checks `signature` over `message`.
pub fn verify(
    scheme: SignatureScheme,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), NotVerified> {
    let _ = (scheme, key, message, signature);
    Err(NotVerified::Unsupported(scheme.to_string()))
}
