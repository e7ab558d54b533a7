//! The MAC of a store: HMAC under a key of PKCS #12's own derivation (RFC 7292 appendix A), or PBMAC1
//! (RFC 9879, which replaces RFC 9579).

use super::kdf::{self, Purpose};
use super::{MAX_SALT, NotOpened, Secret, Storage, Work};
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::pkcs12::Mac;
use crate::der::{Malformed, Reader, Tag};
use crate::digest::DigestAlgorithm;
use crate::key::sealing::derivation::{Derivation, hmac_hash};
use crate::oid::{self, Oid};
use aws_lc_rs::hmac;

const PBMAC1: Oid = Oid::new_unwrap("1.2.840.113549.1.5.14");

/// HMAC keys from the shortest hash value in use to the longest. A key of an octet or two would let
/// anybody forge the MAC.
const KEY_OCTETS: std::ops::RangeInclusive<u64> = 20..=64;

/// Verifies the MAC over the content and tells how it is made.
pub(super) fn verify(
    mac: &Mac,
    over: &[u8],
    secret: &Secret<'_>,
    work: &mut Work,
) -> Result<Storage, NotOpened> {
    let size = mac.algorithm.parameters.as_ref().map_or(0, |parameters| parameters.len());
    if mac.salt.len() > MAX_SALT || size > MAX_SALT {
        return Err(NotOpened::Unsupported(format!("its salt is longer than {MAX_SALT} octets")));
    }
    if mac.algorithm.oid == PBMAC1 {
        return pbmac1(mac, over, secret, work);
    }
    let hash = mac.algorithm.digest().ok_or_else(|| unsupported(&mac.algorithm.oid))?;
    if mac.iterations == 0 {
        return Err(NotOpened::Unsupported("a MAC with no iterations".to_owned()));
    }
    let octets = hash.octets();
    work.spend(kdf::work(hash, mac.iterations, octets))?;
    let input = (secret.wide.as_slice(), mac.salt.as_ref());
    let key = kdf::derive(hash, Purpose::Mac, input, mac.iterations, octets);
    compare(hash, &key, over, &mac.value)?;
    Ok(Storage::made(
        format!("HMAC-{hash}"),
        format!("PKCS #12 KDF ({hash})"),
        Some(mac.iterations),
    ))
}

/// ```asn1
/// PBMAC1-params ::= SEQUENCE {
///     keyDerivationFunc AlgorithmIdentifier, messageAuthScheme AlgorithmIdentifier }
/// ```
/// RFC 8018 appendix A.5. The salt and iterations beside it mean nothing then.
fn pbmac1(
    mac: &Mac,
    over: &[u8],
    secret: &Secret<'_>,
    work: &mut Work,
) -> Result<Storage, NotOpened> {
    let (derivation, scheme) = parameters(&mac.algorithm)?;
    let hash = hmac_hash(scheme.oid).ok_or_else(|| unsupported(&scheme.oid))?;
    let derivation = Derivation::parse(&derivation)?;
    // RFC 9879 §4: keyLength must be there.
    let octets = derivation.key_octets().filter(|octets| KEY_OCTETS.contains(octets));
    let octets = octets.and_then(|octets| usize::try_from(octets).ok()).ok_or_else(|| {
        NotOpened::Unsupported("its MAC has a key of no length, or of a wrong one".to_owned())
    })?;
    work.spend(derivation.work(octets))?;
    let key = derivation.derive(secret.plain, octets)?;
    compare(hash, &key, over, &mac.value)?;
    Ok(Storage::made(format!("HMAC-{hash}"), derivation.name(), derivation.iterations()))
}

fn parameters(
    identifier: &AlgorithmIdentifier,
) -> Result<(AlgorithmIdentifier, AlgorithmIdentifier), Malformed> {
    let parameters = identifier.parameters.as_deref().unwrap_or_default();
    let mut reader = Reader::only(parameters, Tag::SEQUENCE, "PBMAC1-params")?.reader();
    let derivation = AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?;
    let scheme = AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?;
    reader.finish()?;
    Ok((derivation, scheme))
}

/// In constant time, and over the whole value.
fn compare(hash: DigestAlgorithm, key: &[u8], over: &[u8], value: &[u8]) -> Result<(), NotOpened> {
    let algorithm = match hash {
        DigestAlgorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        DigestAlgorithm::Sha224 => hmac::HMAC_SHA224,
        DigestAlgorithm::Sha256 => hmac::HMAC_SHA256,
        DigestAlgorithm::Sha384 => hmac::HMAC_SHA384,
        DigestAlgorithm::Sha512 => hmac::HMAC_SHA512,
    };
    let key = hmac::Key::new(algorithm, key);
    hmac::verify(&key, over, value).map_err(|_| NotOpened::WrongPassword)
}

fn unsupported(algorithm: &Oid) -> NotOpened {
    let name = oid::name(algorithm).map_or_else(|| algorithm.to_string(), str::to_owned);
    NotOpened::Unsupported(format!("its MAC is made with {name}"))
}
