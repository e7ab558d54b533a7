//! The secret itself, by algorithm: made, read, written and signed with.

use super::KeyAlgorithm;
use crate::crypto::SignatureScheme;
use crate::der::algorithm::KeyKind;
use crate::der::{Reader, Tag};
use crate::digest::DigestAlgorithm;
use crate::key::KeyError;
use crate::key::container::content::{EcPrivateKey, PrivateKey};
use crate::oid;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self as engine, Ed25519KeyPair, KeyPair as _, RsaKeyPair};
use p256::ecdsa::signature::hazmat::PrehashSigner;
use pkcs8::{EncodePrivateKey as _, EncodePublicKey as _};
use std::fmt;
use zeroize::Zeroizing;

/// A private key. Each of these types wipes itself when dropped.
pub(super) enum Secret {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Secret {
    /// Makes a new key.
    pub(super) fn generate(algorithm: KeyAlgorithm) -> Result<Self, KeyError> {
        let rsa = |size| RsaKeyPair::generate(size).map(Secret::Rsa).map_err(failed);
        Ok(match algorithm {
            KeyAlgorithm::P256 => {
                Secret::P256(random_scalar::<32, _>(p256::ecdsa::SigningKey::from_slice)?)
            }
            KeyAlgorithm::P384 => {
                Secret::P384(random_scalar::<48, _>(p384::ecdsa::SigningKey::from_slice)?)
            }
            KeyAlgorithm::Rsa2048 => rsa(KeySize::Rsa2048)?,
            KeyAlgorithm::Rsa3072 => rsa(KeySize::Rsa3072)?,
            KeyAlgorithm::Rsa4096 => rsa(KeySize::Rsa4096)?,
            KeyAlgorithm::Ed25519 => Secret::Ed25519(Ed25519KeyPair::generate().map_err(failed)?),
        })
    }

    /// Takes the key out of its file form.
    pub(super) fn read(key: &PrivateKey<'_>) -> Result<Self, KeyError> {
        match key.algorithm.oid {
            oid::RSA => read_rsa(key),
            oid::EC_PUBLIC_KEY => read_ec(key),
            oid::ED25519 => read_ed25519(key.octets),
            other => {
                let name = oid::name(&other).map_or_else(|| other.to_string(), str::to_owned);
                Err(KeyError::Unsupported(name))
            }
        }
    }

    /// How such a key signs unless told otherwise.
    pub(super) const fn usual_scheme(&self) -> SignatureScheme {
        match self {
            Self::P256(_) => SignatureScheme::Ecdsa(DigestAlgorithm::Sha256),
            Self::P384(_) => SignatureScheme::Ecdsa(DigestAlgorithm::Sha384),
            Self::Rsa(_) => SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256),
            Self::Ed25519(_) => SignatureScheme::Ed25519,
        }
    }

    /// Whether it can sign in that way.
    pub(super) fn can_sign(&self, scheme: SignatureScheme) -> bool {
        match self {
            Self::Rsa(_) => rsa_encoding(scheme).is_some(),
            Self::P256(_) | Self::P384(_) | Self::Ed25519(_) => scheme == self.usual_scheme(),
        }
    }

    /// The SubjectPublicKeyInfo.
    pub(super) fn spki(&self) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::P256(key) => {
                key.verifying_key().to_public_key_der().map(|der| der.to_vec()).map_err(failed)
            }
            Self::P384(key) => {
                key.verifying_key().to_public_key_der().map(|der| der.to_vec()).map_err(failed)
            }
            Self::Rsa(key) => {
                key.public_key().as_der().map(|der| der.as_ref().to_vec()).map_err(failed)
            }
            Self::Ed25519(key) => {
                key.public_key().as_der().map(|der| der.as_ref().to_vec()).map_err(failed)
            }
        }
    }

    /// The PrivateKeyInfo, in the clear.
    pub(super) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        match self {
            Self::P256(key) => key.to_pkcs8_der().map(|der| der.to_bytes()).map_err(failed),
            Self::P384(key) => key.to_pkcs8_der().map(|der| der.to_bytes()).map_err(failed),
            Self::Rsa(key) => {
                let der: Pkcs8V1Der<'_> = key.as_der().map_err(failed)?;
                Ok(Zeroizing::new(der.as_ref().to_vec()))
            }
            Self::Ed25519(key) => {
                let der = key.to_pkcs8v1().map_err(failed)?;
                Ok(Zeroizing::new(der.as_ref().to_vec()))
            }
        }
    }

    /// Signs, in the form that CMS carries.
    pub(super) fn sign(
        &self,
        scheme: SignatureScheme,
        message: &[u8],
    ) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::P256(key) => {
                let digest = scheme.digest().digest(message);
                let signature: p256::ecdsa::DerSignature =
                    key.sign_prehash(digest.value()).map_err(failed)?;
                Ok(signature.as_bytes().to_vec())
            }
            Self::P384(key) => {
                let digest = scheme.digest().digest(message);
                let signature: p384::ecdsa::DerSignature =
                    key.sign_prehash(digest.value()).map_err(failed)?;
                Ok(signature.as_bytes().to_vec())
            }
            Self::Rsa(key) => {
                let encoding = rsa_encoding(scheme)
                    .ok_or_else(|| KeyError::Unsupported(scheme.to_string()))?;
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(encoding, &SystemRandom::new(), message, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
            Self::Ed25519(key) => {
                key.try_sign(message).map(|bytes| bytes.as_ref().to_vec()).map_err(failed)
            }
        }
    }
}

fn rsa_encoding(scheme: SignatureScheme) -> Option<&'static dyn engine::RsaEncoding> {
    use DigestAlgorithm::{Sha256, Sha384, Sha512};
    match scheme {
        SignatureScheme::RsaPkcs1(Sha256) => Some(&engine::RSA_PKCS1_SHA256),
        SignatureScheme::RsaPkcs1(Sha384) => Some(&engine::RSA_PKCS1_SHA384),
        SignatureScheme::RsaPkcs1(Sha512) => Some(&engine::RSA_PKCS1_SHA512),
        // RFC 4055 §3.1 recommends the mask by the same hash and a salt as long as it.
        SignatureScheme::RsaPss(pss) if pss.mask_digest == pss.digest => {
            match (pss.digest, pss.salt_length) {
                (Sha256, 32) => Some(&engine::RSA_PSS_SHA256),
                (Sha384, 48) => Some(&engine::RSA_PSS_SHA384),
                (Sha512, 64) => Some(&engine::RSA_PSS_SHA512),
                _ => None,
            }
        }
        SignatureScheme::RsaPkcs1(_)
        | SignatureScheme::RsaPss(_)
        | SignatureScheme::Ecdsa(_)
        | SignatureScheme::Ed25519 => None,
    }
}

fn read_rsa(key: &PrivateKey<'_>) -> Result<Secret, KeyError> {
    let bits = key.rsa_bits().map_err(not_a_key)?;
    if !(2048..=8192).contains(&bits) {
        return Err(KeyError::Unsupported(KeyKind::Rsa { bits, pss_only: false }.to_string()));
    }
    RsaKeyPair::from_der(key.octets)
        .map(Secret::Rsa)
        .map_err(|_| KeyError::NotAKey("the numbers of this RSA key do not fit together".into()))
}

fn read_ec(key: &PrivateKey<'_>) -> Result<Secret, KeyError> {
    let inner = EcPrivateKey::parse(key.octets).map_err(not_a_key)?;
    let broken = || KeyError::NotAKey("the halves of this EC key do not belong together".into());
    match key.curve().or(inner.curve) {
        Some(oid::P256) => {
            let secret = p256::ecdsa::SigningKey::from_slice(inner.scalar).map_err(|_| broken())?;
            let stored = inner.point.map(p256::ecdsa::VerifyingKey::from_sec1_bytes);
            let agrees =
                stored.is_none_or(|key| key.is_ok_and(|key| key == *secret.verifying_key()));
            agrees.then_some(Secret::P256(secret)).ok_or_else(broken)
        }
        Some(oid::P384) => {
            let secret = p384::ecdsa::SigningKey::from_slice(inner.scalar).map_err(|_| broken())?;
            let stored = inner.point.map(p384::ecdsa::VerifyingKey::from_sec1_bytes);
            let agrees =
                stored.is_none_or(|key| key.is_ok_and(|key| key == *secret.verifying_key()));
            agrees.then_some(Secret::P384(secret)).ok_or_else(broken)
        }
        Some(other) => Err(KeyError::Unsupported(KeyKind::Ec(other).to_string())),
        None => Err(KeyError::Unsupported("an elliptic curve without a name".to_owned())),
    }
}

/// `CurvePrivateKey ::= OCTET STRING` (RFC 8410 §7); the public half follows from it.
fn read_ed25519(octets: &[u8]) -> Result<Secret, KeyError> {
    let seed = Reader::only(octets, Tag::OCTET_STRING, "CurvePrivateKey").map_err(not_a_key)?;
    Ed25519KeyPair::from_seed_unchecked(seed.content)
        .map(Secret::Ed25519)
        .map_err(|_| KeyError::NotAKey("an Ed25519 key has 32 octets".to_owned()))
}

/// A key from random octets, drawn again while they are no number below the order of the curve
/// (FIPS 186-5 appendix A.2.2), which is rarer than once in four thousand million draws.
fn random_scalar<const N: usize, K>(
    read: impl Fn(&[u8]) -> Result<K, p256::ecdsa::Error>,
) -> Result<K, KeyError> {
    for _ in 0..8 {
        let mut octets = Zeroizing::new([0; N]);
        getrandom::fill(octets.as_mut_slice()).map_err(failed)?;
        if let Ok(key) = read(octets.as_slice()) {
            return Ok(key);
        }
    }
    Err(KeyError::Failed("the random numbers of this machine are not random".to_owned()))
}

fn not_a_key(problem: impl fmt::Display) -> KeyError {
    KeyError::NotAKey(problem.to_string())
}

fn failed(error: impl fmt::Display) -> KeyError {
    KeyError::Failed(error.to_string())
}
