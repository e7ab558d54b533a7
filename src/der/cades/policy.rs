//! Under which policy a signer says to sign (EN 319 122-1 §5.2.9).

use super::reference::OtherHash;
use crate::der::tlv::{Malformed, Reader, Tag, Tlv};
use crate::oid::{self, Oid};

/// ```asn1
/// SignaturePolicy   ::= CHOICE { signaturePolicyId SignaturePolicyId, signaturePolicyImplied NULL }
/// SignaturePolicyId ::= SEQUENCE { sigPolicyId OBJECT IDENTIFIER, sigPolicyHash OtherHashAlgAndValue OPTIONAL,
///     sigPolicyQualifiers SEQUENCE OF SigPolicyQualifierInfo OPTIONAL }
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SignaturePolicy {
    /// The data that was signed, or where it came from, says which.
    Implied,
    /// This one.
    Explicit {
        /// Its name.
        id: Oid,
        /// The hash of the document.
        hash: Option<OtherHash>,
        /// Where the document can be had.
        uri: Option<String>,
    },
}

impl SignaturePolicy {
    /// Reads the value of the attribute.
    pub fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(value, "SignaturePolicy");
        if outer.optional(Tag::NULL)?.is_some() {
            outer.finish()?;
            return Ok(Self::Implied);
        }
        let mut reader = outer.expect(Tag::SEQUENCE)?.reader();
        outer.finish()?;
        let id = reader.expect(Tag::OID)?.oid()?;
        let (mut hash, mut uri) = (None, None);
        while let Some(part) = reader.optional(Tag::SEQUENCE)? {
            match OtherHash::parse(&part) {
                Ok(read) if hash.is_none() => hash = Some(read),
                Ok(_) | Err(_) => uri = self::uri(&part)?,
            }
        }
        reader.finish()?;
        Ok(Self::Explicit { id, hash, uri })
    }
}

/// `SigPolicyQualifierInfo ::= SEQUENCE { sigPolicyQualifierId, sigQualifier ANY }`; of the qualifiers only
/// the address is read.
fn uri(qualifiers: &Tlv<'_>) -> Result<Option<String>, Malformed> {
    let mut qualifiers = qualifiers.named("SigPolicyQualifiers");
    let mut uri = None;
    while !qualifiers.is_empty() {
        let mut qualifier = qualifiers.expect(Tag::SEQUENCE)?.reader();
        if qualifier.expect(Tag::OID)?.oid()? == oid::POLICY_QUALIFIER_URI {
            uri = Some(qualifier.expect(Tag::IA5_STRING)?.text()?);
        }
    }
    Ok(uri)
}
