//! Verifies one signature over one message with one public key.
//!
//! Three answers are kept apart: the signature is wrong, the key cannot be right, and inkan cannot
//! say. Whether a key length or hash is still good enough is policy, judged elsewhere: everything
//! that the engine can compute is computed.

mod parsed;

use super::SignatureScheme;
use crate::der::algorithm::{KeyKind, MlDsa, PssParameters, PublicKey};
use crate::digest::{Digest, DigestAlgorithm};
use crate::oid::{self, Oid};
use aws_lc_rs::signature::{
    self as engine, EcdsaVerificationAlgorithm, RsaParameters, RsaPssSaltLength,
    VerificationAlgorithm,
};
use p256::ecdsa::signature::hazmat::PrehashVerifier;

/// Why a signature is not known to be right.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotVerified {
    /// The signature is not this key's over this message.
    #[error("the signature does not match")]
    Mismatch,
    /// The key is not of the kind that the scheme needs, or is damaged.
    #[error("the public key does not fit the signature algorithm")]
    UnsuitableKey,
    /// inkan cannot run this combination; nothing is said about the signature.
    #[error("{0} is not supported")]
    Unsupported(String),
}

/// Checks `signature` over `message`.
pub fn verify(
    scheme: SignatureScheme,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), NotVerified> {
    match scheme {
        SignatureScheme::Ed25519 => verify_ed25519(key, message, signature),
        SignatureScheme::MlDsa(set) => verify_ml_dsa(set, key, message, signature),
        SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss(_) | SignatureScheme::Ecdsa(_) => {
            verify_digest(scheme, key, &scheme.digest().digest(message), signature)
        }
    }
}

/// Checks `signature` over a message of which only the digest is in hand.
pub fn verify_digest(
    scheme: SignatureScheme,
    key: &PublicKey,
    digest: &Digest,
    signature: &[u8],
) -> Result<(), NotVerified> {
    if digest.algorithm() != scheme.digest() {
        let text = format!("{scheme} over a {} digest", digest.algorithm());
        return Err(NotVerified::Unsupported(text));
    }
    match scheme {
        SignatureScheme::RsaPkcs1(_) => verify_pkcs1(key, digest, signature),
        SignatureScheme::RsaPss(parameters) => verify_pss(parameters, key, digest, signature),
        SignatureScheme::Ecdsa(_) => verify_ecdsa(key, digest, signature),
        // RFC 8032 §5.1.7: Ed25519 hashes the message twice, so its digest is not enough. ML-DSA hashes
        // it together with the key, and its variant for digests is in no certificate and no CMS.
        SignatureScheme::Ed25519 | SignatureScheme::MlDsa(_) => {
            Err(NotVerified::Unsupported(format!("{scheme} over a digest")))
        }
    }
}

fn verify_pkcs1(key: &PublicKey, digest: &Digest, signature: &[u8]) -> Result<(), NotVerified> {
    let parameters: &'static RsaParameters = match digest.algorithm() {
        DigestAlgorithm::Sha1 => &engine::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        DigestAlgorithm::Sha256 => &engine::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        DigestAlgorithm::Sha384 => &engine::RSA_PKCS1_2048_8192_SHA384,
        DigestAlgorithm::Sha512 => &engine::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        DigestAlgorithm::Sha224 => {
            return Err(NotVerified::Unsupported("RSA PKCS #1 v1.5 with SHA-224".to_owned()));
        }
    };
    // RFC 4055 §1.2: a key under id-RSASSA-PSS signs with PSS only.
    if let KeyKind::Rsa { pss_only: true, .. } = key.kind() {
        return Err(NotVerified::UnsuitableKey);
    }
    in_range(parameters, key, digest)?;
    verify_parsed(parameters, key.bits(), digest, signature)
}

/// With a key that the engine has read, now or before.
fn verify_parsed(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    digest: &Digest,
    signature: &[u8],
) -> Result<(), NotVerified> {
    let digest = imported(digest)?;
    parsed::with(algorithm, key, |key| key.verify_digest_sig(&digest, signature))
        .ok_or(NotVerified::UnsuitableKey)?
        .map_err(|_| NotVerified::Mismatch)
}

fn verify_pss(
    wanted: PssParameters,
    key: &PublicKey,
    digest: &Digest,
    signature: &[u8],
) -> Result<(), NotVerified> {
    let unsupported = |text: String| Err(NotVerified::Unsupported(text));
    if wanted.mask_digest != wanted.digest {
        return unsupported(format!(
            "RSA-PSS with {} and a mask by {}",
            wanted.digest, wanted.mask_digest
        ));
    }
    let parameters = match wanted.digest {
        DigestAlgorithm::Sha256 => engine::RSA_PSS_2048_8192_SHA256,
        DigestAlgorithm::Sha384 => engine::RSA_PSS_2048_8192_SHA384,
        DigestAlgorithm::Sha512 => engine::RSA_PSS_2048_8192_SHA512,
        DigestAlgorithm::Sha1 | DigestAlgorithm::Sha224 => {
            return unsupported(format!("RSA-PSS with {}", wanted.digest));
        }
    };
    let Ok(salt) = u16::try_from(wanted.salt_length) else {
        return unsupported(format!("RSA-PSS with a salt of {} octets", wanted.salt_length));
    };
    if !key_allows(key, wanted) {
        return Err(NotVerified::UnsuitableKey);
    }
    let parameters = parameters.with_pss_salt_length(RsaPssSaltLength::Custom(salt));
    verify_rsa(&parameters, key, digest, signature)
}

/// RFC 4055 §3.3: parameters of the key bind the hashes, and the salt from below.
fn key_allows(key: &PublicKey, wanted: PssParameters) -> bool {
    let bound =
        key.algorithm().parameters.as_deref().filter(|_| key.algorithm().oid == oid::RSA_PSS);
    bound.map(PssParameters::parse).is_none_or(|bound| {
        bound.is_ok_and(|bound| {
            bound.digest == wanted.digest
                && bound.mask_digest == wanted.mask_digest
                && bound.salt_length <= wanted.salt_length
        })
    })
}

/// Whether the engine takes keys of that size.
fn in_range(
    parameters: &RsaParameters,
    key: &PublicKey,
    digest: &Digest,
) -> Result<(), NotVerified> {
    let KeyKind::Rsa { bits, .. } = key.kind() else { return Err(NotVerified::UnsuitableKey) };
    let range = parameters.min_modulus_len()..=parameters.max_modulus_len();
    match u32::try_from(bits) {
        Ok(0) => Err(NotVerified::UnsuitableKey),
        Ok(bits) if range.contains(&bits) => Ok(()),
        Ok(_) | Err(_) => {
            let text = format!("RSA-{bits} with {}", digest.algorithm());
            Err(NotVerified::Unsupported(text))
        }
    }
}

fn verify_rsa(
    parameters: &RsaParameters,
    key: &PublicKey,
    digest: &Digest,
    signature: &[u8],
) -> Result<(), NotVerified> {
    in_range(parameters, key, digest)?;
    let digest = imported(digest)?;
    parameters.verify_digest_sig(key.bits(), &digest, signature).map_err(|_| {
        match aws_lc_rs::rsa::PublicKey::from_der(key.bits()) {
            Ok(_) => NotVerified::Mismatch,
            Err(_) => NotVerified::UnsuitableKey,
        }
    })
}

fn verify_ecdsa(key: &PublicKey, digest: &Digest, signature: &[u8]) -> Result<(), NotVerified> {
    let curve = match key.kind() {
        KeyKind::Ec(curve) => curve,
        KeyKind::Other(oid::EC_PUBLIC_KEY) => {
            return Err(NotVerified::Unsupported("an elliptic curve without a name".to_owned()));
        }
        KeyKind::Rsa { .. } | KeyKind::Ed25519 | KeyKind::MlDsa(_) | KeyKind::Other(_) => {
            return Err(NotVerified::UnsuitableKey);
        }
    };
    if let Some(algorithm) = engine_ecdsa(curve, digest.algorithm()) {
        return verify_parsed(algorithm, key.der(), digest, signature);
    }
    match curve {
        oid::P256 => verify_p256(key.bits(), digest.value(), signature),
        oid::P384 => verify_p384(key.bits(), digest.value(), signature),
        _ => Err(NotVerified::Unsupported(format!("ECDSA on the curve {}", key.kind()))),
    }
}

fn engine_ecdsa(
    curve: Oid,
    digest: DigestAlgorithm,
) -> Option<&'static EcdsaVerificationAlgorithm> {
    use DigestAlgorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};
    match (curve, digest) {
        (oid::P256, Sha1) => Some(&engine::ECDSA_P256_SHA1_ASN1),
        (oid::P256, Sha256) => Some(&engine::ECDSA_P256_SHA256_ASN1),
        (oid::P256, Sha384) => Some(&engine::ECDSA_P256_SHA384_ASN1),
        (oid::P256, Sha512) => Some(&engine::ECDSA_P256_SHA512_ASN1),
        (oid::P384, Sha256) => Some(&engine::ECDSA_P384_SHA256_ASN1),
        (oid::P384, Sha384) => Some(&engine::ECDSA_P384_SHA384_ASN1),
        (oid::P384, Sha512) => Some(&engine::ECDSA_P384_SHA512_ASN1),
        (oid::P521, Sha1) => Some(&engine::ECDSA_P521_SHA1_ASN1),
        (oid::P521, Sha224) => Some(&engine::ECDSA_P521_SHA224_ASN1),
        (oid::P521, Sha256) => Some(&engine::ECDSA_P521_SHA256_ASN1),
        (oid::P521, Sha384) => Some(&engine::ECDSA_P521_SHA384_ASN1),
        (oid::P521, Sha512) => Some(&engine::ECDSA_P521_SHA512_ASN1),
        _ => None,
    }
}

fn verify_p256(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), NotVerified> {
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point)
        .map_err(|_| NotVerified::UnsuitableKey)?;
    let signature =
        p256::ecdsa::Signature::from_der(signature).map_err(|_| NotVerified::Mismatch)?;
    key.verify_prehash(&widened::<32>(digest), &signature).map_err(|_| NotVerified::Mismatch)
}

fn verify_p384(point: &[u8], digest: &[u8], signature: &[u8]) -> Result<(), NotVerified> {
    let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point)
        .map_err(|_| NotVerified::UnsuitableKey)?;
    let signature =
        p384::ecdsa::Signature::from_der(signature).map_err(|_| NotVerified::Mismatch)?;
    key.verify_prehash(&widened::<48>(digest), &signature).map_err(|_| NotVerified::Mismatch)
}

/// FIPS 186-5 §6.4.2 reads a short digest as a number, so zeros in front change nothing; the
/// library refuses digests below half the width of the field.
fn widened<const WIDTH: usize>(digest: &[u8]) -> Vec<u8> {
    let zeros = WIDTH.saturating_sub(digest.len());
    [vec![0; zeros].as_slice(), digest].concat()
}

fn verify_ed25519(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), NotVerified> {
    if key.kind() != KeyKind::Ed25519 || key.bits().len() != 32 {
        return Err(NotVerified::UnsuitableKey);
    }
    engine::ED25519.verify_sig(key.bits(), message, signature).map_err(|_| NotVerified::Mismatch)
}

/// RFC 9881 §3 and §4: the key is of the set that the signature names, without parameters, and its bit
/// string holds the octets of FIPS 204 with nothing around them.
fn verify_ml_dsa(
    set: MlDsa,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), NotVerified> {
    let is_of_set = key.kind() == KeyKind::MlDsa(set)
        && key.algorithm().parameters.is_none()
        && key.bits().len() == set.public_key_octets();
    if !is_of_set {
        return Err(NotVerified::UnsuitableKey);
    }
    let algorithm = match set {
        MlDsa::MlDsa44 => &engine::ML_DSA_44,
        MlDsa::MlDsa65 => &engine::ML_DSA_65,
        MlDsa::MlDsa87 => &engine::ML_DSA_87,
    };
    algorithm.verify_sig(key.bits(), message, signature).map_err(|_| NotVerified::Mismatch)
}

/// The digest as the engine takes it.
fn imported(digest: &Digest) -> Result<aws_lc_rs::digest::Digest, NotVerified> {
    let algorithm = match digest.algorithm() {
        DigestAlgorithm::Sha1 => &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY,
        DigestAlgorithm::Sha224 => &aws_lc_rs::digest::SHA224,
        DigestAlgorithm::Sha256 => &aws_lc_rs::digest::SHA256,
        DigestAlgorithm::Sha384 => &aws_lc_rs::digest::SHA384,
        DigestAlgorithm::Sha512 => &aws_lc_rs::digest::SHA512,
    };
    aws_lc_rs::digest::Digest::import_less_safe(digest.value(), algorithm)
        .map_err(|_| NotVerified::Mismatch)
}

#[cfg(test)]
mod tests;
