//! How a password becomes a key: PBKDF2 (RFC 8018 §5.2) and scrypt (RFC 7914).
//!
//! The work and memory that the parameters ask for are bounded before any of it is done.

use super::{BadProtection, damaged, engine_failed, unsupported};
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::{Malformed, Reader, Tag};
use crate::digest::DigestAlgorithm;
use crate::key::{KeyError, Password};
use crate::oid::Oid;
use aws_lc_rs::pbkdf2;
use pkcs8::pkcs5::scrypt;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

pub(in crate::key) const PBKDF2: Oid = Oid::new_unwrap("1.2.840.113549.1.5.12");
pub(super) const SCRYPT: Oid = Oid::new_unwrap("1.3.6.1.4.1.11591.4.11");
const HMAC_SHA1: Oid = Oid::new_unwrap("1.2.840.113549.2.7");
pub(in crate::key) const HMAC_SHA256: Oid = Oid::new_unwrap("1.2.840.113549.2.9");

/// The pseudo-random functions of PBKDF2 that the engine has (RFC 8018 appendix B.1.2).
const PRFS: [(Oid, DigestAlgorithm); 4] = [
    (HMAC_SHA1, DigestAlgorithm::Sha1),
    (HMAC_SHA256, DigestAlgorithm::Sha256),
    (Oid::new_unwrap("1.2.840.113549.2.10"), DigestAlgorithm::Sha384),
    (Oid::new_unwrap("1.2.840.113549.2.11"), DigestAlgorithm::Sha512),
];

/// A minute of work for a slow machine; RFC 8018 §4.2 names ten million as the sensible top.
const MAX_ITERATIONS: u64 = 10_000_000;
/// 128·N·r octets of memory: 512 MiB.
const MAX_SCRYPT_BLOCKS: u64 = 1 << 22;
/// N·r·p: sixteen times the work of OWASP's strongest setting.
const MAX_SCRYPT_WORK: u64 = 1 << 24;

/// How a file says that its password becomes a key.
pub(in crate::key) enum Derivation {
    Pbkdf2 { hash: DigestAlgorithm, iterations: u64, salt: Vec<u8>, key_octets: Option<u64> },
    Scrypt { n: u64, r: u64, p: u64, salt: Vec<u8>, key_octets: Option<u64> },
}

impl Derivation {
    /// Name of the function, with what it hashes by.
    pub(in crate::key) fn name(&self) -> String {
        match self {
            Self::Pbkdf2 { hash, .. } => format!("PBKDF2-HMAC-{hash}"),
            Self::Scrypt { n, r, p, .. } => format!("scrypt (N={n}, r={r}, p={p})"),
        }
    }

    /// How often PBKDF2 iterates.
    pub(in crate::key) const fn iterations(&self) -> Option<u64> {
        match self {
            Self::Pbkdf2 { iterations, .. } => Some(*iterations),
            Self::Scrypt { .. } => None,
        }
    }

    /// The length of the key, where the parameters state it.
    pub(in crate::key) const fn key_octets(&self) -> Option<u64> {
        match self {
            Self::Pbkdf2 { key_octets, .. } | Self::Scrypt { key_octets, .. } => *key_octets,
        }
    }

    /// What a key of that length costs, in iterations of PBKDF2; a block of scrypt takes no longer.
    pub(in crate::key) fn work(&self, octets: usize) -> u64 {
        match self {
            Self::Pbkdf2 { hash, iterations, .. } => {
                let blocks = octets.div_ceil(hash.octets());
                iterations.saturating_mul(u64::try_from(blocks).unwrap_or(u64::MAX))
            }
            Self::Scrypt { n, r, p, .. } => n.saturating_mul(*r).saturating_mul(*p),
        }
    }

    pub(in crate::key) fn parse(identifier: &AlgorithmIdentifier) -> Result<Self, BadProtection> {
        let parameters = identifier.parameters.as_deref().unwrap_or_default();
        match identifier.oid {
            PBKDF2 => Self::parse_pbkdf2(parameters),
            SCRYPT => Self::parse_scrypt(parameters).map_err(damaged),
            other => Err(unsupported("key derivation", &other)),
        }
    }

    /// ```asn1
    /// PBKDF2-params ::= SEQUENCE {
    ///     salt CHOICE { specified OCTET STRING, otherSource AlgorithmIdentifier },
    ///     iterationCount INTEGER, keyLength INTEGER OPTIONAL,
    ///     prf AlgorithmIdentifier DEFAULT algid-hmacWithSHA1 }
    /// ```
    fn parse_pbkdf2(parameters: &[u8]) -> Result<Self, BadProtection> {
        let read = || -> Result<_, Malformed> {
            let mut reader = Reader::only(parameters, Tag::SEQUENCE, "PBKDF2-params")?.reader();
            let salt = reader.expect(Tag::OCTET_STRING)?.content.to_vec();
            let iterations = reader.expect(Tag::INTEGER)?.u64()?;
            let key_octets = reader.optional(Tag::INTEGER)?.map(|tlv| tlv.u64()).transpose()?;
            let prf = reader.optional(Tag::SEQUENCE)?;
            let prf = prf.map(|tlv| AlgorithmIdentifier::parse(&tlv)).transpose()?;
            reader.finish()?;
            Ok((salt, iterations, key_octets, prf.map(|prf| prf.oid)))
        };
        let (salt, iterations, key_octets, prf) = read().map_err(damaged)?;
        let prf = prf.unwrap_or(HMAC_SHA1);
        let hash = hmac_hash(prf).ok_or_else(|| unsupported("PBKDF2 with", &prf))?;
        Ok(Self::Pbkdf2 { hash, iterations, salt, key_octets })
    }

    /// ```asn1
    /// scrypt-params ::= SEQUENCE {
    ///     salt OCTET STRING, costParameter INTEGER, blockSize INTEGER,
    ///     parallelizationParameter INTEGER, keyLength INTEGER OPTIONAL }
    /// ```
    /// RFC 7914 §7.1.
    fn parse_scrypt(parameters: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(parameters, Tag::SEQUENCE, "scrypt-params")?.reader();
        let salt = reader.expect(Tag::OCTET_STRING)?.content.to_vec();
        let [n, r, p] = [
            reader.expect(Tag::INTEGER)?.u64()?,
            reader.expect(Tag::INTEGER)?.u64()?,
            reader.expect(Tag::INTEGER)?.u64()?,
        ];
        let key_octets = reader.optional(Tag::INTEGER)?.map(|tlv| tlv.u64()).transpose()?;
        reader.finish()?;
        Ok(Self::Scrypt { n, r, p, salt, key_octets })
    }

    /// A key of that length; the cipher knows which, whatever the parameters state.
    pub(in crate::key) fn derive(
        &self,
        password: &Password,
        octets: usize,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let mut key = Zeroizing::new(vec![0; octets]);
        match self {
            Self::Pbkdf2 { hash, iterations, salt, .. } => {
                let algorithm = match hash {
                    DigestAlgorithm::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
                    DigestAlgorithm::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
                    DigestAlgorithm::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
                    DigestAlgorithm::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
                    DigestAlgorithm::Sha224 => {
                        return Err(KeyError::Unsupported("PBKDF2 with SHA-224".to_owned()));
                    }
                };
                let iterations = bounded_iterations(*iterations)?;
                pbkdf2::derive(algorithm, iterations, salt, password.expose(), &mut key);
            }
            Self::Scrypt { n, r, p, salt, .. } => {
                let parameters = bounded_scrypt(*n, *r, *p)?;
                scrypt::scrypt(password.expose(), salt, &parameters, &mut key)
                    .map_err(engine_failed)?;
            }
        }
        Ok(key)
    }
}

/// The hash function of an HMAC.
pub(in crate::key) fn hmac_hash(prf: Oid) -> Option<DigestAlgorithm> {
    PRFS.iter().find(|(oid, _)| *oid == prf).map(|(_, hash)| *hash)
}

pub(super) fn bounded_iterations(iterations: u64) -> Result<NonZeroU32, KeyError> {
    let allowed = Some(iterations).filter(|count| *count <= MAX_ITERATIONS);
    allowed
        .and_then(|count| u32::try_from(count).ok())
        .and_then(NonZeroU32::new)
        .ok_or_else(|| KeyError::Unsupported(format!("PBKDF2 with {iterations} iterations")))
}

pub(super) fn bounded_scrypt(n: u64, r: u64, p: u64) -> Result<scrypt::Params, KeyError> {
    let refused = || KeyError::Unsupported(format!("scrypt with N={n}, r={r}, p={p}"));
    let blocks = n.checked_mul(r).filter(|blocks| *blocks <= MAX_SCRYPT_BLOCKS);
    let work = blocks.and_then(|blocks| blocks.checked_mul(p)).filter(|w| *w <= MAX_SCRYPT_WORK);
    if work.is_none_or(|work| work == 0) || !n.is_power_of_two() || n < 2 {
        return Err(refused());
    }
    let small = |number: u64| u32::try_from(number).map_err(|_| refused());
    let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| refused())?;
    scrypt::Params::new(log_n, small(r)?, small(p)?).map_err(|_| refused())
}
