//! Who we are in a handshake: a certificate, and the key that signs wherever it lives.

use crate::crypto::SignatureScheme as Ours;
use crate::der::algorithm::KeyKind;
use crate::der::certificate::Certificate;
use crate::digest::DigestAlgorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};
use crate::key::SigningKey;
use rustls::pki_types::CertificateDer;
use rustls::sign::{CertifiedKey, Signer, SigningKey as TlsKey};
use rustls::{SignatureAlgorithm, SignatureScheme};
use std::fmt;
use std::sync::Arc;

/// A certificate for TLS with its key. The key signs; its secret is nowhere here.
#[derive(Clone)]
pub struct TlsIdentity {
    certified: Arc<CertifiedKey>,
    subject: String,
}

/// The key does not sign as TLS wants it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "a key of {0} that signs so cannot be used for TLS: RSA with PSS, P-256, P-384 or Ed25519 can"
)]
pub struct NotForTls(KeyKind);

impl TlsIdentity {
    /// The certificate comes first, then those of its CAs.
    pub fn new(
        key: Arc<dyn SigningKey + Send + Sync>,
        certificate: &Certificate,
        chain: &[Certificate],
    ) -> Result<Self, NotForTls> {
        let kind = key.public_key().kind();
        let (algorithm, scheme) = scheme_of(key.scheme(), kind).ok_or(NotForTls(kind))?;
        let der = |certificate: &Certificate| CertificateDer::from(certificate.der().to_vec());
        let chain = std::iter::once(certificate).chain(chain).map(der).collect();
        let key = Arc::new(Key { key, algorithm, scheme });
        let certified = Arc::new(CertifiedKey::new(chain, key));
        Ok(Self { certified, subject: certificate.subject().to_string() })
    }

    /// As the TLS library takes it.
    pub fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TlsIdentity({})", self.subject)
    }
}

/// RFC 8446 §4.2.3. PKCS #1 v1.5 signs no handshake of TLS 1.3, so it is not used in 1.2 either.
fn scheme_of(scheme: Ours, kind: KeyKind) -> Option<(SignatureAlgorithm, SignatureScheme)> {
    let p256 = KeyKind::Ec(crate::oid::P256);
    let p384 = KeyKind::Ec(crate::oid::P384);
    match scheme {
        Ours::RsaPss(parameters) => {
            let scheme = match parameters.digest {
                Sha256 => SignatureScheme::RSA_PSS_SHA256,
                Sha384 => SignatureScheme::RSA_PSS_SHA384,
                Sha512 => SignatureScheme::RSA_PSS_SHA512,
                Sha1 | Sha224 => return None,
            };
            Some((SignatureAlgorithm::RSA, scheme))
        }
        Ours::Ecdsa(Sha256) if kind == p256 => {
            Some((SignatureAlgorithm::ECDSA, SignatureScheme::ECDSA_NISTP256_SHA256))
        }
        Ours::Ecdsa(Sha384) if kind == p384 => {
            Some((SignatureAlgorithm::ECDSA, SignatureScheme::ECDSA_NISTP384_SHA384))
        }
        Ours::Ed25519 => Some((SignatureAlgorithm::ED25519, SignatureScheme::ED25519)),
        Ours::Ecdsa(_) | Ours::RsaPkcs1(_) | Ours::MlDsa(_) => None,
    }
}

/// Our key as the TLS library sees it.
#[derive(Clone, Debug)]
struct Key {
    key: Arc<dyn SigningKey + Send + Sync>,
    algorithm: SignatureAlgorithm,
    scheme: SignatureScheme,
}

impl TlsKey for Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let signer = || -> Box<dyn Signer> { Box::new(self.clone()) };
        offered.contains(&self.scheme).then(signer)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }
}

impl Signer for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        self.key.sign(message).map_err(|error| rustls::Error::General(error.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}
