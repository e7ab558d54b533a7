//! A key that still signs with SHA-1, which inkan's own keys refuse: old signatures have to come
//! from somewhere.

use crate::crypto::SignatureScheme;
use crate::der::algorithm::PublicKey;
use crate::digest::DigestAlgorithm;
use crate::edge::entropy::random;
use crate::key::software::SoftwareKey;
use crate::key::{KeyError, SigningKey};
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use pkcs8::EncodePrivateKey as _;
use std::fmt;
use zeroize::Zeroizing;

/// A key on P-256, signing as twenty years ago.
pub(super) struct Sha1Key {
    secret: p256::ecdsa::SigningKey,
    public: PublicKey,
}

impl Sha1Key {
    /// Makes a new key; and the same key as it signs today.
    pub(super) fn generate() -> Result<(Self, SoftwareKey), KeyError> {
        let failed = |e: &dyn fmt::Display| KeyError::Failed(e.to_string());
        let scalar = Zeroizing::new(random::<32>().map_err(|e| failed(&e))?);
        let secret =
            p256::ecdsa::SigningKey::from_slice(scalar.as_slice()).map_err(|e| failed(&e))?;
        let document = secret.to_pkcs8_der().map_err(|e| failed(&e))?;
        let today = SoftwareKey::open(document.as_bytes(), None)?;
        Ok((Self { secret, public: today.public_key().clone() }, today))
    }
}

impl SigningKey for Sha1Key {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::Ecdsa(DigestAlgorithm::Sha1)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let digest = DigestAlgorithm::Sha1.digest(message);
        let signature: p256::ecdsa::DerSignature = self
            .secret
            .sign_prehash(digest.value())
            .map_err(|e| KeyError::Failed(e.to_string()))?;
        Ok(signature.as_bytes().to_vec())
    }
}

impl fmt::Debug for Sha1Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sha1Key(..)")
    }
}
