//! Checks on key, algorithm and length of validity.

use super::Answer;
use crate::check::algorithm::scheme_of;
use crate::crypto::SignatureScheme;
use crate::der::algorithm::KeyKind;
use crate::der::certificate::Certificate;
use crate::oid::{self, Oid};
use crate::policy::AlgorithmTable;
use crate::policy::algorithms::Strength;
use crate::policy::content::Family;
use crate::rule::Phrase;
use crate::time::{Civil, Instant};

/// Whether the key will still be relied on when the certificate ends.
pub(super) fn until_end(certificate: &Certificate, table: &AlgorithmTable) -> Answer {
    let end = certificate.not_after();
    let key = certificate.public_key().kind();
    let expected = Phrase::new("expect.strong-until-end").with("end", end);
    let say = |text: &'static str| Phrase::new(text).with("algorithms", key);
    match table.key(key, end) {
        Strength::Until(until) => Answer::met(expected, say("strength.until").with("end", until)),
        Strength::Ended(ended) => {
            Answer::violated(expected, say("strength.ends").with("end", ended))
        }
        Strength::Never => Answer::violated(expected, say("strength.never")),
        Strength::Unknown => Answer::violated(expected, say("strength.unknown")),
    }
}

pub(super) fn key_is(certificate: &Certificate, rsa_bits: usize, ec_bits: Option<usize>) -> Answer {
    let key = certificate.public_key().kind();
    let expected = match ec_bits {
        Some(bits) => Phrase::new("expect.key-rsa-or-ec").with("rsa", rsa_bits).with("ec", bits),
        None => Phrase::new("expect.key-rsa").with("rsa", rsa_bits),
    };
    let accepted = match key {
        KeyKind::Rsa { bits, .. } => bits >= rsa_bits,
        KeyKind::Ec(curve) => {
            ec_bits.zip(order_bits(curve)).is_some_and(|(wanted, bits)| bits >= wanted)
        }
        KeyKind::Ed25519 | KeyKind::MlDsa(_) | KeyKind::Other(_) => false,
    };
    Answer::of(accepted, expected, Phrase::new("seen.key").with("key", key))
}

const fn order_bits(curve: Oid) -> Option<usize> {
    match curve {
        oid::P256 => Some(256),
        oid::P384 => Some(384),
        oid::P521 => Some(521),
        _ => None,
    }
}

pub(super) fn signed_with(
    certificate: &Certificate,
    families: &[Family],
    hashes: &[String],
) -> Answer {
    let names: Vec<&str> = families.iter().map(|family| family_name(*family)).collect();
    let expected = Phrase::new("expect.signed-with")
        .with("families", names.join(" / "))
        .with("hashes", hashes.join(" / "));
    match scheme_of(certificate.algorithm()) {
        Ok(scheme) => {
            let hash = scheme.message_digest();
            let accepted = families.contains(&family_of(scheme))
                && hash.is_none_or(|hash| hashes.iter().any(|known| known == hash.name()));
            Answer::of(accepted, expected, Phrase::new("seen.signed-with").with("scheme", scheme))
        }
        Err(algorithm) => {
            Answer::violated(expected, Phrase::new("seen.signed-with").with("scheme", algorithm))
        }
    }
}

const fn family_of(scheme: SignatureScheme) -> Family {
    match scheme {
        SignatureScheme::RsaPkcs1(_) => Family::Rsa,
        SignatureScheme::RsaPss(_) => Family::RsaPss,
        SignatureScheme::Ecdsa(_) => Family::Ecdsa,
        SignatureScheme::Ed25519 => Family::Ed25519,
        SignatureScheme::MlDsa(_) => Family::MlDsa,
    }
}

const fn family_name(family: Family) -> &'static str {
    match family {
        Family::Rsa => "RSA PKCS #1 v1.5",
        Family::RsaPss => "RSA-PSS",
        Family::Ecdsa => "ECDSA",
        Family::Ed25519 => "Ed25519",
        Family::MlDsa => "ML-DSA",
    }
}

/// Counted by the calendar: real certificates run from a midnight to the end of the day, years later.
pub(super) fn validity_at_most(certificate: &Certificate, years: i64, days: i64) -> Answer {
    let (from, to) = (certificate.not_before(), certificate.not_after());
    let latest = years_after(from, years).plus_seconds(days * 86_400);
    let expected = Phrase::new("expect.validity-at-most").with("years", years).with("days", days);
    let seen = Phrase::new("seen.validity").with("from", from).with("to", to);
    Answer::of(from <= to && to <= latest, expected, seen)
}

/// The 29th of February is followed, in another year, by the 1st of March.
fn years_after(from: Instant, years: i64) -> Instant {
    let civil = from.civil();
    let later = Civil { year: civil.year + years, ..civil };
    let next_day = Civil { month: 3, day: 1, ..later };
    Instant::from_civil(later).or_else(|| Instant::from_civil(next_day)).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_those_of_the_calendar() {
        let after = |text: &str| years_after(text.parse().unwrap(), 5).to_string();
        assert_eq!(after("2022-02-06T15:00:00Z"), "2027-02-06T15:00:00Z");
        assert_eq!(after("2024-02-29T00:00:00Z"), "2029-03-01T00:00:00Z");
    }
}
