//! What will be signed, and signing it (EN 319 122-1 §5 and §6.3, level B).

use super::{B, Parts, Sealed};
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::certificate::Certificate;
use crate::der::{Bytes, ess, write};
use crate::digest::Digest;
use crate::key::pair::same_key;
use crate::key::{KeyError, SigningKey};
use crate::oid;
use crate::time::Instant;
use std::marker::PhantomData;

/// Why nothing was sealed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SealError {
    /// The certificate is for another key.
    #[error("the certificate ({certificate}) does not belong to the signing key")]
    OtherKey {
        /// The subject of the certificate.
        certificate: String,
    },
    /// The content was hashed with another function than the key signs with.
    #[error("the content was hashed with {content}, the key signs with {key}")]
    OtherDigest {
        /// Of the content.
        content: String,
        /// Of the key.
        key: String,
    },
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The timestamp is of something else.
    #[error("the timestamp is not of this signature")]
    OtherStamp,
}

/// Attributes ready to be signed.
#[derive(Clone, Debug)]
pub struct Prepared {
    certificate: Certificate,
    chain: Vec<Certificate>,
    digest: Digest,
    signed_attributes: Bytes,
}

impl Prepared {
    /// Writes the attributes that level B demands: content type, message digest, the reference to
    /// the certificate, and the time at which the signer's clock stands.
    pub fn new(
        certificate: Certificate,
        chain: Vec<Certificate>,
        digest: Digest,
        now: Instant,
    ) -> Self {
        let time = Instant::from_unix(now.unix());
        let attributes = vec![
            attribute(oid::CONTENT_TYPE, &write::oid(oid::DATA)),
            attribute(oid::MESSAGE_DIGEST, &write::octet_string(digest.value())),
            attribute(oid::SIGNING_TIME, &write::time(time)),
            attribute(
                oid::SIGNING_CERTIFICATE_V2,
                &ess::write_v2(&certificate, digest.algorithm()),
            ),
        ];
        let signed_attributes = write::set_of(attributes).into();
        Self { certificate, chain, digest, signed_attributes }
    }

    /// Has the key sign. The key must be the one in the certificate.
    pub fn seal(self, key: &dyn SigningKey) -> Result<Sealed<B>, SealError> {
        if !same_key(self.certificate.public_key(), key.public_key()) {
            return Err(SealError::OtherKey {
                certificate: self.certificate.subject().to_string(),
            });
        }
        let scheme = key.scheme();
        if !scheme.goes_with(self.digest.algorithm()) {
            return Err(SealError::OtherDigest {
                content: self.digest.algorithm().to_string(),
                key: scheme.digest().to_string(),
            });
        }
        let signature = key.sign(&self.signed_attributes)?;
        let parts = Parts {
            certificate: self.certificate,
            chain: self.chain,
            digest: self.digest,
            signed_attributes: self.signed_attributes,
            signature_algorithm: scheme.identifier().to_der(),
            signature: signature.into(),
            unsigned_attributes: Vec::new(),
        };
        Ok(Sealed { parts, level: PhantomData })
    }
}

/// `Attribute ::= SEQUENCE { attrType, attrValues SET OF }` with one value.
pub(super) fn attribute(kind: oid::Oid, value: &[u8]) -> Vec<u8> {
    write::sequence([write::oid(kind), write::set([value])])
}

/// The digest algorithm as signer infos carry it: without parameters (RFC 5754 §2).
pub(super) fn digest_identifier(digest: &Digest) -> Vec<u8> {
    AlgorithmIdentifier::bare(digest.algorithm().oid()).to_der()
}
