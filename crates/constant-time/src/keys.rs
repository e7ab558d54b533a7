//! Private keys for the cases, and where their secrets stand. These keys are public.

use crate::valgrind;
use aws_lc_rs::encoding::AsRawBytes as _;
use aws_lc_rs::signature::{ML_DSA_44_SIGNING, PqdsaKeyPair};
use inkan::der::algorithm::AlgorithmIdentifier;
use inkan::der::write;
use inkan::der::{Malformed, Reader, Tag};
use inkan::key::KeyError;
use inkan::key::software::SoftwareKey;
use inkan::key::{Password, SigningKey as _};
use inkan::oid;
use std::error::Error;

macro_rules! key {
    ($name:literal) => {
        include_bytes!(concat!("../keys/", $name, ".der"))
    };
}

pub(crate) const P256: &[u8] = key!("p256");
pub(crate) const P384: &[u8] = key!("p384");
pub(crate) const ED25519: &[u8] = key!("ed25519");
pub(crate) const RSA_2048: &[u8] = key!("rsa2048");
pub(crate) const RSA_3072: &[u8] = key!("rsa3072");
pub(crate) const ML_DSA_44: &[u8] = key!("ml-dsa-44");
pub(crate) const ML_DSA_65: &[u8] = key!("ml-dsa-65");
pub(crate) const ML_DSA_87: &[u8] = key!("ml-dsa-87");
/// The key on P-256 under PBKDF2, by OpenSSL.
pub(crate) const UNDER_PBKDF2: &[u8] = key!("p256-pbkdf2");
/// The same under scrypt, with little work.
pub(crate) const UNDER_SCRYPT: &[u8] = key!("p256-scrypt");

/// The same in a PKCS #12 store, with a certificate.
pub(crate) const STORE: &[u8] = include_bytes!("../keys/p256.p12");

/// The key as inkan reads it from a file, with its secrets marked.
///
/// The public key that inkan computes is public from there on.
pub(crate) fn open(der: &[u8]) -> Result<SoftwareKey, KeyError> {
    let mut file = Vec::with_capacity(der.len());
    file.extend_from_slice(der);
    for part in secrets(&file).map_err(|error| KeyError::NotAKey(error.to_string()))? {
        valgrind::secret(part);
    }
    let key = SoftwareKey::open(&file, None)?;
    publish(&key);
    Ok(key)
}

/// A key of ML-DSA-44 in the form of RFC 9881 §6 that has the seed and the expanded key side by side.
pub(crate) fn open_both_forms() -> Result<SoftwareKey, Box<dyn Error>> {
    let seed = ML_DSA_44.last_chunk::<32>().ok_or("the key has no seed")?;
    let expanded = PqdsaKeyPair::from_seed(&ML_DSA_44_SIGNING, seed)?;
    let expanded = expanded.private_key().as_raw_bytes()?;
    let both = write::sequence([write::octet_string(seed), write::octet_string(expanded.as_ref())]);
    let algorithm = AlgorithmIdentifier::bare(oid::ML_DSA_44).to_der();
    open(&write::sequence([write::integer(0), algorithm, write::octet_string(&both)]))
        .map_err(Into::into)
}

/// The public half is public.
pub(crate) fn publish(key: &SoftwareKey) {
    valgrind::public(key.public_key().der());
    valgrind::public(key.public_key().bits());
}

/// The password of the encrypted keys, marked; its length is public.
pub(crate) fn password() -> Password {
    let password = Password::from("himitsu".to_owned());
    valgrind::secret(password.expose());
    password
}

/// The engine finds the length of an RSA number, which is public, by looking at its topmost word; that
/// stays unmarked, for else all sizes would count as secret.
const TOPMOST_WORD: usize = 8;

/// The octets of a PrivateKeyInfo that nobody may learn. Lengths and signs are public.
fn secrets(der: &[u8]) -> Result<Vec<&[u8]>, Malformed> {
    let mut outer = Reader::only(der, Tag::SEQUENCE, "PrivateKeyInfo")?.reader();
    outer.expect(Tag::INTEGER)?;
    let algorithm = outer.expect(Tag::SEQUENCE)?.reader().expect(Tag::OID)?.oid()?;
    let key = Reader::new(outer.expect(Tag::OCTET_STRING)?.content, "PrivateKey").take()?;
    match algorithm {
        oid::RSA => {
            let mut numbers = key.reader();
            // Version, modulus and public exponent.
            for _ in 0..3 {
                numbers.expect(Tag::INTEGER)?;
            }
            let mut found = Vec::new();
            while !numbers.is_empty() {
                let number = numbers.expect(Tag::INTEGER)?.content;
                let number = number.strip_prefix(&[0]).unwrap_or(number);
                found.push(number.get(TOPMOST_WORD..).unwrap_or_default());
            }
            Ok(found)
        }
        oid::EC_PUBLIC_KEY => {
            let mut parts = key.reader();
            parts.expect(Tag::INTEGER)?;
            Ok(vec![parts.expect(Tag::OCTET_STRING)?.content])
        }
        oid::ML_DSA_44 if key.tag == Tag::SEQUENCE => {
            let mut parts = key.reader();
            let seed = parts.expect(Tag::OCTET_STRING)?.content;
            // The expanded key begins with the seed of the matrix, which is public: FIPS 204 algorithm 24.
            let expanded = parts.expect(Tag::OCTET_STRING)?.content;
            Ok(vec![seed, expanded.get(32..).unwrap_or_default()])
        }
        // Ed25519, and the seed of ML-DSA.
        _ => Ok(vec![key.content]),
    }
}
