//! Signature schemes: what an algorithm identifier means once key and hash are known.

use crate::der::algorithm::{AlgorithmIdentifier, KeyKind, MlDsa, PssParameters, PublicKey};
use crate::digest::DigestAlgorithm;
use crate::oid;

/// A complete way of signing: padding or curve arithmetic, and the hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(DigestAlgorithm),
    /// RSASSA-PSS with exactly these parameters.
    RsaPss(PssParameters),
    /// ECDSA; the curve is that of the key.
    Ecdsa(DigestAlgorithm),
    /// Ed25519, which hashes with SHA-512 inside.
    Ed25519,
    /// ML-DSA as FIPS 204 has it for messages ("pure"), with the empty context that RFC 9881 §3 and
    /// RFC 9882 §3.2 leave to certificates and CMS; it hashes with SHAKE256 inside.
    MlDsa(MlDsa),
}

/// An algorithm identifier that names no scheme inkan can run.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("signature algorithm {0} is not supported")]
pub struct UnsupportedAlgorithm(pub String);

impl SignatureScheme {
    /// The scheme that an identifier names. `digest` is the separate digest algorithm of CMS: it
    /// completes an identifier that names only the key type (RFC 5652 allows `rsaEncryption`).
    pub fn from_identifier(
        identifier: &AlgorithmIdentifier,
        digest: Option<DigestAlgorithm>,
    ) -> Result<Self, UnsupportedAlgorithm> {
        use DigestAlgorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};
        let unsupported = || {
            let name = oid::name(&identifier.oid).map(str::to_owned);
            UnsupportedAlgorithm(name.unwrap_or_else(|| identifier.oid.to_string()))
        };
        Ok(match identifier.oid {
            oid::RSA => Self::RsaPkcs1(digest.ok_or_else(unsupported)?),
            oid::RSA_SHA1 => Self::RsaPkcs1(Sha1),
            oid::RSA_SHA224 => Self::RsaPkcs1(Sha224),
            oid::RSA_SHA256 => Self::RsaPkcs1(Sha256),
            oid::RSA_SHA384 => Self::RsaPkcs1(Sha384),
            oid::RSA_SHA512 => Self::RsaPkcs1(Sha512),
            oid::RSA_PSS => {
                let parameters = identifier.parameters.as_deref().ok_or_else(unsupported)?;
                Self::RsaPss(PssParameters::parse(parameters).map_err(|_| unsupported())?)
            }
            oid::EC_PUBLIC_KEY => Self::Ecdsa(digest.ok_or_else(unsupported)?),
            oid::ECDSA_SHA1 => Self::Ecdsa(Sha1),
            oid::ECDSA_SHA224 => Self::Ecdsa(Sha224),
            oid::ECDSA_SHA256 => Self::Ecdsa(Sha256),
            oid::ECDSA_SHA384 => Self::Ecdsa(Sha384),
            oid::ECDSA_SHA512 => Self::Ecdsa(Sha512),
            oid::ED25519 => Self::Ed25519,
            other => match (MlDsa::from_oid(other), &identifier.parameters) {
                (Some(set), None) => Self::MlDsa(set),
                // RFC 9881 §2: they "MUST be absent", and nobody has said what they would mean.
                (Some(set), Some(_)) => {
                    return Err(UnsupportedAlgorithm(format!("{set} with parameters")));
                }
                (None, _) => return Err(unsupported()),
            },
        })
    }

    /// The scheme of that name (`rsa-pss-sha256`, …), if it is one of such a key.
    pub fn named(name: &str, key: &PublicKey) -> Option<Self> {
        let (family, digest) = match name.rsplit_once('-') {
            Some((family, "sha256")) => (family, DigestAlgorithm::Sha256),
            Some((family, "sha384")) => (family, DigestAlgorithm::Sha384),
            Some((family, "sha512")) => (family, DigestAlgorithm::Sha512),
            _ if name == "ed25519" => (name, DigestAlgorithm::Sha512),
            _ => return None,
        };
        match (family, key.kind()) {
            ("rsa-pkcs1", KeyKind::Rsa { pss_only: false, .. }) => Some(Self::RsaPkcs1(digest)),
            ("rsa-pss", KeyKind::Rsa { .. }) => Some(Self::RsaPss(usual_pss(digest))),
            ("ecdsa", KeyKind::Ec(_)) => Some(Self::Ecdsa(digest)),
            ("ed25519", KeyKind::Ed25519) if name == "ed25519" => Some(Self::Ed25519),
            _ => None,
        }
    }

    /// The identifier that signatures made this way carry.
    pub fn identifier(self) -> AlgorithmIdentifier {
        use DigestAlgorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};
        match self {
            Self::RsaPkcs1(digest) => AlgorithmIdentifier::with_null(match digest {
                Sha1 => oid::RSA_SHA1,
                Sha224 => oid::RSA_SHA224,
                Sha256 => oid::RSA_SHA256,
                Sha384 => oid::RSA_SHA384,
                Sha512 => oid::RSA_SHA512,
            }),
            Self::RsaPss(parameters) => AlgorithmIdentifier {
                oid: oid::RSA_PSS,
                parameters: Some(parameters.to_der().into()),
            },
            Self::Ecdsa(digest) => AlgorithmIdentifier::bare(match digest {
                Sha1 => oid::ECDSA_SHA1,
                Sha224 => oid::ECDSA_SHA224,
                Sha256 => oid::ECDSA_SHA256,
                Sha384 => oid::ECDSA_SHA384,
                Sha512 => oid::ECDSA_SHA512,
            }),
            Self::Ed25519 => AlgorithmIdentifier::bare(oid::ED25519),
            Self::MlDsa(set) => AlgorithmIdentifier::bare(set.oid()),
        }
    }

    /// The hash that the scheme puts between message and signature; nothing if it hashes inside, with
    /// a function that it fixes itself.
    pub const fn message_digest(self) -> Option<DigestAlgorithm> {
        match self {
            Self::RsaPkcs1(digest) | Self::Ecdsa(digest) => Some(digest),
            Self::RsaPss(parameters) => Some(parameters.digest),
            Self::Ed25519 | Self::MlDsa(_) => None,
        }
    }

    /// The hash that a signer takes for the content: that over the message, or the one that every
    /// verifier has beside a scheme that hashes inside (RFC 8419 §3.1, RFC 9882 §3.3).
    pub fn digest(self) -> DigestAlgorithm {
        self.message_digest().unwrap_or(DigestAlgorithm::Sha512)
    }

    /// Whether CMS allows the content to be hashed with this function. Beside ML-DSA any may stand:
    /// the signature is then as strong as the weaker of the two (RFC 9882 §3.3).
    pub fn goes_with(self, content: DigestAlgorithm) -> bool {
        matches!(self, Self::MlDsa(_)) || self.digest() == content
    }
}

/// A salt as long as the digest (RFC 8017 §9.1 calls it typical), and one hash for both.
fn usual_pss(digest: DigestAlgorithm) -> PssParameters {
    let salt_length = match digest {
        DigestAlgorithm::Sha1 => 20,
        DigestAlgorithm::Sha224 => 28,
        DigestAlgorithm::Sha256 => 32,
        DigestAlgorithm::Sha384 => 48,
        DigestAlgorithm::Sha512 => 64,
    };
    PssParameters { digest, mask_digest: digest, salt_length }
}

impl std::fmt::Display for SignatureScheme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::RsaPkcs1(digest) => write!(f, "RSA PKCS #1 v1.5 with {digest}"),
            Self::RsaPss(parameters) => write!(f, "RSA-PSS with {}", parameters.digest),
            Self::Ecdsa(digest) => write!(f, "ECDSA with {digest}"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::MlDsa(set) => write!(f, "{set}"),
        }
    }
}
