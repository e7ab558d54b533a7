//! Which public keys are the same key.

use crate::der::algorithm::{KeyKind, PublicKey};

/// Whether both are the same public key, as a key and its certificate must be.
///
/// RSA keys are compared by modulus and exponent, since writers differ in the parameters around
/// them (NULL, absent, or PSS); all others by curve and exact bits.
pub fn same_key(one: &PublicKey, other: &PublicKey) -> bool {
    match (one.kind(), other.kind()) {
        (KeyKind::Rsa { .. }, KeyKind::Rsa { .. }) => {
            one.rsa_numbers().is_some_and(|numbers| Some(numbers) == other.rsa_numbers())
        }
        (one_kind, other_kind) => one_kind == other_kind && one.bits() == other.bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::algorithm::AlgorithmIdentifier;
    use crate::der::write;
    use crate::key::openssl::Keys;
    use crate::oid;

    fn with_algorithm(key: &PublicKey, algorithm: &AlgorithmIdentifier) -> PublicKey {
        let der = write::sequence([algorithm.to_der(), write::bit_string(key.bits())]);
        PublicKey::from_der(&der).unwrap()
    }

    #[test]
    fn an_rsa_key_is_known_by_its_numbers_whatever_stands_around_them() {
        let keys = Keys::new();
        let key = keys.public(&keys.rsa(1024));
        for algorithm in
            [AlgorithmIdentifier::bare(oid::RSA), AlgorithmIdentifier::bare(oid::RSA_PSS)]
        {
            assert!(same_key(&key, &with_algorithm(&key, &algorithm)));
        }
        assert!(!same_key(&key, &keys.public(&keys.rsa(2048))));
    }

    #[test]
    fn the_same_bits_on_another_curve_are_another_key() {
        let keys = Keys::new();
        let key = keys.public(&keys.ec("P-256"));
        let koblitz = AlgorithmIdentifier {
            oid: oid::EC_PUBLIC_KEY,
            parameters: Some(write::oid(oid::Oid::new_unwrap("1.3.132.0.10")).into()),
        };
        assert!(same_key(&key, &key.clone()));
        assert!(!same_key(&key, &with_algorithm(&key, &koblitz)));
    }
}
