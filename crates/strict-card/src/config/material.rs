//! Files of keys and certificates, and the one thing a card does with a key.
#![expect(clippy::disallowed_methods, reason = "keys and certificates are files")]

use super::ConfigError;
use super::der::{self, Element};
use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{self, KeyPair as _, RsaEncoding, RsaKeyPair};
use pkcs8::{Document, EncryptedPrivateKeyInfoRef, SecretDocument};
use std::fs;
use std::path::Path;
use zeroize::Zeroizing;

/// The bytes of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    fs::read(path).map_err(|error| ConfigError::Unreadable(path.to_owned(), error))
}

/// The DER of a certificate, from PEM or DER.
pub(super) fn certificate(path: &Path) -> Result<Vec<u8>, ConfigError> {
    let bytes = read(path)?;
    let Some(pem) = pem(&bytes) else { return Ok(bytes) };
    match Document::from_pem(pem) {
        Ok(("CERTIFICATE", document)) => Ok(document.into_vec()),
        Ok(_) | Err(_) => Err(ConfigError::Material(path.to_owned(), "a certificate")),
    }
}

/// An RSA key that signs and gives its secret to nobody.
#[derive(Debug)]
pub(crate) struct RsaKey {
    pair: RsaKeyPair,
    pub(crate) modulus: Vec<u8>,
    pub(crate) public_exponent: Vec<u8>,
}

impl RsaKey {
    /// Reads PKCS #8, encrypted or not.
    pub(super) fn read(path: &Path, password: Option<&str>) -> Result<Self, ConfigError> {
        let not_a_key = || ConfigError::Material(path.to_owned(), "a private key that opens");
        let bytes = Zeroizing::new(read(path)?);
        let der = plain(&bytes, password).ok_or_else(not_a_key)?;
        let key = Self::from_pkcs8(&der).ok_or_else(not_a_key)?;
        match key.bits() {
            2048 | 4096 => Ok(key),
            other => Err(ConfigError::KeySize(path.to_owned(), other)),
        }
    }

    /// A key from unencrypted PKCS #8.
    fn from_pkcs8(der: &[u8]) -> Option<Self> {
        Self::new(RsaKeyPair::from_pkcs8(der).ok()?)
    }

    /// A key that is in hand.
    pub(crate) fn new(pair: RsaKeyPair) -> Option<Self> {
        // RFC 8017 A.1.1: RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }
        let public = pair.public_key().as_ref().to_vec();
        let mut numbers = der::elements(der::elements(&public).next()?.content);
        let (modulus, public_exponent) = (numbers.next()?, numbers.next()?);
        let (modulus, public_exponent) = (unsigned(modulus), unsigned(public_exponent));
        Some(Self { pair, modulus, public_exponent })
    }

    /// The length of the modulus.
    pub(crate) fn bits(&self) -> usize {
        self.modulus.len().saturating_mul(8)
    }

    /// RSASSA-PKCS1-v1_5 over that digest (RFC 8017 §8.2.1).
    pub(crate) fn sign(&self, hash: Hash, digest: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut signature = vec![0; self.modulus.len()];
        let digest = Digest::import_less_safe(digest, hash.algorithm())?;
        self.pair.sign_digest(hash.encoding(), &digest, &mut signature)?;
        Ok(signature)
    }
}

/// A hash that a card's signatures may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    fn encoding(self) -> &'static dyn RsaEncoding {
        match self {
            Self::Sha256 => &signature::RSA_PKCS1_SHA256,
            Self::Sha384 => &signature::RSA_PKCS1_SHA384,
            Self::Sha512 => &signature::RSA_PKCS1_SHA512,
        }
    }
}

/// A positive INTEGER as PKCS#11 has it: without the zero that keeps it positive.
fn unsigned(number: Element<'_>) -> Vec<u8> {
    number.content.iter().copied().skip_while(|byte| *byte == 0).collect()
}

/// The unencrypted PKCS #8 of a key file.
fn plain(bytes: &[u8], password: Option<&str>) -> Option<Zeroizing<Vec<u8>>> {
    let document = match pem(bytes) {
        Some(pem) => SecretDocument::from_pem(pem).ok()?.1,
        None => SecretDocument::try_from(bytes).ok()?,
    };
    let Some(password) = password else { return Some(document.to_bytes()) };
    let sealed = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes()).ok()?;
    Some(sealed.decrypt(password).ok()?.to_bytes())
}

fn pem(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| text.contains("-----BEGIN "))
}
