//! New keys: what the operating system gives is secret, and so is the key made of it.
//!
//! aws-lc has its random octets by a system call of its own and marks what it makes of them by itself; for
//! Ed25519 it does not, but that key follows from its seed as it does when it is read.

use crate::{Outcome, keys, randomness};
use inkan::key::software::{KeyAlgorithm, SoftwareKey};

pub(super) fn p256() -> Outcome {
    make(KeyAlgorithm::P256)
}

pub(super) fn p384() -> Outcome {
    make(KeyAlgorithm::P384)
}

pub(super) fn rsa_2048() -> Outcome {
    make(KeyAlgorithm::Rsa2048)
}

pub(super) fn ml_dsa_65() -> Outcome {
    make(KeyAlgorithm::MlDsa65)
}

fn make(algorithm: KeyAlgorithm) -> Outcome {
    keys::publish(&randomness::as_secret(|| SoftwareKey::generate(algorithm))?);
    Ok(())
}
