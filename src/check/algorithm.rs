//! Whether algorithms may be relied on at a time.

use super::Answer;
use crate::crypto::SignatureScheme;
use crate::der::algorithm::{AlgorithmIdentifier, PublicKey};
use crate::oid;
use crate::policy::AlgorithmTable;
use crate::policy::algorithms::Strength;
use crate::rule::Phrase;
use crate::time::Instant;

/// The strength of a key together with the hash that it signs or is signed over.
pub fn strength(
    key: &PublicKey,
    scheme: Option<SignatureScheme>,
    at: Instant,
    table: &AlgorithmTable,
) -> Answer {
    let kind = key.kind();
    let hash = scheme.map(|scheme| scheme.digest());
    let hash_strength = match scheme {
        // Ed25519 fixes its own hash; there is nothing to choose or to break apart.
        Some(SignatureScheme::Ed25519) | None => None,
        Some(scheme) => Some(table.digest(scheme.digest(), at)),
    };
    let key_strength = table.key(kind, at);
    let both = match hash_strength {
        Some(hash_strength) => key_strength.and(hash_strength),
        None => key_strength,
    };
    let algorithms = match hash {
        Some(hash) => format!("{kind}, {hash}"),
        None => kind.to_string(),
    };
    let expected = Phrase::new("expect.strong").with("at", at);
    let say = |key| Phrase::new(key).with("algorithms", &algorithms);
    if has_small_exponent(key) {
        return Answer::violated(expected, say("strength.small-exponent"));
    }
    match both {
        Strength::Until(end) => Answer::met(expected, say("strength.until").with("end", end)),
        Strength::Ended(end) => Answer::violated(expected, say("strength.ended").with("end", end)),
        Strength::Never => Answer::violated(expected, say("strength.never")),
        Strength::Unknown => Answer::violated(expected, say("strength.unknown")),
    }
}

/// NIST FIPS 186-5 §5.1: an RSA exponent is larger than 2^16. Smaller ones are what forged paddings
/// are made for (docs/threat-model.md row 7).
fn has_small_exponent(key: &PublicKey) -> bool {
    key.rsa_numbers().is_some_and(|(_, exponent)| {
        exponent.len() < 3 || exponent < &[0x01, 0x00, 0x01][..] && exponent.len() == 3
    })
}

/// The scheme of an identifier that carries all it needs, or its name.
pub fn scheme_of(identifier: &AlgorithmIdentifier) -> Result<SignatureScheme, String> {
    SignatureScheme::from_identifier(identifier, None).map_err(|_| {
        oid::name(&identifier.oid).map_or_else(|| identifier.oid.to_string(), str::to_owned)
    })
}
