//! Certificate revocation lists (RFC 5280 §5). Entries are searched where they stand, so a list
//! of a million entries costs no more memory than its bytes.

use super::Bytes;
use super::algorithm::{AlgorithmIdentifier, SliceRefOf};
use super::extension::{
    AuthorityKeyId, CrlDistributionPoints, DistributionPointName, Extension, ExtensionValue,
    Reasons,
};
use super::name::Name;
use super::tlv::{Malformed, Problem, Reader, Tag, Tlv};
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
    inner_algorithm: AlgorithmIdentifier,
    algorithm: AlgorithmIdentifier,
    signature: Bytes,
}

impl Crl {
    /// Reads one DER list with nothing after it.
    pub fn parse(der: impl Into<Bytes>) -> Result<Self, Malformed> {
        let der: Bytes = der.into();
        let mut outer = Reader::over(&der, "CertificateList").alone(Tag::SEQUENCE)?.reader();
        let tbs = outer.expect(Tag::SEQUENCE)?;
        let algorithm = AlgorithmIdentifier::parse(&outer.expect(Tag::SEQUENCE)?)?;
        let signature = outer.expect(Tag::BIT_STRING)?.bit_octets()?;
        outer.finish()?;

        let mut reader = tbs.named("TBSCertList");
        reader.optional(Tag::INTEGER)?;
        let inner_algorithm = AlgorithmIdentifier::parse(&reader.expect(Tag::SEQUENCE)?)?;
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
            inner_algorithm,
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

    /// The algorithm named inside the signed part.
    pub const fn inner_algorithm(&self) -> &AlgorithmIdentifier {
        &self.inner_algorithm
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

    /// The number of the list.
    pub fn number(&self) -> Result<Option<CrlNumber>, Malformed> {
        self.extension(oid::CRL_NUMBER).map(|e| CrlNumber::parse(&e.value)).transpose()
    }

    /// The number of the list on which this one builds, if it is a delta list.
    pub fn base_number(&self) -> Result<Option<CrlNumber>, Malformed> {
        self.extension(oid::DELTA_CRL_INDICATOR).map(|e| CrlNumber::parse(&e.value)).transpose()
    }

    /// Where delta lists to this one are to be had.
    pub fn freshest(&self) -> Option<CrlDistributionPoints> {
        CrlDistributionPoints::parse(&self.extension(oid::FRESHEST_CRL)?.value).ok()
    }

    /// The list still has the entries of what expired since then (ITU-T X.509).
    pub fn keeps_expired_since(&self) -> Result<Option<Instant>, Malformed> {
        let extension = self.extension(oid::EXPIRED_CERTS_ON_CRL);
        let structure = "expiredCertsOnCRL";
        let time = |e: &Extension| Reader::only(&e.value, Tag::GENERALIZED_TIME, structure)?.time();
        extension.map(time).transpose()
    }

    /// The extension of that kind.
    pub fn extension(&self, oid: Oid) -> Option<&Extension> {
        self.extensions.iter().find(|e| e.oid == oid)
    }

    /// The entries in order, read one at a time.
    pub fn entries(&self) -> Entries<'_> {
        self.entries_from(0)
    }

    /// The entries from that place on ([`Entries::place`]).
    pub fn entries_from(&self, place: usize) -> Entries<'_> {
        let rest = self.entries.get(place..).unwrap_or_default();
        Entries { reader: Reader::new(rest, "revokedCertificates"), length: self.entries.len() }
    }
}

/// One revoked certificate. What decides little is read only when it is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CrlEntry<'a> {
    /// The content octets of its serial number.
    pub serial: &'a [u8],
    revoked: Tlv<'a>,
    extensions: Option<Tlv<'a>>,
}

impl<'a> CrlEntry<'a> {
    /// When it was revoked.
    pub fn revoked(&self) -> Result<Instant, Malformed> {
        self.revoked.time()
    }

    /// The extensions of the entry, read one at a time.
    pub fn extensions(&self) -> EntryExtensions<'a> {
        let content = self.extensions.as_ref().map_or(&[][..], |tlv| tlv.content);
        EntryExtensions { reader: Reader::new(content, "crlEntryExtensions") }
    }

    /// Why it was revoked.
    pub fn reason(&self) -> Result<Reason, Malformed> {
        match self.value(oid::CRL_REASON)? {
            Some(value) => Ok(Reason(Reader::only(value, Tag::ENUMERATED, "reasonCode")?.u64()?)),
            None => Ok(Reason(0)),
        }
    }

    /// Since when the key is known or suspected to be in other hands (RFC 5280 §5.3.2).
    pub fn invalidity_date(&self) -> Result<Option<Instant>, Malformed> {
        let structure = "invalidityDate";
        let value = self.value(oid::INVALIDITY_DATE)?;
        value.map(|v| Reader::only(v, Tag::GENERALIZED_TIME, structure)?.time()).transpose()
    }

    fn value(&self, oid: Oid) -> Result<Option<&'a [u8]>, Malformed> {
        for extension in self.extensions() {
            let extension = extension?;
            if extension.is(oid) {
                return Ok(Some(extension.value));
            }
        }
        Ok(None)
    }
}

/// An extension of an entry, where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EntryExtension<'a> {
    oid: &'a [u8],
    /// Whether whoever does not process it must not use the list.
    pub critical: bool,
    /// The DER inside the octet string.
    pub value: &'a [u8],
}

impl EntryExtension<'_> {
    /// Whether it is of that kind.
    pub fn is(&self, oid: Oid) -> bool {
        self.oid == oid.as_bytes()
    }
}

/// A walk over the extensions of an entry.
#[derive(Clone, Debug)]
pub struct EntryExtensions<'a> {
    reader: Reader<'a>,
}

impl<'a> EntryExtensions<'a> {
    fn read(&mut self) -> Result<EntryExtension<'a>, Malformed> {
        let mut reader = self.reader.expect(Tag::SEQUENCE)?.reader();
        let oid = reader.expect(Tag::OID)?.content;
        let critical = reader.optional(Tag::BOOLEAN)?.map_or(Ok(false), |tlv| tlv.boolean())?;
        let value = reader.expect(Tag::OCTET_STRING)?.content;
        reader.finish()?;
        Ok(EntryExtension { oid, critical, value })
    }
}

impl<'a> Iterator for EntryExtensions<'a> {
    type Item = Result<EntryExtension<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_empty() {
            return None;
        }
        let extension = self.read();
        if extension.is_err() {
            self.reader = Reader::new(&[], "crlEntryExtensions");
        }
        Some(extension)
    }
}

/// A walk over the entries.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    reader: Reader<'a>,
    /// Of all entries.
    length: usize,
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
    /// Where the next entry stands.
    pub const fn place(&self) -> usize {
        self.length.saturating_sub(self.reader.rest().len())
    }

    fn read(&mut self) -> Result<CrlEntry<'a>, Malformed> {
        let mut entry = self.reader.expect(Tag::SEQUENCE)?.reader();
        let serial = entry.expect(Tag::INTEGER)?.integer()?;
        let revoked = entry.take()?;
        let extensions = entry.optional(Tag::SEQUENCE)?;
        entry.finish()?;
        Ok(CrlEntry { serial, revoked, extensions })
    }
}

/// `CRLNumber ::= INTEGER (0..MAX)`, of up to 20 octets (RFC 5280 §5.2.3).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CrlNumber {
    // Compared first: of numbers without leading zeros the longer is the larger.
    length: usize,
    octets: Vec<u8>,
}

impl CrlNumber {
    fn parse(value: &[u8]) -> Result<Self, Malformed> {
        let tlv = Reader::only(value, Tag::INTEGER, "CRLNumber")?;
        let octets = tlv.integer()?;
        if octets.first().is_some_and(|first| *first >= 0x80) {
            return Err(tlv.error(Problem::Value));
        }
        let octets: Vec<u8> = octets.iter().copied().skip_while(|octet| *octet == 0).collect();
        Ok(Self { length: octets.len(), octets })
    }
}

/// A revocation reason by its code (RFC 5280 §5.3.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Reason(pub u64);

impl Reason {
    /// The certificate is back: an entry that takes a hold off (delta lists only).
    pub const REMOVE_FROM_CRL: Self = Self(8);
    /// The certificate is suspended: the one reason that can be taken back.
    pub const CERTIFICATE_HOLD: Self = Self(6);
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
    pub name: DistributionPointName,
    /// Only end-entity certificates.
    pub only_user: bool,
    /// Only CA certificates.
    pub only_ca: bool,
    /// Only these reasons.
    pub only_some_reasons: Option<Reasons>,
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
                Tag(0xa0) => found.name = DistributionPointName::parse(&tlv)?,
                Tag(0x81) => found.only_user = tlv.boolean()?,
                Tag(0x82) => found.only_ca = tlv.boolean()?,
                Tag(0x83) => found.only_some_reasons = Some(Reasons::parse(&tlv)?),
                Tag(0x84) => found.indirect = tlv.boolean()?,
                Tag(0x85) => found.only_attribute = tlv.boolean()?,
                Tag(other) => return Err(tlv.error(Problem::UnexpectedTag(other))),
            }
        }
        Ok(found)
    }
}
