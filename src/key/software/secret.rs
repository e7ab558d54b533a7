//! The secret itself, by algorithm: made, read, written and signed with.

use super::KeyAlgorithm;
use crate::crypto::SignatureScheme;
use crate::der::algorithm::{KeyKind, MlDsa};
use crate::der::{Reader, Tag};
use crate::digest::DigestAlgorithm;
use crate::key::KeyError;
use crate::key::container::content::{EcPrivateKey, PrivateKey};
use crate::oid;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::encoding::{AsDer, AsRawBytes as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self as engine, Ed25519KeyPair, KeyPair as _, PqdsaKeyPair, PqdsaSigningAlgorithm, RsaKeyPair,
};
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
    MlDsa(MlDsa, PqdsaKeyPair),
}

impl Secret {
    /// Makes a new key.
    pub(super) fn generate(algorithm: KeyAlgorithm) -> Result<Self, KeyError> {
        let rsa = |size| RsaKeyPair::generate(size).map(Secret::Rsa).map_err(failed);
        let ml_dsa = |set| {
            let made = PqdsaKeyPair::generate(ml_dsa_engine(set)).map_err(failed);
            made.map(|key| Secret::MlDsa(set, key))
        };
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
            KeyAlgorithm::MlDsa44 => ml_dsa(MlDsa::MlDsa44)?,
            KeyAlgorithm::MlDsa65 => ml_dsa(MlDsa::MlDsa65)?,
            KeyAlgorithm::MlDsa87 => ml_dsa(MlDsa::MlDsa87)?,
        })
    }

    /// Takes the key out of its file form.
    pub(super) fn read(key: &PrivateKey<'_>) -> Result<Self, KeyError> {
        match key.algorithm.oid {
            oid::RSA => read_rsa(key),
            oid::EC_PUBLIC_KEY => read_ec(key),
            oid::ED25519 => read_ed25519(key.octets),
            other => match MlDsa::from_oid(other) {
                Some(set) => read_ml_dsa(set, key.octets),
                None => Err(KeyError::Unsupported(KeyKind::Other(other).to_string())),
            },
        }
    }

    /// How such a key signs unless told otherwise.
    pub(super) const fn usual_scheme(&self) -> SignatureScheme {
        match self {
            Self::P256(_) => SignatureScheme::Ecdsa(DigestAlgorithm::Sha256),
            Self::P384(_) => SignatureScheme::Ecdsa(DigestAlgorithm::Sha384),
            Self::Rsa(_) => SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256),
            Self::Ed25519(_) => SignatureScheme::Ed25519,
            Self::MlDsa(set, _) => SignatureScheme::MlDsa(*set),
        }
    }

    /// Whether it can sign in that way.
    pub(super) fn can_sign(&self, scheme: SignatureScheme) -> bool {
        match self {
            Self::Rsa(_) => rsa_encoding(scheme).is_some(),
            Self::P256(_) | Self::P384(_) | Self::Ed25519(_) | Self::MlDsa(..) => {
                scheme == self.usual_scheme()
            }
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
            Self::MlDsa(_, key) => {
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
            // The seed is written, as RFC 9881 §6 recommends; it cannot be had from an expanded key.
            Self::MlDsa(set, key) => {
                let without_seed = |_| KeyError::Unsupported(format!("{set} without its seed"));
                let der = key.to_pkcs8v1().map_err(without_seed)?;
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
            Self::MlDsa(_, key) => {
                let mut signature = vec![0; key.algorithm().signature_len()];
                key.sign(message, &mut signature).map_err(failed)?;
                Ok(signature)
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
        | SignatureScheme::Ed25519
        | SignatureScheme::MlDsa(_) => None,
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

const fn ml_dsa_engine(set: MlDsa) -> &'static PqdsaSigningAlgorithm {
    match set {
        MlDsa::MlDsa44 => &engine::ML_DSA_44_SIGNING,
        MlDsa::MlDsa65 => &engine::ML_DSA_65_SIGNING,
        MlDsa::MlDsa87 => &engine::ML_DSA_87_SIGNING,
    }
}

/// ```asn1
/// ML-DSA-44-PrivateKey ::= CHOICE {
///     seed [0] OCTET STRING (SIZE (32)), expandedKey OCTET STRING (SIZE (2560)),
///     both SEQUENCE { seed OCTET STRING (SIZE (32)), expandedKey OCTET STRING (SIZE (2560)) } }
/// ```
/// RFC 9881 §6, and §8.2: what stands there twice must agree.
fn read_ml_dsa(set: MlDsa, octets: &[u8]) -> Result<Secret, KeyError> {
    let engine = ml_dsa_engine(set);
    let broken = || KeyError::NotAKey(format!("the parts of this {set} key do not fit together"));
    let from_seed = |seed| PqdsaKeyPair::from_seed(engine, seed).map_err(|_| broken());
    let choice = Reader::new(octets, "ML-DSA-PrivateKey").take().map_err(not_a_key)?;
    let key = match choice.tag {
        Tag(0x80) => from_seed(choice.content)?,
        Tag::OCTET_STRING => {
            PqdsaKeyPair::from_raw_private_key(engine, choice.content).map_err(|_| broken())?
        }
        _ => {
            let mut both = Reader::only(octets, Tag::SEQUENCE, "ML-DSA-PrivateKey")
                .map_err(not_a_key)?
                .reader();
            let key = from_seed(both.expect(Tag::OCTET_STRING).map_err(not_a_key)?.content)?;
            let stored = both.expect(Tag::OCTET_STRING).map_err(not_a_key)?.content;
            let expanded = key.private_key().as_raw_bytes().map_err(failed)?;
            verify_slices_are_equal(expanded.as_ref(), stored).map_err(|_| broken())?;
            key
        }
    };
    Ok(Secret::MlDsa(set, key))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::der::algorithm::AlgorithmIdentifier;
    use crate::der::write;
    use crate::digest::hex;

    /// The seed of every example in RFC 9881 appendix C: 00 01 02 … 1f.
    fn seed() -> Vec<u8> {
        (0..32).collect()
    }

    fn read(set: MlDsa, octets: &[u8]) -> Result<Secret, KeyError> {
        Secret::read(&PrivateKey { algorithm: AlgorithmIdentifier::bare(set.oid()), octets })
    }

    fn expanded(secret: &Secret) -> Vec<u8> {
        let Secret::MlDsa(_, key) = secret else { panic!("an ML-DSA key") };
        key.private_key().as_raw_bytes().unwrap().as_ref().to_vec()
    }

    #[test]
    fn the_seed_of_rfc_9881_gives_the_key_of_rfc_9881() {
        let secret = read(MlDsa::MlDsa44, &[&[0x80, 32], seed().as_slice()].concat()).unwrap();
        // FIPS 204 algorithm 24: the seed of the matrix, which begins the public key too, the secret
        // for signing, and the hash of the whole public key.
        assert_eq!(
            hex(&expanded(&secret)[..128]),
            "d7b2b47254aae0db45e7930d4a98d2c97d8f1397d1789dafa17024b316e9bec9\
             39ce0f7f77f8db5644dcda366bfe4734bd95f435ff9a613aa54aa41c2c694c04\
             329a07b1fabb48f52a309f11a1898f848e2322ffe623ec810db3bee33685854a\
             88269da320d5120bfcfe89a18e30f7114d83aa404a646b6c997389860d12522e"
        );
        let der = secret.to_pkcs8().unwrap();
        assert_eq!(
            hex(&der),
            "3034020100300b06096086480165030403110422802000010203040506070809\
             0a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        );
    }

    #[test]
    fn an_ml_dsa_key_is_read_in_each_form_and_its_halves_must_agree() {
        for set in MlDsa::ALL {
            let from_seed = read(set, &[&[0x80, 32], seed().as_slice()].concat()).unwrap();
            let public = from_seed.spki().unwrap();
            let expanded = expanded(&from_seed);
            let both = |seed: &[u8], expanded: &[u8]| {
                write::sequence([write::octet_string(seed), write::octet_string(expanded)])
            };
            let alone = read(set, &write::octet_string(&expanded)).unwrap();
            assert_eq!(alone.spki().unwrap(), public, "{set}");
            let lost = KeyError::Unsupported(format!("{set} without its seed"));
            assert_eq!(alone.to_pkcs8(), Err(lost));
            let whole = read(set, &both(&seed(), &expanded)).unwrap();
            assert_eq!(whole.spki().unwrap(), public, "{set}");

            let mut other = expanded.clone();
            other[40] ^= 1;
            for bad in [both(&seed(), &other), both(&[0; 32], &expanded), both(&[], &expanded)] {
                assert!(matches!(read(set, &bad), Err(KeyError::NotAKey(_))), "{set}");
            }
            for bad in [&[][..], &[0x80, 0], &seed(), &write::octet_string(&expanded[1..])] {
                assert!(matches!(read(set, bad), Err(KeyError::NotAKey(_))), "{set}");
            }
        }
    }
}
