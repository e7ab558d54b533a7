//! Certificate revocation lists (RFC 5280 §5). Entries are searched where they stand, so a list
//! of a million entries costs no more memory than its bytes.

use super::Bytes;
use super::algorithm::{AlgorithmIdentifier, SliceRefOf};
use super::extension::{AuthorityKeyId, Extension, ExtensionValue, distribution_point_name};
use super::name::{GeneralName, Name};
use super::tlv::{Malformed, Reader, Tag, Tlv};
use crate::oid::{self, Oid};
use crate::time::Instant;

/// A revocation list with its exact bytes.
#[derive(Clone, Debug)]
pub struct Crl {
    der: Bytes,
    tbs: Bytes,
    issuer: Name,
    this_update: Instant,
    next_update: Option<Instant>,
    entries: Bytes,
    extensions: Vec<Extension>,
    algorithm: AlgorithmIdentifier,
    signature: Bytes,
}

impl Crl {
    /// Reads one DER list with nothing after it.
    pub fn parse(der: impl Into<Bytes>) -> Result<Self, Malformed> {
        let der: Bytes = der.into();
        let mut outer = Reader::only(&der, Tag::SEQUENCE, "CertificateList")?.reader();
        let tbs = outer.expect(Tag::SEQUENCE)?;
        let algorithm = AlgorithmIdentifier::parse(&outer.expect(Tag::SEQUENCE)?)?;
        let signature = outer.expect(Tag::BIT_STRING)?.bit_octets()?;
        outer.finish()?;

        let mut reader = tbs.named("TBSCertList");
        reader.optional(Tag::INTEGER)?;
        AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?;
        let issuer = Name::parse(&reader.expect(Tag::SEQUENCE)?)?;
        let this_update = reader.take()?.time()?;
        let next_update = match reader.peek() {
            Some(Tag::UTC_TIME | Tag::GENERALIZED_TIME) => Some(reader.take()?.time()?),
            _ => None,
        };
        let entries = reader.optional(Tag::SEQUENCE)?.map_or(&[][..], |tlv| tlv.content);
        let extensions = match reader.optional(Tag::context(0))? {
            Some(tlv) => Extension::parse_all(&tlv.explicit(Tag::SEQUENCE)?)?,
            None => Vec::new(),
        };
        reader.finish()?;
        Ok(Self {
            tbs: der.slice_ref_of(tbs.raw, &der),
            entries: der.slice_ref_of(entries, &der),
            signature: der.slice_ref_of(signature, &der),
            issuer,
            this_update,
            next_update,
            extensions,
            algorithm,
            der,
        })
    }

    /// The exact bytes.
    pub const fn der(&self) -> &Bytes {
        &self.der
    }

    /// The exact bytes that were signed.
    pub const fn tbs(&self) -> &Bytes {
        &self.tbs
    }

    /// Who issued the list.
    pub const fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// When it was made.
    pub const fn this_update(&self) -> Instant {
        self.this_update
    }

    /// When the next will be out at the latest.
    pub const fn next_update(&self) -> Option<Instant> {
        self.next_update
    }

    /// The algorithm of the signature.
    pub const fn algorithm(&self) -> &AlgorithmIdentifier {
        &self.algorithm
    }

    /// The signature.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// All extensions of the list.
    pub fn extensions(&self) -> &[Extension] {
        &self.extensions
    }

    /// The key identifier of the list's signer.
    pub fn authority_key_id(&self) -> Option<Bytes> {
        let value = self.extension(oid::AUTHORITY_KEY_IDENTIFIER)?;
        AuthorityKeyId::parse(&value.value).ok()?.key_id
    }

    /// The scope of the list, where it is not the whole of its issuer's certificates.
    pub fn issuing_distribution_point(
        &self,
    ) -> Result<Option<IssuingDistributionPoint>, Malformed> {
        let extension = self.extension(oid::ISSUING_DISTRIBUTION_POINT);
        extension.map(|e| IssuingDistributionPoint::parse(&e.value)).transpose()
    }

    /// The extension of that kind.
    pub fn extension(&self, oid: Oid) -> Option<&Extension> {
        self.extensions.iter().find(|e| e.oid == oid)
    }

    /// The entries in order, read one at a time.
    pub fn entries(&self) -> Entries<'_> {
        Entries { reader: Reader::new(&self.entries, "revokedCertificates") }
    }
}

/// One revoked certificate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CrlEntry<'a> {
    /// The content octets of its serial number.
    pub serial: &'a [u8],
    /// When it was revoked.
    pub revoked: Instant,
    /// The content of the entry's extensions, unread.
    extensions: Option<Tlv<'a>>,
}

impl CrlEntry<'_> {
    /// The extensions of the entry.
    pub fn extensions(&self) -> Result<Vec<Extension>, Malformed> {
        self.extensions.as_ref().map_or(Ok(Vec::new()), Extension::parse_all)
    }

    /// Why it was revoked.
    pub fn reason(&self) -> Result<Reason, Malformed> {
        let extensions = self.extensions()?;
        match extensions.iter().find(|e| e.oid == oid::CRL_REASON) {
            Some(e) => Ok(Reason(Reader::only(&e.value, Tag::ENUMERATED, "reasonCode")?.u64()?)),
            None => Ok(Reason(0)),
        }
    }
}

/// A walk over the entries.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<CrlEntry<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_empty() {
            return None;
        }
        let entry = self.read();
        if entry.is_err() {
            self.reader = Reader::new(&[], "revokedCertificates");
        }
        Some(entry)
    }
}

impl<'a> Entries<'a> {
    fn read(&mut self) -> Result<CrlEntry<'a>, Malformed> {
        let mut entry = self.reader.expect(Tag::SEQUENCE)?.reader();
        let serial = entry.expect(Tag::INTEGER)?.integer()?;
        let revoked = entry.take()?.time()?;
        let extensions = entry.optional(Tag::SEQUENCE)?;
        entry.finish()?;
        Ok(CrlEntry { serial, revoked, extensions })
    }
}

/// A revocation reason by its code (RFC 5280 §5.3.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Reason(pub u64);

impl Reason {
    /// The certificate is back: an entry that takes a hold off (delta lists only).
    pub const REMOVE_FROM_CRL: Self = Self(8);
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            0 => "unspecified",
            1 => "keyCompromise",
            2 => "cACompromise",
            3 => "affiliationChanged",
            4 => "superseded",
            5 => "cessationOfOperation",
            6 => "certificateHold",
            8 => "removeFromCRL",
            9 => "privilegeWithdrawn",
            10 => "aACompromise",
            other => return write!(f, "reason {other}"),
        })
    }
}

/// ```asn1
/// IssuingDistributionPoint ::= SEQUENCE { distributionPoint [0] DistributionPointName OPTIONAL,
///     onlyContainsUserCerts [1] BOOLEAN DEFAULT FALSE, onlyContainsCACerts [2] BOOLEAN DEFAULT FALSE,
///     onlySomeReasons [3] ReasonFlags OPTIONAL, indirectCRL [4] BOOLEAN DEFAULT FALSE,
///     onlyContainsAttributeCerts [5] BOOLEAN DEFAULT FALSE }
/// ```
/// RFC 5280 §5.2.5.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct IssuingDistributionPoint {
    /// The point that the list is for.
    pub full_name: Vec<GeneralName>,
    /// The point is given relative to the issuer's name.
    pub relative: bool,
    /// Only end-entity certificates.
    pub only_user: bool,
    /// Only CA certificates.
    pub only_ca: bool,
    /// Only these reasons.
    pub only_some_reasons: Option<u32>,
    /// Entries may be of other issuers.
    pub indirect: bool,
    /// Only attribute certificates.
    pub only_attribute: bool,
}

impl IssuingDistributionPoint {
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::only(value, Tag::SEQUENCE, "issuingDistributionPoint")?.reader();
        let mut found = Self::default();
        while !reader.is_empty() {
            let tlv = reader.take()?;
            match tlv.tag {
                Tag(0xa0) => (found.full_name, found.relative) = distribution_point_name(&tlv)?,
                Tag(0x81) => found.only_user = tlv.boolean()?,
                Tag(0x82) => found.only_ca = tlv.boolean()?,
                Tag(0x83) => found.only_some_reasons = Some(tlv.named_bits()?),
                Tag(0x84) => found.indirect = tlv.boolean()?,
                Tag(0x85) => found.only_attribute = tlv.boolean()?,
                Tag(other) => return Err(tlv.error(super::tlv::Problem::UnexpectedTag(other))),
            }
        }
        Ok(found)
    }
}
