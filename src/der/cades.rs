//! Attributes that CAdES adds to CMS (ETSI EN 319 122-1 §5.2 and annex A, RFC 5126, RFC 2634).

pub mod content;
pub mod policy;
pub mod reference;
pub mod signer;

use super::algorithm::AlgorithmIdentifier;
use super::tlv::{Malformed, Reader, Tag};
use crate::oid::Oid;

/// `CommitmentTypeIndication ::= SEQUENCE { commitmentTypeId OBJECT IDENTIFIER, commitmentTypeQualifier SEQUENCE OF
/// CommitmentTypeQualifier OPTIONAL }`: what the signer commits to (EN 319 122-1 §5.2.3).
pub fn commitment(value: &[u8]) -> Result<Oid, Malformed> {
    let structure = "CommitmentTypeIndication";
    let mut reader = Reader::only(value, Tag::SEQUENCE, structure)?.reader();
    let kind = reader.expect(Tag::OID)?.oid()?;
    reader.optional(Tag::SEQUENCE)?;
    reader.finish()?;
    Ok(kind)
}

/// The algorithms of a signer, repeated under its signature.
///
/// ```asn1
/// CMSAlgorithmProtection ::= SEQUENCE { digestAlgorithm DigestAlgorithmIdentifier,
///     signatureAlgorithm [1] SignatureAlgorithmIdentifier OPTIONAL,
///     macAlgorithm [2] MessageAuthenticationCodeAlgorithm OPTIONAL }
/// ```
/// RFC 6211 §2; IMPLICIT tags.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlgorithmProtection {
    /// The digest algorithm.
    pub digest: AlgorithmIdentifier,
    /// The signature algorithm; nothing if the attribute is for a MAC.
    pub signature: Option<AlgorithmIdentifier>,
}

impl AlgorithmProtection {
    /// Reads the value of the attribute.
    pub fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let structure = "CMSAlgorithmProtection";
        let mut reader = Reader::only(value, Tag::SEQUENCE, structure)?.reader();
        let digest = AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?;
        let signature = reader.optional(Tag::context(1))?;
        reader.optional(Tag::context(2))?;
        reader.finish()?;
        let signature = signature.as_ref().map(AlgorithmIdentifier::parse).transpose()?;
        Ok(Self { digest, signature })
    }
}
