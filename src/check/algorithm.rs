//! Whether algorithms may be relied on at a time.

use super::Answer;
use crate::crypto::SignatureScheme;
use crate::der::algorithm::{AlgorithmIdentifier, KeyKind};
use crate::oid;
use crate::policy::AlgorithmTable;
use crate::policy::algorithms::Strength;
use crate::rule::Phrase;
use crate::time::Instant;

/// The strength of a key together with the hash that it signs or is signed over.
pub fn strength(
    key: KeyKind,
    scheme: Option<SignatureScheme>,
    at: Instant,
    table: &AlgorithmTable,
) -> Answer {
    let hash = scheme.map(|scheme| scheme.digest());
    let hash_strength = match scheme {
        // Ed25519 fixes its own hash; there is nothing to choose or to break apart.
        Some(SignatureScheme::Ed25519) | None => None,
        Some(scheme) => Some(table.digest(scheme.digest(), at)),
    };
    let key_strength = table.key(key, at);
    let both = match hash_strength {
        Some(hash_strength) => key_strength.and(hash_strength),
        None => key_strength,
    };
    let algorithms = match hash {
        Some(hash) => format!("{key}, {hash}"),
        None => key.to_string(),
    };
    let expected = Phrase::new("expect.strong").with("at", at);
    let say = |key| Phrase::new(key).with("algorithms", &algorithms);
    match both {
        Strength::Until(end) => Answer::met(expected, say("strength.until").with("end", end)),
        Strength::Ended(end) => Answer::violated(expected, say("strength.ended").with("end", end)),
        Strength::Never => Answer::violated(expected, say("strength.never")),
        Strength::Unknown => Answer::violated(expected, say("strength.unknown")),
    }
}

/// The scheme of an identifier that carries all it needs, or its name.
pub fn scheme_of(identifier: &AlgorithmIdentifier) -> Result<SignatureScheme, String> {
    SignatureScheme::from_identifier(identifier, None).map_err(|_| {
        oid::name(&identifier.oid).map_or_else(|| identifier.oid.to_string(), str::to_owned)
    })
}
