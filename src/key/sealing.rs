//! Encrypts and decrypts private keys under a password: PBES2 (RFC 8018 §6.2).
//!
//! A key file is untrusted input: the work and memory that its parameters ask for are bounded
//! before any of it is done.

use super::{KeyError, Password};
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::{Malformed, Reader, Tag, write};
use crate::digest::DigestAlgorithm;
use crate::oid::{self, Oid};
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptionContext, EncryptionContext,
    PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::pbkdf2;
use pkcs8::pkcs5::scrypt;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

const PBES2: Oid = Oid::new_unwrap("1.2.840.113549.1.5.13");
const PBKDF2: Oid = Oid::new_unwrap("1.2.840.113549.1.5.12");
const SCRYPT: Oid = Oid::new_unwrap("1.3.6.1.4.1.11591.4.11");
const AES_256_CBC: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.1.42");
const HMAC_SHA1: Oid = Oid::new_unwrap("1.2.840.113549.2.7");
const HMAC_SHA256: Oid = Oid::new_unwrap("1.2.840.113549.2.9");

/// The pseudo-random functions of PBKDF2 that the engine has (RFC 8018 appendix B.1.2).
const PRFS: [(Oid, DigestAlgorithm); 4] = [
    (HMAC_SHA1, DigestAlgorithm::Sha1),
    (HMAC_SHA256, DigestAlgorithm::Sha256),
    (Oid::new_unwrap("1.2.840.113549.2.10"), DigestAlgorithm::Sha384),
    (Oid::new_unwrap("1.2.840.113549.2.11"), DigestAlgorithm::Sha512),
];

/// OWASP Password Storage Cheat Sheet (2023) for PBKDF2-HMAC-SHA256; NIST SP 800-132 §5.2 asks for
/// as many as users bear, and this takes a fraction of a second.
const ITERATIONS: u32 = 600_000;
/// Cheap, and still what RFC 8018 §4.2 takes for a minimum ten times over.
const PUBLIC_PASSWORD_ITERATIONS: u32 = 10_000;
/// N, r, p of scrypt: an OWASP setting equal in strength to N = 2^17, p = 1, that keeps to 16 MiB.
/// OpenSSL 3 opens no key file that needs 32 MiB or more.
const SCRYPT_COST: (u64, u64, u64) = (1 << 14, 8, 5);
/// NIST SP 800-132 §5.1 asks for 16 octets at least.
const SALT_OCTETS: usize = 16;

/// A minute of work for a slow machine; RFC 8018 §4.2 names ten million as the sensible top.
const MAX_ITERATIONS: u64 = 10_000_000;
/// 128·N·r octets of memory: 512 MiB.
const MAX_SCRYPT_BLOCKS: u64 = 1 << 22;
/// N·r·p: sixteen times the work of OWASP's strongest setting.
const MAX_SCRYPT_WORK: u64 = 1 << 24;

/// How a password becomes an encryption key.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Kdf {
    /// PBKDF2 with HMAC-SHA-256 and 600,000 iterations: read by everything.
    #[default]
    Pbkdf2,
    /// scrypt with N = 2^14, r = 8, p = 5: dearer for an attacker with many processors.
    Scrypt,
    /// PBKDF2 with 10,000 iterations, for the keys of the test laboratory: their password is public,
    /// so a dear derivation would protect nothing, and a key scan should find them weak.
    PublicPassword,
}

/// The parameters by which a key file says how it is encrypted.
pub(super) struct Protection {
    derivation: Derivation,
    cipher: &'static Cipher,
    iv: [u8; 16],
}

enum Derivation {
    Pbkdf2 { hash: DigestAlgorithm, iterations: u64, salt: Vec<u8> },
    Scrypt { n: u64, r: u64, p: u64, salt: Vec<u8> },
}

struct Cipher {
    oid: Oid,
    name: &'static str,
    engine: &'static Algorithm,
    key_octets: usize,
}

const CIPHERS: [Cipher; 3] = [
    Cipher {
        oid: Oid::new_unwrap("2.16.840.1.101.3.4.1.2"),
        name: "AES-128-CBC",
        engine: &AES_128,
        key_octets: 16,
    },
    Cipher {
        oid: Oid::new_unwrap("2.16.840.1.101.3.4.1.22"),
        name: "AES-192-CBC",
        engine: &AES_192,
        key_octets: 24,
    },
    Cipher { oid: AES_256_CBC, name: "AES-256-CBC", engine: &AES_256, key_octets: 32 },
];

impl Protection {
    /// ```asn1
    /// PBES2-params ::= SEQUENCE {
    ///     keyDerivationFunc AlgorithmIdentifier, encryptionScheme AlgorithmIdentifier }
    /// ```
    pub(super) fn parse(identifier: &AlgorithmIdentifier) -> Result<Self, KeyError> {
        if identifier.oid != PBES2 {
            return Err(unsupported("password encryption", &identifier.oid));
        }
        let parameters = identifier.parameters.as_deref().unwrap_or_default();
        let read = || -> Result<_, Malformed> {
            let mut reader = Reader::only(parameters, Tag::SEQUENCE, "PBES2-params")?.reader();
            let derivation = AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?;
            let cipher = AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?;
            reader.finish()?;
            Ok((derivation, cipher))
        };
        let (derivation, scheme) = read().map_err(damaged)?;
        let cipher = CIPHERS
            .iter()
            .find(|cipher| cipher.oid == scheme.oid)
            .ok_or_else(|| unsupported("cipher", &scheme.oid))?;
        let iv = scheme.parameters.as_deref().unwrap_or_default();
        let iv = Reader::only(iv, Tag::OCTET_STRING, "AES-IV").map_err(damaged)?.content;
        Ok(Self {
            derivation: Derivation::parse(&derivation)?,
            cipher,
            iv: iv.try_into().map_err(|_| KeyError::NotAKey("its AES-IV is cut".to_owned()))?,
        })
    }

    /// Name of the derivation, with what it hashes by.
    pub(super) fn kdf(&self) -> String {
        match &self.derivation {
            Derivation::Pbkdf2 { hash, .. } => format!("PBKDF2-HMAC-{hash}"),
            Derivation::Scrypt { n, r, p, .. } => format!("scrypt (N={n}, r={r}, p={p})"),
        }
    }

    /// How often PBKDF2 iterates.
    pub(super) const fn iterations(&self) -> Option<u64> {
        match self.derivation {
            Derivation::Pbkdf2 { iterations, .. } => Some(iterations),
            Derivation::Scrypt { .. } => None,
        }
    }

    /// Name of the cipher.
    pub(super) const fn cipher(&self) -> &'static str {
        self.cipher.name
    }

    /// The plain text. Whether it is a key is for the caller to see: one wrong password in 256
    /// happens to leave a padding that looks right.
    pub(super) fn open(
        &self,
        password: &Password,
        encrypted: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let key = self.derivation.derive(password, self.cipher.key_octets)?;
        let key = UnboundCipherKey::new(self.cipher.engine, &key)
            .and_then(PaddedBlockDecryptingKey::cbc_pkcs7)
            .map_err(engine_failed)?;
        let mut buffer = Zeroizing::new(encrypted.to_vec());
        let context = DecryptionContext::Iv128((&self.iv).into());
        let length = key.decrypt(&mut buffer, context).map_err(|_| KeyError::WrongPassword)?.len();
        buffer.truncate(length);
        Ok(buffer)
    }
}

impl Derivation {
    fn parse(identifier: &AlgorithmIdentifier) -> Result<Self, KeyError> {
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
    fn parse_pbkdf2(parameters: &[u8]) -> Result<Self, KeyError> {
        let read = || -> Result<_, Malformed> {
            let mut reader = Reader::only(parameters, Tag::SEQUENCE, "PBKDF2-params")?.reader();
            let salt = reader.expect(Tag::OCTET_STRING)?.content.to_vec();
            let iterations = reader.expect(Tag::INTEGER)?.u64()?;
            // The cipher fixes the length of the key.
            reader.optional(Tag::INTEGER)?;
            let prf = reader.optional(Tag::SEQUENCE)?;
            let prf = prf.map(|tlv| AlgorithmIdentifier::parse(&tlv)).transpose()?;
            reader.finish()?;
            Ok((salt, iterations, prf.map(|prf| prf.oid)))
        };
        let (salt, iterations, prf) = read().map_err(damaged)?;
        let prf = prf.unwrap_or(HMAC_SHA1);
        let hash = PRFS.iter().find(|(oid, _)| *oid == prf).map(|(_, hash)| *hash);
        let hash = hash.ok_or_else(|| unsupported("PBKDF2 with", &prf))?;
        Ok(Self::Pbkdf2 { hash, iterations, salt })
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
        reader.optional(Tag::INTEGER)?;
        reader.finish()?;
        Ok(Self::Scrypt { n, r, p, salt })
    }

    fn derive(&self, password: &Password, octets: usize) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let mut key = Zeroizing::new(vec![0; octets]);
        match self {
            Self::Pbkdf2 { hash, iterations, salt } => {
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
            Self::Scrypt { n, r, p, salt } => {
                let parameters = bounded_scrypt(*n, *r, *p)?;
                scrypt::scrypt(password.expose(), salt, &parameters, &mut key)
                    .map_err(engine_failed)?;
            }
        }
        Ok(key)
    }
}

fn bounded_iterations(iterations: u64) -> Result<NonZeroU32, KeyError> {
    let allowed = Some(iterations).filter(|count| *count <= MAX_ITERATIONS);
    allowed
        .and_then(|count| u32::try_from(count).ok())
        .and_then(NonZeroU32::new)
        .ok_or_else(|| KeyError::Unsupported(format!("PBKDF2 with {iterations} iterations")))
}

fn bounded_scrypt(n: u64, r: u64, p: u64) -> Result<scrypt::Params, KeyError> {
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

/// An EncryptedPrivateKeyInfo around the key, under a fresh salt and vector.
pub(super) fn seal(plain: &[u8], password: &Password, kdf: Kdf) -> Result<Vec<u8>, KeyError> {
    let [salt, iv] = [random::<SALT_OCTETS>()?, random::<16>()?];
    let (derivation, parameters) = match kdf {
        Kdf::Pbkdf2 => pbkdf2_to_write(salt, ITERATIONS),
        Kdf::PublicPassword => pbkdf2_to_write(salt, PUBLIC_PASSWORD_ITERATIONS),
        Kdf::Scrypt => scrypt_to_write(salt),
    };
    let cipher =
        AlgorithmIdentifier { oid: AES_256_CBC, parameters: Some(write::octet_string(&iv).into()) };
    let scheme = AlgorithmIdentifier {
        oid: PBES2,
        parameters: Some(write::sequence([parameters.to_der(), cipher.to_der()]).into()),
    };
    let key = UnboundCipherKey::new(&AES_256, &derivation.derive(password, 32)?)
        .and_then(PaddedBlockEncryptingKey::cbc_pkcs7)
        .map_err(engine_failed)?;
    // With room for the padding, no unwiped copy stays behind where the buffer was.
    let mut buffer = Zeroizing::new(Vec::with_capacity(plain.len() + 16));
    buffer.extend_from_slice(plain);
    key.less_safe_encrypt(&mut *buffer, EncryptionContext::Iv128((&iv).into()))
        .map_err(engine_failed)?;
    Ok(write::sequence([scheme.to_der(), write::octet_string(&buffer)]))
}

fn pbkdf2_to_write(salt: [u8; SALT_OCTETS], iterations: u32) -> (Derivation, AlgorithmIdentifier) {
    let parameters = write::sequence([
        write::octet_string(&salt),
        write::integer(u64::from(iterations)),
        AlgorithmIdentifier::with_null(HMAC_SHA256).to_der(),
    ]);
    let derivation = Derivation::Pbkdf2 {
        hash: DigestAlgorithm::Sha256,
        iterations: u64::from(iterations),
        salt: salt.to_vec(),
    };
    (derivation, AlgorithmIdentifier { oid: PBKDF2, parameters: Some(parameters.into()) })
}

fn scrypt_to_write(salt: [u8; SALT_OCTETS]) -> (Derivation, AlgorithmIdentifier) {
    let (n, r, p) = SCRYPT_COST;
    let numbers = [write::integer(n), write::integer(r), write::integer(p)].concat();
    let parameters = write::sequence([write::octet_string(&salt), numbers]);
    let derivation = Derivation::Scrypt { n, r, p, salt: salt.to_vec() };
    (derivation, AlgorithmIdentifier { oid: SCRYPT, parameters: Some(parameters.into()) })
}

fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(engine_failed)?;
    Ok(octets)
}

fn unsupported(what: &str, oid: &Oid) -> KeyError {
    let name = oid::name(oid).map_or_else(|| oid.to_string(), str::to_owned);
    KeyError::Unsupported(format!(
        "{what} {name}; rewrite the file with `openssl pkcs8 -topk8 -v2 aes-256-cbc`"
    ))
}

fn damaged(problem: Malformed) -> KeyError {
    KeyError::NotAKey(problem.to_string())
}

fn engine_failed(error: impl std::fmt::Display) -> KeyError {
    KeyError::Failed(error.to_string())
}

#[cfg(test)]
mod tests;
