//! How a token does a signature scheme: mechanism, what goes in, what comes out.

use super::error::HsmError;
use super::token::Token;
use crate::crypto::SignatureScheme;
use crate::der::algorithm::{AlgorithmIdentifier, KeyKind, PublicKey};
use crate::der::write;
use crate::digest::DigestAlgorithm;
use crate::oid;
use crate::policy::token::{Input, Output, SignRow};
use inkan_pkcs11::{Hash, Pss, SignMechanism};

/// A scheme, and how the token does it.
#[derive(Clone, Debug)]
pub(super) struct Method {
    pub(super) scheme: SignatureScheme,
    row: SignRow,
}

impl Method {
    /// The scheme asked for, or the usual one of such a key.
    pub(super) fn of(
        token: &Token,
        key: &PublicKey,
        asked: Option<&str>,
    ) -> Result<Self, HsmError> {
        let algorithm = asked.map_or_else(|| usual(key), str::to_owned);
        let described = token.profile.sign.get(&algorithm);
        let method = described.and_then(|row| {
            Some(Self { scheme: SignatureScheme::named(&algorithm, key)?, row: row.clone() })
        });
        method
            .ok_or_else(|| HsmError::NotDescribed { profile: token.profile.id.clone(), algorithm })
    }

    /// What `C_Sign` is given.
    pub(super) fn input(&self, message: &[u8]) -> Vec<u8> {
        let digest = self.scheme.digest();
        match self.row.input {
            Input::Message => message.to_vec(),
            Input::Digest => digest.digest(message).value().to_vec(),
            Input::DigestInfo => digest_info(digest, message),
        }
    }

    /// The signature as CMS has it, from what `C_Sign` gave; nothing if it cannot be one.
    pub(super) fn output(&self, made: Vec<u8>) -> Option<Vec<u8>> {
        match (self.scheme, self.row.output) {
            (SignatureScheme::Ecdsa(_), Output::Raw) => der_of(&made),
            _ => Some(made),
        }
    }

    /// What `C_SignInit` is given.
    pub(super) fn mechanism(&self) -> SignMechanism {
        mechanism(&self.row, self.scheme)
    }
}

fn usual(key: &PublicKey) -> String {
    match key.kind() {
        KeyKind::Rsa { pss_only: true, .. } => "rsa-pss-sha256",
        KeyKind::Rsa { .. } => "rsa-pkcs1-sha256",
        KeyKind::Ec(oid::P384) => "ecdsa-sha384",
        KeyKind::Ec(oid::P521) => "ecdsa-sha512",
        KeyKind::Ec(_) => "ecdsa-sha256",
        KeyKind::Ed25519 => "ed25519",
        KeyKind::MlDsa(_) | KeyKind::Other(_) => "this kind of key",
    }
    .to_owned()
}

/// `DigestInfo ::= SEQUENCE { digestAlgorithm, digest OCTET STRING }`, with NULL parameters (RFC 8017 §9.2).
fn digest_info(digest: DigestAlgorithm, message: &[u8]) -> Vec<u8> {
    let algorithm = AlgorithmIdentifier::with_null(digest.oid()).to_der();
    write::sequence([algorithm, write::octet_string(digest.digest(message).value())])
}

/// `ECDSA-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279 §2.2.3) from the two numbers.
fn der_of(raw: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = raw.split_at_checked(raw.len() / 2)?;
    if r.is_empty() || r.len() != s.len() {
        return None;
    }
    Some(write::sequence([write::unsigned(r), write::unsigned(s)]))
}

fn mechanism(row: &SignRow, scheme: SignatureScheme) -> SignMechanism {
    let hash = match scheme.digest() {
        DigestAlgorithm::Sha384 => Hash::Sha384,
        DigestAlgorithm::Sha512 => Hash::Sha512,
        DigestAlgorithm::Sha1 | DigestAlgorithm::Sha224 | DigestAlgorithm::Sha256 => Hash::Sha256,
    };
    let hashes = row.input == Input::Message;
    match scheme {
        SignatureScheme::RsaPkcs1(_) if hashes => SignMechanism::RsaPkcsOver(hash),
        SignatureScheme::RsaPkcs1(_) => SignMechanism::RsaPkcs,
        SignatureScheme::RsaPss(parameters) => {
            let salt = u16::try_from(parameters.salt_length).unwrap_or(u16::MAX);
            let pss = Pss { hash, mgf: hash, salt };
            if hashes { SignMechanism::RsaPssOver(pss) } else { SignMechanism::RsaPss(pss) }
        }
        SignatureScheme::Ecdsa(_) if hashes => SignMechanism::EcdsaOver(hash),
        SignatureScheme::Ecdsa(_) => SignMechanism::Ecdsa,
        SignatureScheme::Ed25519 | SignatureScheme::MlDsa(_) => SignMechanism::Eddsa,
    }
}
