//! What goes wrong when keys on a token are made, changed or removed, and what to do about it.

use crate::hsm::error::HsmError;

/// Why the keys of a token could not be looked after.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeeperError {
    /// The token could not be used at all.
    #[error(transparent)]
    Hsm(#[from] HsmError),
    /// The token makes no such keys.
    #[error("{token} does not let keys of {algorithm} be made")]
    MakesNoKeys {
        /// The token.
        token: String,
        /// The algorithm.
        algorithm: String,
    },
    /// The token takes no changes at all.
    #[error("{token} does not let anything on it be changed: this card does not let keys be made")]
    Unchangeable {
        /// The token.
        token: String,
    },
    /// Something on the token has the label or the identifier.
    #[error("there is something on {token} with the {what} already")]
    Taken {
        /// The token.
        token: String,
        /// `label 'x'` or `id=%17`.
        what: String,
    },
    /// The new key is not as it must be. It was removed again.
    #[error("the key that {token} made is not safe: {why}; {removed}")]
    Unsafe {
        /// The token.
        token: String,
        /// What is wrong with it.
        why: String,
        /// Whether it is gone.
        removed: &'static str,
    },
    /// The certificate is of another key.
    #[error("the certificate {certificate} is not of the key {key} on {token}")]
    OtherCertificate {
        /// The token.
        token: String,
        /// The key.
        key: String,
        /// Whose certificate.
        certificate: String,
    },
    /// The token does not tell enough to know whose certificate it is.
    #[error("{token} does not tell the public half of the key {key}")]
    PublicHalfUnknown {
        /// The token.
        token: String,
        /// The key.
        key: String,
    },
    /// The key has another certificate.
    #[error("the key {key} on {token} has another certificate already: {certificate}")]
    HasCertificate {
        /// The token.
        token: String,
        /// The key.
        key: String,
        /// Whose certificate that is.
        certificate: String,
    },
}

impl KeeperError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Hsm(error) => return error.hint(),
            Self::MakesNoKeys { .. } => {
                "keys on cards are made by their issuer; on an HSM, choose another --algorithm"
            }
            Self::Unchangeable { .. } => {
                "keys and certificates of such a card are written by its issuer only"
            }
            Self::Taken { .. } => "choose another --label or --id; nothing was made",
            Self::Unsafe { .. } => "do not keep signing keys on this token; nothing may be signed",
            Self::OtherCertificate { .. } => {
                "name the certificate that was issued for this key, or its key with --key"
            }
            Self::PublicHalfUnknown { .. } => {
                "the token needs a public-key object with the identifier of the private key"
            }
            Self::HasCertificate { .. } => "add --replace to put the new one in its place",
        }
        .to_owned()
    }
}
