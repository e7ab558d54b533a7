//! What is in a set of evidence, in one value: so that what was worked out with it can be found again.

use crate::der::certificate::Fingerprint;
use crate::digest::{DigestAlgorithm, Hasher};

/// Sets of one edition hold the same, taken in in the same order. It is a chain of SHA-256 over what was
/// taken in, so no file can be made to pass for another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Edition(pub(super) [u8; 32]);

impl Edition {
    /// The edition once that thing is in it too.
    pub(super) fn with(&self, thing: Fingerprint) -> Self {
        self.and(thing.as_bytes())
    }

    /// The edition once that has happened to it.
    pub(super) fn and(&self, what: &[u8]) -> Self {
        let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
        hasher.update(&self.0);
        hasher.update(what);
        let digest = hasher.finish();
        Self(digest.value().try_into().unwrap_or(self.0))
    }
}
