//! Reads the attributes of a signer, and keeps account of those that cannot be read.

use crate::ades::Claims;
use crate::der::cades::content::{self, ContentHints, ContentReference};
use crate::der::cades::policy::SignaturePolicy;
use crate::der::cades::signer::{SignerAttributes, SignerLocation};
use crate::der::cades::{AlgorithmProtection, commitment};
use crate::der::cms::{Attributes, SignerInfo};
use crate::der::ess::{self, CertificateReference};
use crate::der::tlv::Malformed;
use crate::oid::{self, Oid};

/// Signed attributes that are judged, or say nothing that could be judged.
const SIGNED: [Oid; 16] = [
    // What the signer's mail program can decrypt: nothing about the signature (RFC 8551 §2.5.2).
    oid::SMIME_CAPABILITIES,
    oid::CONTENT_TYPE,
    oid::MESSAGE_DIGEST,
    oid::SIGNING_TIME,
    oid::SIGNING_CERTIFICATE,
    oid::SIGNING_CERTIFICATE_V2,
    oid::CONTENT_TIME_STAMP,
    oid::CMS_ALGORITHM_PROTECTION,
    oid::SIGNATURE_POLICY,
    oid::COMMITMENT_TYPE,
    oid::SIGNER_LOCATION,
    oid::SIGNER_ATTRIBUTES,
    oid::SIGNER_ATTRIBUTES_V2,
    oid::CONTENT_HINTS,
    oid::CONTENT_IDENTIFIER,
    oid::MIME_TYPE,
];

/// The same for unsigned ones.
const UNSIGNED: [Oid; 12] = [
    oid::SIGNATURE_TIME_STAMP,
    oid::CADES_C_TIME_STAMP,
    oid::REFERENCES_TIME_STAMP,
    oid::ARCHIVE_TIME_STAMP_V2,
    oid::ARCHIVE_TIME_STAMP_V3,
    oid::COMPLETE_CERTIFICATE_REFS,
    oid::COMPLETE_REVOCATION_REFS,
    oid::CERTIFICATE_VALUES,
    oid::REVOCATION_VALUES,
    oid::COUNTER_SIGNATURE,
    oid::ATTRIBUTE_CERTIFICATE_REFS,
    oid::ATTRIBUTE_REVOCATION_REFS,
];

/// The attributes of one set, and the names of those that are there twice, have the wrong number of
/// values, or cannot be read.
pub(super) struct Reading<'a> {
    attributes: Option<&'a Attributes>,
    pub(super) faults: Vec<String>,
}

impl<'a> Reading<'a> {
    pub(super) const fn of(attributes: &'a Option<Attributes>) -> Self {
        Self { attributes: attributes.as_ref(), faults: Vec::new() }
    }

    /// The one value of an attribute that must have one; anything else is a fault and no value.
    pub(super) fn one<T>(
        &mut self,
        kind: Oid,
        parse: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> Option<T> {
        let mut of_kind = self.attributes?.of_kind(kind);
        let first = of_kind.next()?;
        let only = of_kind.next().is_none();
        let value = match first.values.as_slice() {
            [value] if only => parse(value).ok(),
            _ => None,
        };
        if value.is_none() {
            self.fault(kind);
        }
        value
    }

    /// All values of an attribute that may have several.
    pub(super) fn all<T>(
        &mut self,
        kind: Oid,
        parse: impl Fn(&[u8]) -> Result<T, Malformed>,
    ) -> Vec<T> {
        let of_kind = self.attributes.into_iter().flat_map(|a| a.of_kind(kind));
        let read: Result<Vec<T>, Malformed> =
            of_kind.flat_map(|a| &a.values).map(|value| parse(value)).collect();
        read.unwrap_or_else(|_| {
            self.fault(kind);
            Vec::new()
        })
    }

    fn fault(&mut self, kind: Oid) {
        self.faults.push(name(kind));
    }

    /// The references of both versions of the attribute. If both are there, both must hold.
    pub(super) fn certificate_references(&mut self) -> Option<Vec<CertificateReference>> {
        let v1 = self.one(oid::SIGNING_CERTIFICATE, ess::parse_v1);
        let v2 = self.one(oid::SIGNING_CERTIFICATE_V2, ess::parse_v2);
        if v1.is_none() && v2.is_none() {
            return None;
        }
        // The first reference of each attribute is the signer's own (RFC 5035 §5); the others are of CAs.
        let first = |refs: Option<Vec<CertificateReference>>| {
            refs.into_iter().flat_map(|r| r.into_iter().take(1))
        };
        Some(first(v1).chain(first(v2)).collect())
    }

    pub(super) fn claims(&mut self) -> Claims {
        let v1 = self.one(oid::SIGNER_ATTRIBUTES, SignerAttributes::parse_v1);
        let v2 = self.one(oid::SIGNER_ATTRIBUTES_V2, SignerAttributes::parse_v2);
        Claims {
            content_hints: self.one(oid::CONTENT_HINTS, ContentHints::parse),
            content_identifier: self.one(oid::CONTENT_IDENTIFIER, content::identifier),
            content_reference: self.one(oid::CONTENT_REFERENCE, ContentReference::parse),
            mime_type: self.one(oid::MIME_TYPE, content::mime_type),
            commitments: self.all(oid::COMMITMENT_TYPE, commitment),
            location: self.one(oid::SIGNER_LOCATION, SignerLocation::parse),
            signer: v1.unwrap_or_default().and(v2.unwrap_or_default()),
            policy: self.one(oid::SIGNATURE_POLICY, SignaturePolicy::parse),
            algorithms: self.one(oid::CMS_ALGORITHM_PROTECTION, AlgorithmProtection::parse),
        }
    }
}

/// The name of an attribute.
pub(super) fn name(kind: Oid) -> String {
    oid::name(&kind).map_or_else(|| kind.to_string(), str::to_owned)
}

/// Attributes that say something about the signature which inkan does not weigh.
pub(super) fn unjudged(signer: &SignerInfo) -> Vec<String> {
    let others = |attributes: &'_ Option<Attributes>, judged: &[Oid]| -> Vec<Oid> {
        let list = attributes.iter().flat_map(|a| a.list()).map(|attribute| attribute.oid);
        list.filter(|oid| !judged.contains(oid)).collect()
    };
    let signed = others(&signer.signed_attributes, &SIGNED).into_iter();
    signed.chain(others(&signer.unsigned_attributes, &UNSIGNED)).map(name).collect()
}
