//! Encrypts and decrypts private keys, and what stands beside them, under a password: PBES2
//! (RFC 8018 §6.2).
//!
//! A key file is untrusted input: the work and memory that its parameters ask for are bounded
//! before any of it is done.

pub(super) mod derivation;

use super::{KeyError, Password};
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::{Malformed, Reader, Tag, write};
use crate::digest::DigestAlgorithm;
use crate::oid::{self, Oid};
use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptionContext, EncryptionContext,
    PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use derivation::{Derivation, HMAC_SHA256, PBKDF2, SCRYPT};
use zeroize::Zeroizing;

pub(super) const PBES2: Oid = Oid::new_unwrap("1.2.840.113549.1.5.13");
const AES_256_CBC: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.1.42");

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
    pub(super) derivation: Derivation,
    cipher: &'static Cipher,
    iv: [u8; 16],
}

/// Parameters that cannot be followed.
#[derive(Debug)]
pub(super) enum BadProtection {
    /// They cannot be read.
    Damaged(String),
    /// They name an algorithm that inkan does not have.
    Unsupported(String),
}

impl From<BadProtection> for KeyError {
    fn from(bad: BadProtection) -> Self {
        match bad {
            BadProtection::Damaged(problem) => Self::NotAKey(problem),
            BadProtection::Unsupported(what) => Self::Unsupported(format!(
                "{what}; rewrite the file with `openssl pkcs8 -topk8 -v2 aes-256-cbc`"
            )),
        }
    }
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
    pub(super) fn parse(identifier: &AlgorithmIdentifier) -> Result<Self, BadProtection> {
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
            iv: iv
                .try_into()
                .map_err(|_| BadProtection::Damaged("its AES-IV is cut".to_owned()))?,
        })
    }

    /// Name of the derivation, with what it hashes by.
    pub(super) fn kdf(&self) -> String {
        self.derivation.name()
    }

    /// How often PBKDF2 iterates.
    pub(super) const fn iterations(&self) -> Option<u64> {
        self.derivation.iterations()
    }

    /// What [`Self::open`] costs, in iterations.
    pub(super) fn work(&self) -> u64 {
        self.derivation.work(self.cipher.key_octets)
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
        key_octets: None,
    };
    (derivation, AlgorithmIdentifier { oid: PBKDF2, parameters: Some(parameters.into()) })
}

fn scrypt_to_write(salt: [u8; SALT_OCTETS]) -> (Derivation, AlgorithmIdentifier) {
    let (n, r, p) = SCRYPT_COST;
    let numbers = [write::integer(n), write::integer(r), write::integer(p)].concat();
    let parameters = write::sequence([write::octet_string(&salt), numbers]);
    let derivation = Derivation::Scrypt { n, r, p, salt: salt.to_vec(), key_octets: None };
    (derivation, AlgorithmIdentifier { oid: SCRYPT, parameters: Some(parameters.into()) })
}

fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    let mut octets = [0; N];
    getrandom::fill(&mut octets).map_err(engine_failed)?;
    Ok(octets)
}

fn unsupported(what: &str, oid: &Oid) -> BadProtection {
    let name = oid::name(oid).map_or_else(|| oid.to_string(), str::to_owned);
    BadProtection::Unsupported(format!("{what} {name}"))
}

fn damaged(problem: Malformed) -> BadProtection {
    BadProtection::Damaged(problem.to_string())
}

fn engine_failed(error: impl std::fmt::Display) -> KeyError {
    KeyError::Failed(error.to_string())
}

#[cfg(test)]
mod tests;
