//! Whether algorithms may be relied on at a time.

use super::Answer;
use crate::crypto::SignatureScheme;
use crate::der::algorithm::{AlgorithmIdentifier, PublicKey};
use crate::digest::DigestAlgorithm;
use crate::policy::AlgorithmTable;
use crate::policy::algorithms::Strength;
use crate::rule::Phrase;
use crate::time::Instant;

/// The strength of a key together with the hashes that its signature rests on: the scheme's, unless it
/// fixes its own, and the content's, where the signature is over a digest of something.
pub fn strength(
    key: &PublicKey,
    scheme: Option<SignatureScheme>,
    content: Option<DigestAlgorithm>,
    at: Instant,
    table: &AlgorithmTable,
) -> Answer {
    let message = scheme.and_then(SignatureScheme::message_digest);
    let hashes = || message.into_iter().chain(content.filter(|hash| Some(*hash) != message));
    let all = weakest(key, hashes(), at, table);
    let algorithms = hashes().fold(key.kind().to_string(), |all, hash| format!("{all}, {hash}"));
    if has_small_exponent(key) {
        let seen = Phrase::new("strength.small-exponent").with("algorithms", &algorithms);
        return Answer::violated(Phrase::new("expect.strong").with("at", at), seen);
    }
    judged(all, &algorithms, at)
}

/// Whether a key and the hash that its signature rests on were strong enough, for those who need no more
/// than that.
pub fn suffices(
    key: &PublicKey,
    scheme: Option<SignatureScheme>,
    at: Instant,
    table: &AlgorithmTable,
) -> bool {
    let message = scheme.and_then(SignatureScheme::message_digest);
    !has_small_exponent(key) && weakest(key, message.into_iter(), at, table).is_enough()
}

fn weakest(
    key: &PublicKey,
    hashes: impl Iterator<Item = DigestAlgorithm>,
    at: Instant,
    table: &AlgorithmTable,
) -> Strength {
    hashes.fold(table.key(key.kind(), at), |all, hash| all.and(table.digest(hash, at)))
}

/// The strength of a hash function alone.
pub fn hash_strength(hash: DigestAlgorithm, at: Instant, table: &AlgorithmTable) -> Answer {
    judged(table.digest(hash, at), hash.name(), at)
}

fn judged(strength: Strength, algorithms: &str, at: Instant) -> Answer {
    let expected = Phrase::new("expect.strong").with("at", at);
    let say = |key| Phrase::new(key).with("algorithms", algorithms);
    match strength {
        Strength::Until(end) => Answer::met(expected, say("strength.until").with("end", end)),
        Strength::Ended(end) => Answer::violated(expected, say("strength.ended").with("end", end)),
        Strength::Never => Answer::violated(expected, say("strength.never")),
        Strength::Unknown => Answer::violated(expected, say("strength.unknown")),
    }
}

/// NIST FIPS 186-5 §5.1: an RSA exponent is larger than 2^16. Smaller ones are what forged paddings
/// are made for (docs/threat-model.md row 7).
fn has_small_exponent(key: &PublicKey) -> bool {
    const SMALLEST: &[u8] = &[0x01, 0x00, 0x01];
    // Without leading zeros the longer number is the larger one.
    key.rsa_numbers().is_some_and(|(_, e)| (e.len(), e) < (SMALLEST.len(), SMALLEST))
}

/// The scheme of an identifier that carries all it needs, or its name.
pub fn scheme_of(identifier: &AlgorithmIdentifier) -> Result<SignatureScheme, String> {
    SignatureScheme::from_identifier(identifier, None).map_err(|unsupported| unsupported.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::write;
    use crate::oid;
    use crate::rule::Outcome;

    /// What is said of an RSA-3072 key with this exponent.
    fn said(exponent: &[u8]) -> Outcome {
        let numbers = write::sequence([write::unsigned(&[0xc1; 384]), write::unsigned(exponent)]);
        let algorithm = AlgorithmIdentifier::with_null(oid::RSA).to_der();
        let key = write::sequence([algorithm, write::bit_string(&numbers)]);
        let key = PublicKey::from_der(&key).unwrap();
        let scheme = Some(SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256));
        let table = AlgorithmTable::embedded().unwrap();
        strength(&key, scheme, None, "2026-11-20".parse().unwrap(), &table).outcome
    }

    #[test]
    fn an_rsa_exponent_below_65537_is_refused_and_none_above() {
        for small in [&[3][..], &[17], &[0xff, 0xff], &[1, 0, 0]] {
            let Outcome::Violated(seen) = said(small) else { panic!("{small:?}") };
            assert_eq!(seen.key(), "strength.small-exponent", "{small:?}");
        }
        for fit in [&[1, 0, 1][..], &[1, 0, 3], &[1, 0, 0, 0, 1]] {
            assert!(matches!(said(fit), Outcome::Met(_)), "{fit:?}");
        }
    }
}
