//! What will be signed, and signing it (EN 319 122-1 §5 and §6.3, level B).

use super::claims::{Claims, Unclaimable};
use super::{B, Sealed, Whole};
use crate::der::algorithm::AlgorithmIdentifier;
use crate::der::certificate::Certificate;
use crate::der::cms::{SignedData, SignerInfo};
use crate::der::tlv::{Malformed, Tag};
use crate::der::{ess, write};
use crate::digest::Digest;
use crate::judge::VerifiedTimestamp;
use crate::key::pair::same_key;
use crate::key::{KeyError, SigningKey};
use crate::oid;
use crate::time::Instant;

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
    /// What is to be signed is not what the file is about.
    #[error("the content is not the one that the file has signatures over")]
    OtherContent,
    /// A counter-signature is over another signature.
    #[error("the counter-signature is not of this signature")]
    OtherSignature,
    /// The content would have to be hashed with that function first.
    #[error("the content was not hashed with {0}")]
    NotHashed(String),
    /// Whoever must be judged decades later has nothing embedded to judge by.
    #[error("nothing at hand proves the certificate of {0}")]
    Unsupported(String),
    /// A claim cannot be written.
    #[error(transparent)]
    Claim(#[from] Unclaimable),
    /// What was to be taken in is not what it should be.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// Attributes ready to be signed, over a content.
#[derive(Clone, Debug)]
pub struct Prepared(Parts);

impl Prepared {
    /// Writes the attributes that level B demands: content type, message digest, the reference to
    /// the certificate, and the time at which the signer's clock stands.
    pub fn new(
        certificate: Certificate,
        chain: Vec<Certificate>,
        digest: Digest,
        now: Instant,
    ) -> Self {
        let mut parts = Parts::new(certificate, chain, digest, now);
        parts.attributes.push(attribute(oid::CONTENT_TYPE, &write::oid(oid::DATA)));
        Self(parts)
    }

    /// With what the signer claims beside.
    pub fn claiming(mut self, claims: &Claims) -> Result<Self, SealError> {
        self.0.attributes.extend(claims.attributes()?);
        Ok(self)
    }

    /// With a timestamp over the content, which must be of this very content (EN 319 122-1 §5.2.8).
    pub fn stamped_before(mut self, timestamp: &VerifiedTimestamp) -> Result<Self, SealError> {
        if *timestamp.imprint() != self.0.digest {
            return Err(SealError::OtherStamp);
        }
        self.0.attributes.push(attribute(oid::CONTENT_TIME_STAMP, timestamp.token()));
        Ok(self)
    }

    /// Has the key sign. The key must be the one in the certificate.
    pub fn seal(self, key: &dyn SigningKey) -> Result<Sealed<B>, SealError> {
        let mut data = SignedData::empty(oid::DATA);
        let content = vec![self.digest().clone()];
        let (signer, certificate) = self.into_parts().sign(key, &mut data)?;
        let (others, place, proven) = (Vec::new(), 0, None);
        Ok(Sealed::of(Whole { data, others, signer, place, certificate, content, proven }))
    }

    /// The hash of the content.
    pub(super) const fn digest(&self) -> &Digest {
        &self.0.digest
    }

    pub(super) fn into_parts(self) -> Parts {
        self.0
    }
}

/// What a signer-info is made from.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    certificate: Certificate,
    chain: Vec<Certificate>,
    pub(super) digest: Digest,
    attributes: Vec<Vec<u8>>,
}

impl Parts {
    /// With the attributes that contents and counter-signatures have in common.
    pub(super) fn new(
        certificate: Certificate,
        chain: Vec<Certificate>,
        digest: Digest,
        now: Instant,
    ) -> Self {
        let time = Instant::from_unix(now.unix());
        let reference = ess::write_v2(&certificate, digest.algorithm());
        let attributes = vec![
            attribute(oid::MESSAGE_DIGEST, &write::octet_string(digest.value())),
            attribute(oid::SIGNING_TIME, &write::time(time)),
            attribute(oid::SIGNING_CERTIFICATE_V2, &reference),
        ];
        Self { certificate, chain, digest, attributes }
    }

    /// Has the key sign, and puts the certificates and the digest algorithm where they belong.
    pub(super) fn sign(
        self,
        key: &dyn SigningKey,
        data: &mut SignedData,
    ) -> Result<(SignerInfo, Certificate), SealError> {
        if !same_key(self.certificate.public_key(), key.public_key()) {
            let certificate = self.certificate.subject().to_string();
            return Err(SealError::OtherKey { certificate });
        }
        let scheme = key.scheme();
        if !scheme.goes_with(self.digest.algorithm()) {
            return Err(SealError::OtherDigest {
                content: self.digest.algorithm().to_string(),
                key: scheme.digest().to_string(),
            });
        }
        // The algorithm as signer infos carry it: without parameters (RFC 5754 §2).
        let digest_algorithm = AlgorithmIdentifier::bare(self.digest.algorithm().oid());
        let signed_attributes = write::set_of(self.attributes);
        let signature = key.sign(&signed_attributes)?;
        let issuer_and_serial = write::sequence([
            self.certificate.issuer().der().to_vec(),
            write::element(Tag::INTEGER, self.certificate.serial()),
        ]);
        let signer = SignerInfo::from_der(&write::sequence([
            write::integer(1),
            issuer_and_serial,
            digest_algorithm.to_der(),
            write::implicit(0, &signed_attributes),
            scheme.identifier().to_der(),
            write::octet_string(&signature),
        ]))?;
        data.announce(digest_algorithm);
        for certificate in std::iter::once(&self.certificate).chain(&self.chain) {
            data.take_certificate(certificate.der().clone());
        }
        Ok((signer, self.certificate))
    }
}

/// `Attribute ::= SEQUENCE { attrType, attrValues SET OF }` with one value.
pub(super) fn attribute(kind: oid::Oid, value: &[u8]) -> Vec<u8> {
    write::sequence([write::oid(kind), write::set([value])])
}
